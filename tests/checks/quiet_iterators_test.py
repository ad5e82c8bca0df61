"""No program of ours walks directories with std::filesystem: where memory is short, its iterators end the program, even those
that take an error_code. src/base/directory.h has the names in a directory."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WALKS = re.compile(r"\b(?:recursive_)?directory_iterator\b|\bfs::remove_all\(|filesystem::remove_all\(")
# Of its own folder of a demonstration, when all has been shown.
MAY = {"src/apps/screen/demo.cc"}

found = [f"{path.relative_to(ROOT)}:{number}" for folder in ("src", "adapters", "python") for path in sorted((ROOT / folder).rglob("*"))
         if path.suffix in (".cc", ".h") and not path.stem.endswith("_test") and str(path.relative_to(ROOT)) not in MAY
         for number, line in enumerate(path.read_text().splitlines(), 1) if WALKS.search(line.split("//")[0])]
print("\n".join(found))
sys.exit(1 if found else 0)
