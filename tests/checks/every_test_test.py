#!/usr/bin/env python3
"""Every file of C++ tests is named in a CMakeLists.txt: one that is forgotten there never runs, and is never red."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def forgotten():
    lists = [path.read_text() for folder in ("src", "sim", "adapters", "tests", "fuzz") for path in (ROOT / folder).rglob("CMakeLists.txt")]
    words = {pathlib.PurePath(word).name for text in lists for word in re.split(r"[\s()\"]+", text)}
    for folder in ("src", "sim", "adapters", "tests"):
        yield from (path for path in sorted((ROOT / folder).rglob("*_test.c*")) if path.name not in words)


found = list(forgotten())
print("\n".join(f"no CMakeLists.txt names {path.relative_to(ROOT)}" for path in found) or "every file of tests is built")
sys.exit(1 if found else 0)
