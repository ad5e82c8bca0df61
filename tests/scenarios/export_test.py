"""Exports of a run of the simulator have the figures of ttmem's own answers."""
import csv
import json

from scenario import BIN, check, check_equal, document_of, scene

SIM = BIN / "ttmem-sim"


def recorded(s, *command):
    capture = s.files / "run.ttmem"
    s.ttmem("run", "-o", capture, "--", SIM, *command)
    return capture


def exported(s, format_, capture, *options):
    """The file, and the document that says what is in it."""
    path = s.files / f"run.{format_}"
    document = document_of(s.ttmem("export", format_, capture, *options, "-o", path, "--json").stdout)
    check_equal([document["format"], document["bytes"]], [format_, path.stat().st_size])
    return path, document


def test_tables_have_every_event_and_add_up_to_the_stats():
    with scene() as s:
        capture = recorded(s, "mesh-test", "--machine", "t3000")
        stats, info = s.json("stats", capture), s.json("info", capture)
        path, document = exported(s, "jsonl", capture)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        check_equal([len(lines) - 2, document["items"], lines[-1]["rows"]], [info["events"]] * 3, "rows:")
        path, document = exported(s, "csv", capture, "--allocations")
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        check_equal(len(rows), document["items"], "rows:")
        check_equal(sum(int(row["reserved_bytes_per_chip"]) * int(row["chips"]) for row in rows),
                    sum(pool["reserved_bytes_all_chips"] for pool in stats["pools"]), "reserved bytes on all chips:")


def test_an_export_within_a_budget_says_what_it_lacks():
    with scene() as s:
        capture = recorded(s, "mesh-test")
        path, document = exported(s, "csv", capture, "--max-bytes", "2K")
        check(path.stat().st_size <= 2048, path.stat().st_size)
        check(document["left_out"] > 0 and "--from" in document["notes"][0], document)
        done = s.ttmem("export", "csv", capture, "--max-bytes", "2K")
        check("did not fit" in done.stderr, done.stderr)
        check_equal(done.stdout, path.read_text(), "on stdout:")
