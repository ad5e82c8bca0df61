"""What `ttmem show` says of a small sample of every foreign format and version, in full.

Samples stand in tests/golden/samples, a report as the SQL that makes its database; what is said of each stands in
tests/golden/expected, as people (.txt) and programs (.json) read it. TTMEM_UPDATE_GOLDEN=1 writes what is said now, for
`git diff` to show. Memory regions are binary: the test of their importer makes each version.
"""
import json
import os
import pathlib
import shutil
import sqlite3

from scenario import check_equal, scene

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
FORMATS = ("captured-graph", "ttnn-report", "tt-mlir-log", "memory-report", "memory-csv", "allocation-server", "failures", "stream",
           "unknown")


def samples(start):
    return sorted(path for path in (GOLDEN / "samples").iterdir() if path.name.startswith(start))


def put(sample, folder):
    """The sample as a file in `folder`; gives its name."""
    if sample.suffix != ".sql":
        shutil.copy(sample, folder)
        return sample.name
    name = sample.stem + ".sqlite"
    database = sqlite3.connect(folder / name)
    database.executescript(sample.read_text())
    database.close()
    return name


def said_of(s, name):
    shown = s.ttmem("show", name, code=None, cwd=s.files)
    text = f"$ ttmem show {name}\n{shown.stdout}{shown.stderr}(exit code {shown.returncode})\n"
    as_json = s.ttmem("show", name, "--json", code=shown.returncode, cwd=s.files)
    document = json.loads(as_json.stdout)
    document.pop("generated_at", None)
    return text, json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def check_samples(start):
    with scene() as s:
        for sample in samples(start):
            for kind, said in zip((".txt", ".json"), said_of(s, put(sample, s.files))):
                expected = GOLDEN / "expected" / (sample.name + kind)
                if os.environ.get("TTMEM_UPDATE_GOLDEN"):
                    expected.write_text(said)
                check_equal(said.split("\n"), expected.read_text().split("\n"), expected.name)


def test_captured_graphs_of_every_generation():
    check_samples("captured-graph")


def test_memory_reports_of_tt_metal():
    check_samples("memory-csv")


def test_reports_of_every_schema():
    check_samples("ttnn-report")


def test_logs_of_both_levels():
    check_samples("tt-mlir-log")


def test_memory_reports_of_every_shape():
    check_samples("memory-report")


def test_the_log_of_an_allocation_server():
    check_samples("allocation-server")


def test_every_message_of_a_failed_allocation():
    check_samples("failures")


def test_a_stream_and_an_unknown_text_are_refused_with_what_to_do():
    check_samples("stream")
    check_samples("unknown")


def test_no_sample_is_left_out():
    check_equal(sum(len(samples(start)) for start in FORMATS), len(samples("")))
    check_equal(len(list((GOLDEN / "expected").iterdir())), 2 * len(samples("")))
