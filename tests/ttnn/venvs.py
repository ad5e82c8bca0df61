#!/usr/bin/env python3
"""Virtual environments with the ttnn wheels of PyPI, and the stand-in compiler where tt-metal looks for the real one.

    venvs.py VERSION...                makes build/ttnn/<version>, unless it is there, and prints its interpreter; exit code
                                       77 and the reason when that cannot be
    venvs.py --only-here VERSION...    makes nothing

TTMEM_TTNN_VENVS names a folder whose <version>/bin/python are taken instead. A lock lets only one process make one.
"""
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("TTMEM_TTNN_VENVS") or TESTS.parents[1] / "build" / "ttnn")
IN_CI = ("0.66.0", "0.81.1")
KNOWN = ("0.66.0", "0.67.4", "0.69.0", "0.71.2", "0.73.1", "0.75.0", "0.77.0", "0.79.0", "0.80.0", "0.81.1")
PYTHONS = ("3.10", "3.12")  # those that wheels are made for
BUILT = pathlib.Path(os.environ.get("TTMEM_BIN_DIR") or TESTS.parents[1] / "build" / "release" / "bin").resolve().parent
COMPILER = BUILT / "lib" / "ttmem-stand-in-compiler"


class Missing(Exception):
    """Why there is no such environment."""


def python_of(version):
    """The interpreter of a complete environment; Missing says why there is none."""
    folder = FOLDER / version
    python = folder / "bin" / "python"
    if not python.exists() or not (folder / "complete").exists() and "TTMEM_TTNN_VENVS" not in os.environ:
        reason = folder.with_suffix(folder.suffix + ".missing")
        raise Missing(reason.read_text() if reason.exists() else f"no ttnn {version}: tests/ttnn/venvs.py {version} installs it")
    if "TTMEM_TTNN_VENVS" not in os.environ and COMPILER.exists():
        put_stand_in_compiler(folder)
    return python


def make(version):
    """Makes it, or finds it made; Missing when that cannot be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / f"{version}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return python_of(version)
        except Missing:
            pass
        reason = FOLDER / f"{version}.missing"
        try:
            install(version, FOLDER / version)
        except Missing as error:
            shutil.rmtree(FOLDER / version, ignore_errors=True)
            reason.write_text(str(error))
            raise
        reason.unlink(missing_ok=True)
        return python_of(version)


def install(version, folder):
    base = python_for_wheels()
    shutil.rmtree(folder, ignore_errors=True)
    run(base, "-m", "venv", folder)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "install", "--only-binary", ":all:", f"ttnn=={version}", "pytest", "pytest-xdist")
    (folder / "complete").touch()


def put_stand_in_compiler(folder):
    """Once it is built; others may be compiling with it."""
    for ttnn in folder.glob("lib/python3*/site-packages/ttnn"):
        compiler = ttnn / "runtime" / "sfpi" / "compiler" / "bin" / "riscv-tt-elf-g++"
        if compiler.exists() and compiler.read_bytes() == COMPILER.read_bytes():
            continue
        compiler.parent.mkdir(parents=True, exist_ok=True)
        partial = compiler.with_suffix(f".{os.getpid()}")
        shutil.copy(COMPILER, partial)
        partial.rename(compiler)


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise Missing(f"{' '.join(str(part) for part in command[1:4])}: {last}")
    return done.stdout


def python_for_wheels():
    """A Python 3.10 or 3.12 that runs and can make environments."""
    for release in PYTHONS:
        python = python_of_release(release)
        if python:
            return python
    raise Missing("there is no Python 3.10 or 3.12 with venv, and ttnn has wheels for no other")


def python_of_release(release):
    """One that runs and can make environments: of PATH, of pyenv, of uv; None."""
    homes = [pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv")) / "versions",
             pathlib.Path.home() / ".local/share/uv/python"]
    on_path = shutil.which(f"python{release}")
    found = [on_path] if on_path else []
    for home in homes:
        found += sorted(home.glob(f"*{release}.*/bin/python{release}"))
    return next((python for python in found if works(python, release)), None)


def works(python, release):
    asks = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([str(python), "-c", asks], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == release


def newer_than_known():
    """Versions that PyPI has for our Python and we do not know, the newest first."""
    said = run(python_for_wheels(), "-m", "pip", "--disable-pip-version-check", "index", "versions", "ttnn", "--only-binary", ":all:")
    listed = re.search(r"Available versions: (.*)", said)
    number = lambda version: tuple(int(part) for part in version.split("."))
    released = [version for version in listed[1].split(", ") if version.replace(".", "").isdigit()] if listed else []
    return sorted((version for version in released if number(version) > number(KNOWN[-1])), key=number, reverse=True)


def main(words):
    only_here = words[:1] == ["--only-here"]
    try:
        for version in words[only_here:]:
            print(python_of(version) if only_here else make(version))
    except Missing as error:
        print("skipped:", error)
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
