"""A run of the real ttnn, recorded: what the events of its capture add up to is what ttnn said after each of its steps."""
import collections
import json

from comparison import documents
from real_ttnn import PROGRAMS, Machine
from scenario import BIN, check, check_equal

ALLOCATED, FREED, CLOSED = 1, 2, 5


def use_after_each(lines):
    """{(mesh, pool): bytes on each of its chips} after each event, as one dictionary that changes."""
    live, use = {}, collections.Counter()

    def remove(key):
        where, bytes_ = live.pop(key)
        use[where[:2]] -= bytes_

    for line in lines:
        event = json.loads(line)
        if event["kind"] == ALLOCATED:
            where = (event["place"]["number"], event["pool"], event["place"]["index"])
            live[event["subject"]] = (where, event["reserved_bytes"])
            use[where[:2]] += event["reserved_bytes"]
        elif event["kind"] == FREED and event["subject"] in live:
            remove(event["subject"])
        elif event["kind"] == CLOSED:
            for key in [key for key, (where, _) in live.items() if where[2] == event["place"]["index"]]:
                remove(key)
        yield use


def recorded(machine, *sections, least):
    capture = machine.files / "run.ttmem"
    machine.followed(PROGRAMS / "workload.py", *sections, options=("-o", capture), env=machine.mocking())
    info = machine.json("info", capture)
    check_equal([info["finished"], info["gaps"]], [True, []], "all of it is there:")
    marks = [entry for entry in documents(machine.marks) if entry.get("meshes")]
    expected = [{(mesh["mesh"], pool): seen["banks"] * seen["per_bank"] for mesh in entry["meshes"]
                 for pool, seen in mesh["pools"].items()} for entry in marks]
    lines = machine.run(BIN / "scenario-capture-events", capture).stdout.splitlines()[1:]
    found = 0
    for use in use_after_each(lines):
        while found < len(marks) and all(use[key] == bytes_ for key, bytes_ in expected[found].items()):
            found += 1
    print(f"{found} marks, {len(lines)} events, {info['bytes'] / max(len(lines), 1):.1f} bytes for each")
    check_equal(found, len(marks), f"marks whose figures the events have, in their order; then {marks[min(found, len(marks) - 1)]['mark']}:")
    check(found >= least, "only", found, "marks")


def test_what_one_chip_did_is_in_the_capture():
    with Machine("N150") as machine:
        recorded(machine, "kinds", "operations", least=30)


def test_what_a_mesh_did_is_in_the_capture():
    with Machine("T3000") as machine:
        recorded(machine, "operations", "submeshes", least=20)
