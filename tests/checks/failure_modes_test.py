#!/usr/bin/env python3
"""docs/failure-modes.md has all rows of its tables, every test that it names exists, and it names all tests of faults."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def known_tests():
    """The names as ctest shows them, without the parameters of parameterised ones."""
    names = set()
    for path in [*ROOT.glob("src/**/*_test.cc"), *ROOT.glob("tests/**/*_test.cc")]:
        for suite, name in re.findall(r"^(?:TEST|TEST_F|TEST_P|CLIENT_TEST)\((\w+),\s*(\w+)", path.read_text(), re.M):
            names.add(f"{suite}.{name}")
    for path in ROOT.glob("tests/scenarios/*_test.py"):
        subject = path.stem.removesuffix("_test")
        names |= {f"scenario.{subject}.{name}" for name in re.findall(r"^def test_(\w+)\(", path.read_text(), re.M)}
    names |= {f"fuzz.{path.stem}" for path in ROOT.glob("fuzz/*.cc")}
    for path in ROOT.glob("tests/*/CMakeLists.txt"):
        text = path.read_text()
        names |= set(re.findall(r"add_test\(NAME ([\w.]+)", text))
        for prefix, file in re.findall(r"ttmem_python_tests\((\w+) (\w+)\.py\)", text):
            functions = re.findall(r"^def test_(\w+)\(", (path.parent / f"{file}.py").read_text(), re.M)
            names |= {f"{prefix}.{file.removesuffix('_test')}.{name}" for name in functions}
    return names


def problems():
    text = (ROOT / "docs" / "failure-modes.md").read_text()
    found = [(int(number), rest) for number, rest in re.findall(r"^\| (\d+) \|(.*)$", text, re.M)]
    rows = dict(found)
    tests = known_tests()
    if sorted(number for number, _ in found) != list(range(1, len(found) + 1)):
        yield "its rows are not numbered from 1 on, each once"
    for row in rows:
        if not re.search(r"`\w+[.]\w", rows[row]) and "No test" not in rows[row]:
            yield f"row {row} names no test, and does not say why"
    for name in re.findall(r"`((?:\w+\.)+\w+)`", text):
        if name not in tests:
            yield f"there is no test {name}"
    for name in sorted(tests):
        if name.startswith("faults.") and f"`{name}`" not in text:
            yield f"no row names {name}"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or "every row has its tests")
    sys.exit(1 if found else 0)
