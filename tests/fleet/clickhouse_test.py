"""Exports in ClickHouse, by way of chdb from PyPI: written twice they are there once, every question has an answer, and sums and peaks are
ttmem's own. (Debian's ClickHouse is of 2018, and has neither Bool nor window functions.)"""
import json
import pathlib
import random
import re
import subprocess

from from_pypi import python_with
from scenario import BIN, SIM, check, check_equal, scene

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "share/clickhouse"
# Runs in a Python that has chdb: statements as JSON from stdin, the last column of answers as JSON lines to stdout.
RUNNER = """
import json, sys
from chdb import session
s = session.Session()
s.query("CREATE DATABASE d")
s.query("USE d")
for statement in json.load(sys.stdin):
    print(json.dumps([json.loads(line) for line in str(s.query(statement, "JSONEachRow")).splitlines() if line]))
"""


def statements(text):
    return [statement.strip() for statement in re.sub(r"--.*", "", text).split(";") if statement.strip()]


def answers_of(s, python, *queries):
    """The rows of each, in one session; a query may have several statements."""
    done = subprocess.run([python, "-c", RUNNER], capture_output=True, text=True, cwd=s.files, input=json.dumps(queries))
    check_equal(done.returncode, 0, done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_capture_in_clickhouse_is_there_once_and_has_our_figures():
    python = python_with("chdb", "TTMEM_CHDB_PYTHON")
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "t3000")
        both = s.ttmem("export", "clickhouse", capture).stdout
        each = [s.ttmem("export", "clickhouse", capture, "--tables", table).stdout for table in ("events", "allocations")]
        questions = statements((FOLDER / "questions.sql").read_text())
        check_equal(len(questions), 10, "questions:")
        asked = ["SELECT count() AS n FROM ttmem_events FINAL", "SELECT sum(reserved_bytes_per_chip * chips) AS n FROM ttmem_allocations FINAL"]
        answers = answers_of(s, python, both, *each, both, *asked, *questions)[-len(asked + questions):]
        check_equal(int(answers[0][0]["n"]), s.json("info", capture)["events"], "events:")
        check_equal(int(answers[1][0]["n"]), sum(pool["reserved_bytes_all_chips"] for pool in s.json("stats", capture)["pools"]))
        peak = s.json("peak", capture)["peaks"][0]
        top = answers[len(asked) + 2][0]
        check_equal([int(top["peak_reserved_bytes_per_chip"]), top["pool"]], [peak["peak_reserved_bytes"], "dram"], "the peak:")
        check(sum(bool(answer) for answer in answers) >= 7, "most questions have an answer:", answers)


def test_parts_and_threads_of_random_runs_are_in_clickhouse_row_by_row():
    python = python_with("chdb", "TTMEM_CHDB_PYTHON")
    for seed, machine, plant in ((1, "n150", "leak"), (2, "t3000", "reopen"), (3, "p150", "fragmentation")):
        with scene() as s:
            capture = s.recorded(SIM, "random", "--machine", machine, "--seed", seed, "--steps", 200, "--plant", plant)
            pieces = [s.ttmem("export", "clickhouse", capture, "--tables", "events", "--max-bytes", most).stdout for most in ("20K", "60K", "1G")]
            columns = ("order", "event", "id", "op", "tag", "pool", "place", "reserved_bytes_per_chip", "iteration", "persistent")
            rows = [json.loads(line) for line in s.ttmem("export", "jsonl", capture).stdout.splitlines()][1:-1]
            found = answers_of(s, python, *pieces, f"SELECT {', '.join(columns)} FROM ttmem_events FINAL ORDER BY order, id")[-1]
            plain = lambda row: [str(row.get(name) or "") for name in columns]  # noqa: E731
            check_equal([plain(row) for row in found], sorted(map(plain, rows), key=lambda row: (int(row[0] or 0), row[2])), f"seed {seed}:")


HOSTILE = [b"'", b"\\", b"\\N", b"');DROP", b"--", b"/*", b";", b"\x1b[2J", b"\x07", b"\xff", b"\xc3", "\u202e".encode(), "\u2028".encode(), b"NULL", b",", b"(", b"\"", b"`", b"=1"]


def test_every_byte_of_a_name_is_in_clickhouse():
    python = python_with("chdb", "TTMEM_CHDB_PYTHON")
    random_ = random.Random(4711)
    names = list({b"".join(random_.choices(HOSTILE, k=random_.randint(1, 5))) for _ in range(200)})
    with scene() as s:
        program = s.files / "program.txt"
        program.write_bytes(b"".join(b"0 op_begin %b\n0 op_end\n" % name for name in names))
        capture = s.recorded(BIN / "oracle-player", program)
        done = s.run(BIN / "ttmem", "export", "clickhouse", capture)
        found = answers_of(s, python, done.stdout, "SELECT hex(name) AS name FROM ttmem_events FINAL WHERE event = 'operation_begun'")[-1]
        check_equal(sorted(row["name"] for row in found), sorted(name.hex().upper() for name in names))
