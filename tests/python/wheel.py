#!/usr/bin/env python3
"""Builds the wheel and installs it into an empty environment, with pytest beside it; prints the environment's interpreter.

TTMEM_WHEEL_DIR says where. The interpreter is one that wheels of ttnn are made for. Exit code 77, with the reason, where that
cannot be: no such Python, no headers of it, no PyPI.
"""
import os
import pathlib
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parents[1]
sys.path.insert(0, str(TESTS.parent / "ttnn"))

import venvs  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("TTMEM_WHEEL_DIR", ROOT / "build" / "python"))
PYTHON = FOLDER / "installed" / "bin" / "python"
BUILDS_WITH = ("scikit-build-core", "nanobind", "cmake>=3.26; python_version >= '3.12'")  # as pyproject.toml has it


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def environment_with(name, *packages, is_kept=False):
    """A new one, with these from PyPI. `is_kept`: that of the last time serves."""
    folder = FOLDER / name
    if is_kept and (folder / "complete").exists():
        return folder / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    venvs.run(venvs.python_for_wheels(), "-m", "venv", folder)
    python = folder / "bin" / "python"
    header = run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").strip()
    if not (pathlib.Path(header) / "Python.h").exists():
        raise venvs.Missing(f"there is no Python.h in {header}")
    venvs.run(python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *packages)
    (folder / "complete").touch()
    return python


def build():
    """The wheel's path. As the compilers of the build around it are called, so that ccache knows what it made for that."""
    python = environment_with("builds", *BUILDS_WITH, is_kept=True)
    shutil.rmtree(FOLDER / "wheels", ignore_errors=True)
    environment = {**os.environ, "CC": "cc", "CXX": "c++", "PATH": f"{python.parent}:{os.environ['PATH']}"}
    for language in ("C", "CXX"):
        if shutil.which("ccache"):
            environment.setdefault(f"CMAKE_{language}_COMPILER_LAUNCHER", "ccache")
    run(python, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", FOLDER / "wheels", ROOT,
        env=environment)
    (wheel,) = (FOLDER / "wheels").glob("ttmem-*.whl")
    return wheel


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        wheel = build()
        python = environment_with("installed", "pytest", "pytest-xdist", "pytest-rerunfailures", "pandas", "pyarrow", "duckdb")
    except venvs.Missing as missing:
        print("skipped:", missing)
        return 77
    run(python, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index", wheel)
    print(python)
    try:
        venvs.make(os.environ["TTMEM_TTNN_VERSION"])
    except (KeyError, venvs.Missing):
        pass  # the tests that need ttnn say so
    return 0


if __name__ == "__main__":
    sys.exit(main())
