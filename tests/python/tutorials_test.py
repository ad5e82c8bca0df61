"""Each tutorial runs as it stands, and says what it says it says. `…` in an output stands for anything; alone on a line for lines."""
import pathlib
import re

from package import Machine
from scenario import check

TUTORIALS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "tutorials"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "---- end of block"


def blocks(text):
    """(code, what it prints or None) of each block of Python."""
    found = []
    for language, body in FENCE.findall(text):
        if language == "python":
            found.append([body, None])
        elif not language:
            check(found and found[-1][1] is None, "an output without a block of Python before it:", body)
            found[-1][1] = body
    return found


def pattern(expected):
    lines = [".*" if line == "…" else ".*".join(re.escape(part) for part in line.split("…")) for line in expected.rstrip("\n").split("\n")]
    return re.compile("\n".join("(?s:.*?)" if line == ".*" else line for line in lines))


def runs(name):
    found = blocks((TUTORIALS / f"{name}.md").read_text())
    check(len(found) >= 4 and any(expected is not None for _, expected in found), "it says what it prints")
    with Machine() as machine:
        program = machine.script("".join(f"{code}\nprint({MARK!r}, flush=True)\n" for code, _ in found), f"{name}.py")
        done = machine.plain(program, cwd=machine.files, env=machine.mocking())
        check(done.returncode == 0, done.stdout[-4000:], done.stderr[-4000:])
        printed = "".join(line for line in done.stdout.splitlines(keepends=True) if "| critical |" not in line)
        for (code, expected), said in zip(found, printed.split(MARK + "\n")):
            check(pattern(expected or "").fullmatch(said.rstrip("\n")), "it says\n" + said, "instead of\n" + (expected or "nothing"), "after\n" + code)


def test_the_leak_is_found_and_mended():
    runs("leak")


def test_fragmentation_is_found_and_mended():
    runs("fragmentation")


def test_the_clash_is_found_and_mended():
    runs("clash")
