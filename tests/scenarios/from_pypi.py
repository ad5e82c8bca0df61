"""Packages of PyPI that only a full run installs: from an environment that a variable names, or one in the build tree."""
import os
import pathlib
import shutil
import subprocess
import sys

from scenario import BIN, FULL, Skip

FOLDER = BIN.resolve().parent / "pypi"


def python_with(package, variable):
    """The interpreter of an environment with it. `variable` may name one."""
    if variable in os.environ:
        return pathlib.Path(os.environ[variable])
    folder = FOLDER / package.partition("==")[0]
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    if not FULL:
        raise Skip(f"{package} is installed by full runs alone (scripts/test --full); {variable} names a Python that has it")
    shutil.rmtree(folder, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", package]):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Skip(f"{package} cannot be installed: {(done.stderr or done.stdout).strip()[-200:]}")
    (folder / "complete").touch()
    return python
