"""Exports in ClickHouse, by way of chdb from PyPI: written twice they are there once, every question has an answer, and sums and peaks are
ttmem's own. (Debian's ClickHouse is of 2018, and has neither Bool nor window functions.)"""
import json
import pathlib
import re
import subprocess

from from_pypi import python_with
from scenario import BIN, check, check_equal, scene

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


def test_a_capture_in_clickhouse_is_there_once_and_has_our_figures():
    python = python_with("chdb", "TTMEM_CHDB_PYTHON")
    with scene() as s:
        capture = s.files / "run.ttmem"
        s.ttmem("run", "-o", capture, "--", BIN / "ttmem-sim", "mesh-test", "--machine", "t3000")
        inserts = []
        for options in ((), ("--allocations",)):
            inserts.append(s.ttmem("export", "clickhouse", capture, *options).stdout)
        questions = statements((FOLDER / "questions.sql").read_text())
        check_equal(len(questions), 10, "questions:")
        asked = ["SELECT count() AS n FROM ttmem_events FINAL", "SELECT sum(reserved_bytes_per_chip * chips) AS n FROM ttmem_allocations FINAL"]
        done = subprocess.run([python, "-c", RUNNER], capture_output=True, text=True, cwd=s.files,
                              input=json.dumps(statements((FOLDER / "ttmem.sql").read_text()) + inserts * 2 + asked + questions))
        check_equal(done.returncode, 0, done.stderr[-2000:])
        answers = [json.loads(line) for line in done.stdout.splitlines()][-len(asked + questions):]
        check_equal(int(answers[0][0]["n"]), s.json("info", capture)["events"], "events:")
        check_equal(int(answers[1][0]["n"]), sum(pool["reserved_bytes_all_chips"] for pool in s.json("stats", capture)["pools"]))
        peak = s.json("peak", capture)["peaks"][0]
        top = answers[len(asked) + 2][0]
        check_equal([int(top["peak_reserved_bytes_per_chip"]), top["pool"]], [peak["peak_reserved_bytes"], "dram"], "the peak:")
        check(sum(bool(answer) for answer in answers) >= 7, "most questions have an answer:", answers)
