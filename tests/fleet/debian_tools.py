"""Programs of Debian packages that are neither installed nor started: from PATH, or unpacked into a folder of the build."""
import pathlib
import shutil
import subprocess
import tempfile

from scenario import BIN, Skip

FOLDER = BIN.resolve().parent / "fleet"


def tool(package, name):
    if shutil.which(name):
        return pathlib.Path(shutil.which(name))
    unpacked = FOLDER / package / "usr/bin" / name
    if unpacked.exists():
        return unpacked
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Skip(f"{name} is not installed")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as download:
        got = subprocess.run(["apt-get", "download", package], cwd=download, capture_output=True, text=True)
        file = next(pathlib.Path(download).glob(f"{package}_*.deb"), None)
        if got.returncode != 0 or file is None:
            raise Skip(f"{name} is not installed, and its package cannot be had: {got.stderr.strip()[-200:]}")
        fresh = pathlib.Path(download) / "unpacked"
        subprocess.run(["dpkg-deb", "-x", file, fresh], check=True)
        try:
            fresh.rename(FOLDER / package)
        except OSError:
            pass  # another test was first
    return unpacked
