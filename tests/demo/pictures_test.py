"""scripts/demo: it shows what it announces, every command in it does what it is there for, and nothing is left behind."""
import os
import pathlib
import re
import shutil
import subprocess

from scenario import BIN, PATIENCE_S, Skip, check, check_equal

DEMO = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "demo"
HEADINGS = ["Three runs of a mesh test on 8 chips", "A run that is killed", "Bugs that are planted", "A stream of allocations",
            "The real ttnn 0.81.1, as pip installs it", "Next"]
# What ends with another code than 0, which the demo then shows: the killed run, and once a status of nothing that lives.
CODES = {"ttmem run -- ttmem-sim mesh-test --machine T3000 --kill-after 80": [137], "ttmem status --bytes": [3]}


def shown():
    """The output of the demo; its exit code is 0."""
    if shutil.which("bash") is None:
        raise Skip("bash is not installed")
    done = subprocess.run([DEMO, "--no-build"], env={**os.environ, "TTMEM_BIN_DIR": str(BIN)}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=4 * PATIENCE_S, check=False)
    check_equal(done.returncode, 0, done.stdout)
    return done.stdout


def codes_by_command(text):
    """{command: the codes other than 0 that it ended with}"""
    codes = {}
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command = piece.partition("\n")[0]
        codes.setdefault(command, []).extend(map(int, re.findall(r"^\(exit code (\d+)\)$", piece, re.MULTILINE)))
    return codes


def test_each_appears_in_its_order_and_no_command_fails():
    text = shown()
    check_equal(re.findall(r"^== (.*)$", text, re.MULTILINE), HEADINGS)
    first = text.partition("$ ttmem status --bytes\n")[2].partition("\n$ ")[0]
    check(re.search(r"^0-7, each .* dram +14,716,928 +14,794,752 ", first, re.MULTILINE), "the first picture:", text)
    check_equal({command: codes for command, codes in codes_by_command(text).items() if codes}, CODES, text)
    for said in ("After run 3: nothing is left.", "held_at_exit", "leaked"):
        check(said in text, f"`{said}` in", text)
