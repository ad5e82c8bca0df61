"""What people name as a file and is none, with every command that takes one: it is refused at once, with what it is, and
"-" is standard output (or input) where the answer is a stream. The lists are closed: --help has no other files."""
import json
import os
import pathlib
import re
import socket
import subprocess

from scenario import BIN, check, check_equal, scene

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "golden/samples"
PATIENCE_S = 20
# Words before the file (with {} it stands elsewhere), by command and by what --help calls it. {run} is a capture.
READ = {
    "buffers CAPTURE": "buffers", "check CAPTURE": "check --limit dram=1T", "check --baseline": "check {run} --baseline", "check --suppressions": "check {run} --leaks 0 --suppressions",
    "diff FILE": "diff {run}", "explain ADDRESS": "explain", "explain CAPTURE": "explain 0x1000", "explain --compare": "explain {log} --compare", "export CAPTURE": "export csv",
    "growth CAPTURE": "growth", "growth --suppressions": "growth {run} --suppressions", "headroom CAPTURE": "headroom", "info FILE": "info", "leaks CAPTURE": "leaks",
    "leaks --suppressions": "leaks {run} --suppressions", "map CHIP": "map", "map CAPTURE": "map 0", "open CAPTURE": "open", "page CAPTURE": "page -o {out}", "page --against": "page {run} -o {out} --against",
    "peak CAPTURE": "peak", "programs CAPTURE": "programs", "ps CAPTURE": "ps", "replay CAPTURE": "replay", "replay --what-if": "replay {run} --what-if machine={file}", "run --suppressions": "run --suppressions {file} -- true",
    "run --mock": "run --mock {file} -- true", "fit --on": "fit --on {file} -- true", "show FILE": "show", "stats CAPTURE": "stats", "status CAPTURE": "status", "timeline CAPTURE": "timeline", "top CAPTURE": "top --once",
    "traces CAPTURE": "traces", "tree CAPTURE": "tree",
}
NOT_CALLED_FILES = {"replay --what-if", "run --mock", "fit --on"}
STREAMED_IN = {"explain ADDRESS", "show FILE"}
STREAMED_OUT = {"export --output": "export csv {run} -o", "page --output": "page {run} -o", "map --svg": "map {run} --svg", "timeline --svg": "timeline {run} --svg", "metrics --textfile": "metrics --textfile"}
WRITTEN = STREAMED_OUT | {
    "check --write-baseline": "check {run} --write-baseline", "check --junit": "check {run} --limit dram=1T --junit", "record --output": "record --force --for 1s -o", "snapshot --output": "snapshot --force -o",
    "run --output": "run --force -o {file} -- true", "run --report": "run --report {file} -- true", "open --token-file": "open --token-file", "fit --output": "fit --on N150 -o {file} -- true",
    "allocation-server --socket": "allocation-server --socket",
}


def files_in_help(s):
    section = s.ttmem("--help", env={"COLUMNS": "100"}).stdout.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
    for command in re.findall(r"^  (\S+) ", section, re.MULTILINE):
        text = s.ttmem(command, "--help", env={"COLUMNS": "100"}).stdout
        for name in re.findall(r"^  (?:-\w,)?(\S+) (?:.*\bor )?(?:FILE|PATH|FOLDER|DIR)(?: |$)", text, re.MULTILINE):
            yield f"{command} {name}"
        yield from [f"{command} FILE"] * bool(re.search(r"^  FILE ", text, re.MULTILINE))


def asked(s, words, file):
    words = words if "{file}" in words else words + " {file}"
    return [word.format(run=s.files / "run.ttmem", log=SAMPLES / "failures.log", out=s.files / "page.html", file=file) for word in words.split()]


def told(s, words, file):
    """What the command says of the file; it ends by itself, and not with success."""
    try:
        done = s.ttmem(*asked(s, words, file), code=None, timeout=PATIENCE_S, cwd=s.files)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{words} waits for {file}") from None
    check(done.returncode in (1, 2), words, file, done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done.stderr


def odd_files(s):
    folder = s.files / "odd.yaml"
    folder.mkdir()
    for kind in ("pipe", "socket"):
        path = s.files / f"{kind}.yaml"
        if kind == "pipe":
            os.mkfifo(path)
        else:
            socket.socket(socket.AF_UNIX).bind(str(path))
        yield kind, path
    yield "folder", folder


def recorded(s):
    s.ttmem("run", "-q", "-o", s.files / "run.ttmem", "--", BIN / "ttmem-sim", "decode", "--steps", "2")


def test_every_file_of_a_command_is_tried():
    with scene() as s:
        known = (READ.keys() | WRITTEN.keys()) - NOT_CALLED_FILES
        check_equal(sorted(set(files_in_help(s))), sorted(known), "files that commands take")


def test_what_is_no_file_is_not_read():
    with scene() as s:
        recorded(s)
        for kind, path in (*odd_files(s), ("device", "/dev/zero")):
            for name, words in READ.items():
                if (name, kind) in (("show FILE", "folder"), ("explain ADDRESS", "folder")):
                    continue  # of a report
                said = told(s, words, path)
                check(kind in said or (kind == "folder" and "db.sqlite" in said), words, path, said)


def test_what_is_no_file_is_not_written():
    with scene() as s:
        recorded(s)
        for kind, path in odd_files(s):
            for name, words in WRITTEN.items():
                if (name, kind) in (("fit --output", "folder"), ("allocation-server --socket", "socket")):
                    continue  # is what it wants
                said = told(s, words, path)
                check(str(path) in said, words, path, said)
                check(not path.is_file(), words, path, "was replaced")


def test_a_dash_is_standard_output_of_streams_alone():
    with scene() as s:
        recorded(s)
        for name, words in STREAMED_OUT.items():
            check(len(s.ttmem(*asked(s, words, "-"), cwd=s.files).stdout) > 100, name)
        for name, words in (WRITTEN | READ).items():
            if name not in STREAMED_IN | STREAMED_OUT.keys():
                said = told(s, words, "-")
                check("-" in said, words, said)
        check(not (s.files / "-").exists(), "a file of that name was made")


def test_what_other_programs_print_is_read_through_a_pipe():
    """`<(command)` of a shell."""
    with scene() as s:
        recorded(s)
        lines = s.ttmem("check", s.files / "run.ttmem", "--write-baseline", s.files / "baseline.txt") and (s.files / "baseline.txt").read_text()
        check(lines, "a baseline")
        for words in (["check", "run.ttmem", "--baseline", "<(cat baseline.txt)"], ["leaks", "run.ttmem", "--suppressions", "<(echo op:x)"],
                      ["show", f"<(sleep 1; cat {SAMPLES}/failures.log)"]):
            done = s.run("bash", "-c", " ".join([str(BIN / "ttmem"), *words]), cwd=s.files)
            check_equal(done.returncode, 0, f"{words}: {done.stderr}")
        shown = s.run("bash", "-c", f"{BIN}/ttmem page run.ttmem -o - --json", cwd=s.files)
        check_equal([shown.returncode, json.loads(shown.stdout)["error"]["exit_code"]], [2, 2], "two answers on one stdout")
