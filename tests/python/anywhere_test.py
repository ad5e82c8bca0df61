"""The installed wheel on every Python of this machine, in an environment that has nothing else, with no compiler in sight."""
import pathlib

import wheel
from package import PROGRAMS, installed
from scenario import Scene, Skip, check


def without_tools(scene, python):
    """A PATH on which there is nothing but this environment."""
    return {"PATH": str(pathlib.Path(python).parent), "PYTHONPATH": "", "CC": "/nonexistent", "HOME": str(scene.files)}


def runs_on(release):
    installed()
    python = wheel.FOLDER / f"installed-{release}" / "bin" / "python"
    if not python.exists():
        python = wheel.PYTHON
        if wheel.run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip() != release:
            raise Skip(f"no wheel was installed for Python {release}")
    scene = Scene()
    try:
        done = scene.run(python, PROGRAMS / "anywhere.py", scene.files, env=without_tools(scene, python))
        check(f"it is the same on {release}" in done.stdout, done.stdout, done.stderr[-4000:])
    finally:
        scene.close()


def test_it_runs_on_python_3_10():
    runs_on("3.10")


def test_it_runs_on_python_3_11():
    runs_on("3.11")


def test_it_runs_on_python_3_12():
    runs_on("3.12")


def test_it_runs_on_python_3_13():
    runs_on("3.13")
