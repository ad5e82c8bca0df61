"""ARCHITECTURE.md names every folder of the sources, and no file that is not there."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def folders():
    """Those that have sources of their own, up to two names deep: src/views/text."""
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "src", "sim", "adapters"], capture_output=True, text=True).stdout
    files = tracked.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.glob("src/*/*.cc")]
    found = {pathlib.PurePath(file).parts[:2] for file in files if file.startswith("src/")}
    return sorted("/".join(parts) + "/" for parts in found if (ROOT / pathlib.Path(*parts)).is_dir())


text = (ROOT / "ARCHITECTURE.md").read_text()
missing = [folder for folder in folders() if folder not in text]
gone = [path for path in re.findall(r"`((?:src|include|adapters|tools|tests|sim)/[\w./-]+)`", text) if not (ROOT / path).exists()]
for words, names in (("does not name", missing), ("names, and they are not there:", gone)):
    if names:
        print("ARCHITECTURE.md", words, ", ".join(names))
sys.exit(1 if missing or gone else 0)
