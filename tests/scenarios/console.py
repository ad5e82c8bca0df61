"""Console blocks of documents: each command after `$ ` is run, and has to say what stands below it.

What differs from run to run counts as equal: pids, times, the width of columns, and whether a wheel has a compiler. `...` alone
on a line stands for any lines.
"""
import pathlib
import re
import subprocess

from scenario import BIN, PATIENCE_S, check

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```\w*\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)


def steps(document, beginning):
    """[(command, what it says)] of the block of this document whose first command begins so."""
    found = [body for body in BLOCK.findall((ROOT / document).read_text()) if body.startswith(f"$ {beginning}")]
    check(len(found) == 1, len(found), "blocks of", document, "begin with", beginning)
    return [tuple(step.split("\n", 1)) for step in re.split(r"^\$ ", found[0], flags=re.MULTILINE)[1:]]


def says(scene, document, beginning, path="", code=0, **environment):
    """Runs the block's commands in the scene's folder; each ends with `code`. `path`: folders of programs that they call by name."""
    search = ":".join(filter(None, [str(BIN), str(path), scene.environment["PATH"]]))
    latest = {}  # pids that the document names: of the same program here
    for command, expected in steps(document, beginning):
        command = re.sub(r"--pid (\d+)", lambda pid: f"--pid {latest.get(pid[1], pid[1])}", command)
        done = subprocess.run(command, shell=True, cwd=scene.files, env={**scene.environment, "PATH": search, **environment}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10 * PATIENCE_S)
        check(done.returncode == code, document, "has", command, "which ends with", done.returncode, "\n" + done.stdout)
        check(matches(expected, done.stdout), document, "has", command, "which says\n" + done.stdout + "instead of\n" + expected)
        latest.update(zip(re.findall(r"--pid (\d+)", expected), re.findall(r"--pid (\d+)", done.stdout)))


def matches(expected, said):
    """Whether an output is that of the document."""
    lines = [line if line == "..." else re.escape(line) for line in steady(expected).split("\n")]
    return re.fullmatch("\n".join("(?s:.*?)" if line == "..." else line for line in lines), steady(said)) is not None


def steady(text):
    """A text in which only what is the same each time is left of what it was."""
    pids = set(re.findall(r"(?:[Pp]rocess|thread|--pid) (\d+)\b", text))
    in_table = False
    for line in text.split("\n"):
        in_table = line.lstrip().startswith("PID ") or in_table and re.match(r" *\d+ ", line) is not None
        pids |= set(re.findall(r"^ *(\d+) ", line)) if in_table else set()
    for pattern, word in ((r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "WHEN"), (r"\+?(?:\b[\d.,]+ (?:us|ms|s|min|h)\b ?)+", "TIME "),
                          (rf"\b(?:{'|'.join(pids) or 'no pid'})\b", "PID"), (", with a stand-in for the compiler", ""), (r" +", " "),
                          (r"(?m)^ | $", "")):
        text = re.sub(pattern, word, text)
    return text.strip("\n")
