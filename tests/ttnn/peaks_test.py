"""The peak that `ttmem peak` finds in the history is the one that ttnn's own view had, made of the tensors that the program
held then."""
import json

from real_ttnn import PROGRAMS, Machine
from scenario import FULL, check, check_equal


def check_peaks(machine, seed, steps):
    seen, report = machine.files / "most.json", machine.files / "report.json"
    machine.followed(PROGRAMS / "peaks.py", str(seed), str(steps), str(seen), options=["--report", str(report)])
    run = json.loads(report.read_text())["run_id"]
    document = machine.json("peak", "--run", run)
    check(document["coverage"]["complete"], document["coverage"])
    for pool, truth in json.loads(seen.read_text()).items():
        found = [peak for peak in document["peaks"] if peak["pool"] == pool]
        check_equal(len(found), 1, f"{pool}: one line for all chips")
        peak, moment = found[0], found[0]["moment"]
        check(peak["peak_exact"], peak)
        check_equal(peak["peak_reserved_bytes"], truth["reserved_bytes"], f"{machine.name}, seed {seed}, {pool}")
        held = {}
        for share in moment["shares"]:
            count, requested = held.get(share["op"], (0, 0))
            held[share["op"]] = (count + share["allocations"], requested + share["requested_bytes"])
        expected = {op: (sum(1 for o, _ in truth["tensors"] if o == op), sum(size for o, size in truth["tensors"] if o == op))
                    for op in {o for o, _ in truth["tensors"]}}
        check_equal({op: list(sums) for op, sums in held.items()}, {op: list(sums) for op, sums in expected.items()},
                    f"{machine.name}, seed {seed}, {pool}: what was live")


def test_peaks_and_what_was_live_are_what_ttnn_itself_had():
    for seed in range(1, 31 if FULL else 4):
        with Machine() as machine:
            check_peaks(machine, seed, 120)


def test_peaks_of_a_mesh_are_those_of_each_of_its_chips():
    with Machine("T3000") as machine:
        check_peaks(machine, 7, 80)


def test_circular_buffers_of_a_softmax_stand_beside_what_each_bank_had():
    with Machine() as machine:
        seen, recording = machine.files / "per_bank.txt", machine.files / "softmax.ttmem"
        machine.followed(PROGRAMS / "softmax_in_l1.py", str(seen), options=["-o", str(recording)], env=machine.mocking())
        document = machine.json("peak", str(recording))
        check(document["coverage"]["complete"], document["coverage"])
        check_equal(len(document["cores"]), 1, "one line for the only chip")
        core = document["cores"][0]
        check_equal(core["op"], "ttnn.softmax", core)
        check_equal(core["buffer_bytes"], int(seen.read_text()), core)
        buffers = core["circular_buffer_bytes"] + core["dataflow_buffer_bytes"] + core["scratchpad_bytes"]
        check(buffers > 0 and not core["is_bound"], core)
        check_equal(core["needed_bytes"], buffers + core["buffer_bytes"], core)
