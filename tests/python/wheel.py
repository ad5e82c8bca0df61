#!/usr/bin/env python3
"""Builds the sdist and the wheels and installs each into an empty environment; prints the environments' interpreters.

TTMEM_WHEEL_DIR says where. `installed` has a Python that wheels of ttnn are made for, and what its tests need; `installed-3.11` and
the like have the wheel alone, one for each other Python of this machine: from 3.12 on they share one wheel. Exit code 77, with the
reason, where there is no such Python, no headers of it, no PyPI.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parents[1]
sys.path.insert(0, str(TESTS.parent / "ttnn"))

import venvs  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("TTMEM_WHEEL_DIR", ROOT / "build" / "python"))
PYTHON = FOLDER / "installed" / "bin" / "python"
BUILDS_WITH = ("scikit-build-core", "nanobind")  # as pyproject.toml has it
INSTALLED_WITH = ("pytest", "pytest-xdist", "pytest-rerunfailures", "pandas", "pyarrow", "duckdb")
RELEASES = ("3.10", "3.11", "3.12", "3.13")
SHARED = "3.12"  # its wheel is that of all later ones
PLATFORM = "manylinux_2_34_x86_64"


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def environment_with(name, base, *packages, is_kept=False):
    """A new one, with these from PyPI. `is_kept`: that of the last time serves."""
    folder = FOLDER / name
    if is_kept and (folder / "complete").exists():
        return folder / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    venvs.run(base, "-m", "venv", folder)
    python = folder / "bin" / "python"
    if packages:
        venvs.run(python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *packages)
    (folder / "complete").touch()
    return python


def pythons():
    """{release: interpreter} of those of this machine that have headers, one that wheels of ttnn are made for first."""
    found, without = {}, []
    for release in sorted(RELEASES, key=lambda release: release not in venvs.PYTHONS):
        base = venvs.python_of_release(release)
        header = base and run(base, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").strip()
        if header and (pathlib.Path(header) / "Python.h").exists():
            found[release] = base
        elif header:
            without.append(f"there is no Python.h in {header}")
    if not found:
        raise venvs.Missing("; ".join(without) or f"there is no Python {', '.join(RELEASES)} with venv")
    return found


def build(release, base, folder):
    """The wheel's path. As the compilers of the build around it are called, so that ccache knows what it made for that, but
    with the linker that a user has, which minds the order of libraries; in one folder for all, for only the extension
    differs."""
    python = environment_with(f"builds-{release}", base, *BUILDS_WITH, is_kept=True)
    environment = {**os.environ, "CC": "cc", "CXX": "c++", "LDFLAGS": "", "PATH": f"{python.parent}:{os.environ['PATH']}"}
    for language in ("C", "CXX"):
        if shutil.which("ccache"):
            environment.setdefault(f"CMAKE_{language}_COMPILER_LAUNCHER", "ccache")
    before = set(folder.glob("*.whl"))
    run(python, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT, env=environment)
    (wheel,) = set(folder.glob("*.whl")) - before
    return wheel


def with_platform(wheel, base):
    """The wheel under the name that says where it runs, as auditwheel finds it; abi3audit looks at what is said of the stable ABI."""
    audits = environment_with("audits", base, "auditwheel", "abi3audit", "wheel", is_kept=True)
    said = run(audits, "-m", "auditwheel", "show", wheel)
    if PLATFORM not in said:
        raise RuntimeError(f"{wheel} is not of {PLATFORM}:\n{said}")
    if "-abi3-" in wheel.name:
        run(audits, "-m", "abi3audit", "--strict", wheel)
    run(audits, "-m", "wheel", "tags", "--remove", "--platform-tag", PLATFORM, wheel)
    (named,) = wheel.parent.glob(f"{wheel.name.rsplit('-', 1)[0]}-{PLATFORM}.whl")
    return named


def sdist(release, folder):
    """Its path; everything that the build of a wheel has read is in it."""
    python = FOLDER / f"builds-{release}" / "bin" / "python"
    run(python, "-c", f"from scikit_build_core.build import build_sdist; build_sdist({str(folder)!r})", cwd=ROOT)
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        packed = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    read = set()
    for line in run("ninja", "-C", ROOT / "build" / "wheel", "-t", "deps").splitlines():
        file = pathlib.Path(os.path.normpath(ROOT / "build" / "wheel" / line.strip())) if line.startswith(" ") else ROOT / "build"
        if ROOT in file.parents and ROOT / "build" not in file.parents:
            read.add(str(file.relative_to(ROOT)))
    read -= {"build"}
    if len(read) < 100 or read - packed:
        raise RuntimeError(f"of {len(read)} files that the build reads the sdist lacks {sorted(read - packed)}")
    return path


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        bases = pythons()
        first = next(iter(bases))
        newest = [release for release in bases if float(release[2:]) >= float(SHARED[2:])]  # one wheel serves them all
        built = {first, *(release for release in bases if release not in newest), *newest[:1]}
        wheels = {release: with_platform(build(release, bases[release], folder), bases[first]) for release in sorted(built, key=lambda r: r == first)}
        print(sdist(first, folder))
        for release, base in bases.items():
            wheel = wheels.get(release) or wheels[newest[0]]
            is_first = release == first
            python = environment_with("installed" if is_first else f"installed-{release}", base, *(INSTALLED_WITH if is_first else ()))
            run(python, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--no-index", wheel)
            print(python)
    except venvs.Missing as missing:
        print("skipped:", missing)
        return 77
    try:
        venvs.make(os.environ["TTMEM_TTNN_VERSION"])
    except (KeyError, venvs.Missing):
        pass  # the tests that need ttnn say so
    return 0


if __name__ == "__main__":
    sys.exit(main())
