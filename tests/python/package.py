"""What the tests of the Python package share: a mocked machine whose ttnn finds the installed wheel."""
import pathlib
import subprocess
import tempfile

import real_ttnn
import wheel
from scenario import Skip, check

SUITES = pathlib.Path(__file__).resolve().parent / "suites"
PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


def installed():
    """The interpreter of the environment with the wheel."""
    if not wheel.PYTHON.exists():
        raise Skip("the wheel is not installed: tests/python/wheel.py")
    return wheel.PYTHON


def site_packages():
    asks = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    return subprocess.run([str(installed()), "-c", asks], capture_output=True, text=True, check=True).stdout.strip()


# Where these are set, pytest prints more, less, or with other options: a test that is about one of them sets it.
OF_PYTEST = ("CI", "BUILD_NUMBER", "COLUMNS", "PYTEST_ADDOPTS", "GITHUB_ACTIONS")


class Machine(real_ttnn.Machine):
    def __init__(self, name="N150", version=None):
        packages = site_packages()
        super().__init__(name, version)
        for variable in OF_PYTEST:
            self.environment.pop(variable, None)
        self.environment.update(PYTHONPATH=f"{packages}:{real_ttnn.PROGRAMS}", PATH=f"{installed().parent}:{self.environment['PATH']}")

    def says(self, program, *arguments, code=0, **more):
        """Runs a program of this folder on ttnn, without `ttmem run`."""
        done = self.plain(PROGRAMS / program, *arguments, **more)
        check(done.returncode == code, program, "ended with", done.returncode, "\n", done.stdout[-3000:], done.stderr[-6000:])
        return done

    def pytest(self, suite, *options, env=None):
        """Runs a file of suites/. Its temporary folders are its own: by default pytest removes those of other runs, and warns where both do."""
        own = f"--basetemp={tempfile.mkdtemp(dir=self.files)}"
        return self.plain("-m", "pytest", "-q", "-p", "no:cacheprovider", own, "--rootdir", SUITES, *options, SUITES / f"{suite}.py", cwd=self.files, env={**self.mocking(), **(env or {})})
