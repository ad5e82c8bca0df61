"""ARCHITECTURE.md names every folder of the sources and of the tests, and no file that is not there."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def names():
    """How it names the folders: `sim/`, `src/views/`, and those of tests/ by their own names."""
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True).stdout
    files = tracked.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.glob("*/*/*.*")]
    found = {folder for file in files for folder in pathlib.PurePath(file).parents if len(folder.parts) in (1, 2)}
    for folder in sorted(folder for folder in found if not folder.parts[0].startswith(".")):
        if len(folder.parts) == 1 or folder.parts[0] == "src":
            yield f"{folder}/"
        elif folder.parts[0] == "tests":
            yield f"`{folder.name}`"


text = (ROOT / "ARCHITECTURE.md").read_text()
missing = [name for name in names() if name not in text]
gone = [path for path in re.findall(r"`((?:src|include|adapters|tools|tests|sim)/[\w./-]+)`", text) if not (ROOT / path).exists()]
for words, wrong in (("does not name", missing), ("names, and they are not there:", gone)):
    if wrong:
        print("ARCHITECTURE.md", words, ", ".join(wrong))
sys.exit(1 if missing or gone else 0)
