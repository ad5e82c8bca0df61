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
        check_equal(core["buffer_bytes_per_core"], int(seen.read_text()), core)
        buffers = core["circular_buffer_bytes_per_core"] + core["dataflow_buffer_bytes_per_core"] + core["scratchpad_bytes_per_core"]
        check(buffers > 0 and not core["is_bound"], core)
        check_equal(core["needed_bytes_per_core"], buffers + core["buffer_bytes_per_core"], core)


MODEL = """
import ttnn

def main():
    device = ttnn.open_device(device_id=0)
    ones = lambda rows: ttnn.ones([1, 1, rows, 1024], layout=ttnn.TILE_LAYOUT, device=device)
    weights = [ones(1024) for _ in range(4)]
    x = ones(256)
    for step in range(3):
        y = x
        for w in weights:
            y = ttnn.relu(ttnn.matmul(y, w))
    ENDING
main()
"""
ENDINGS = {
    "Python frees all as the function returns": "",
    "the program frees them before it closes": "del y, x, w, weights; ttnn.close_device(device)",
    "the program deallocates them before it closes": "[ttnn.deallocate(t) for t in (y, x, *weights)]; ttnn.close_device(device)",
    "the close releases them": "ttnn.close_device(device)",
}


def test_weights_are_kept_to_the_end_whoever_frees_them_then():
    with Machine() as machine:
        for name, ending in ENDINGS.items():
            recording = machine.files / "model.ttmem"
            machine.followed(machine.script(MODEL.replace("ENDING", ending)),
                             options=["--mock", machine.name, "--force", "-o", str(recording)])
            moment = next(peak for peak in machine.json("peak", str(recording))["peaks"] if peak["pool"] == "dram")["moment"]
            kept = moment["parts"]["kept_to_the_end"]
            check_equal(kept["requested_bytes"], (4 * 1024 + 256) * 1024 * 2, f"{name}: weights and the input")
            check(moment["parts"]["intermediate"]["allocations"] >= 1, name, moment["parts"])
            text = machine.ttmem("headroom", str(recording)).stdout
            check(" times" not in text and "no iterations were marked" in text, name, "\n", text)


SETUP = """
import ttnn
device = ttnn.open_device(device_id=0)
zeros = lambda rows: ttnn.zeros([1, 1, rows, 1024], layout=ttnn.TILE_LAYOUT, device=device)
weights, staging, x = zeros(1024), zeros(8192), zeros(256)
for step in range(6):
    if step == 3:
        del staging
    y = ttnn.matmul(ttnn.relu(x), weights)
    del y
ttnn.close_device(device)
"""


def test_what_was_set_up_and_freed_while_iterations_ran_is_not_persistent_and_grows_with_no_batch():
    with Machine() as machine:
        recording = machine.files / "setup.ttmem"
        machine.followed(machine.script(SETUP), options=["--mock", machine.name, "--iterations-by", "ttnn.relu", "-o", str(recording)])
        parts = next(peak for peak in machine.json("peak", str(recording))["peaks"] if peak["pool"] == "dram")["moment"]["parts"]
        check_equal(parts["persistent"]["requested_bytes"], (1024 + 256) * 1024 * 2, parts)
        check(parts["intermediate"]["requested_bytes"] >= 8192 * 1024 * 2, parts)
        room = next(room for room in machine.json("headroom", str(recording))["pools"] if room["pool"] == "dram")
        staging = room["transient_at_peak"]["requested_bytes"] - room["of_iterations_at_peak"]["requested_bytes"]
        check_equal(staging, 8192 * 1024 * 2, room)


FAILING = """
import ttnn
device = ttnn.open_device(device_id=0)
held = []
while True:
    held.append(ttnn.ones([1, 1, ROWS, 1024], layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.POOL_MEMORY_CONFIG))
"""


def check_failed(machine, pool, rows):
    recording = machine.files / f"{pool}.ttmem"
    program = FAILING.replace("ROWS", str(rows)).replace("POOL", pool.upper())
    machine.followed(machine.script(program), code=1, options=["--mock", machine.name, "-o", str(recording)])
    for command in ("peak", "timeline"):
        text = machine.ttmem(command, str(recording)).stdout
        check(text.startswith("An allocation of ") and " by `ttnn.ones` failed at +" in text.splitlines()[0], command, text)
    first = machine.ttmem("explain", "--last", str(recording)).stdout.splitlines()[0]
    check("; ttnn.ones holds the most, " in first, first)
    document = machine.json("map", str(recording), "--at", "failure")
    failure, layout = document["failure"], document["items"][0]
    check_equal(failure["pool"], pool, failure)
    check_equal(failure["op"], "ttnn.ones", failure)
    banks = layout["l1"]["buffers"] if pool == "l1" else layout["banks"][0]
    check_equal(banks["largest_free_bytes_per_bank"], failure["largest_free_bytes_per_bank"], "the allocator's own figure")
    check_equal(banks["largest_free_bytes_per_bank_max"], failure["largest_free_bytes_per_bank"], "and no interval")
    text = machine.ttmem("map", str(recording), "--at", "failure").stdout
    check(text.startswith("An allocation of ") and f" did not fit in {pool} of chip 0" in text.splitlines()[0], text)
    check("Next: `ttmem explain --last " in text.replace("\n", " "), text)
    check_equal("Used of each core" in text, pool == "l1", text)
    headroom = machine.json("headroom", str(recording))["pools"]
    check_equal(headroom[0]["pool"], pool, "what failed first")
    check_equal([room["pool"] for room in headroom if room["failure"]], [pool], "where it failed")


def test_map_and_headroom_of_a_failure_begin_with_the_pool_that_had_no_room():
    with Machine() as machine:
        check_failed(machine, "l1", 4096)
        check_failed(machine, "dram", 1024 * 1024)


TWO_MESHES = """
import ttnn
device = ttnn.open_mesh_device(ttnn.MeshShape(2, 4))
part = device.create_submesh(ttnn.MeshShape(1, 4))
ones = lambda rows, mesh: ttnn.ones([1, 1, rows, 1024], layout=ttnn.TILE_LAYOUT, device=mesh)
x = ones(4096, device)
del x
y = ones(2048, part)
"""


def test_the_summary_of_a_run_tells_the_peak_of_its_own_recording():
    with Machine("T3000") as machine:
        recording, report = machine.files / "two.ttmem", machine.files / "report.json"
        machine.followed(machine.script(TWO_MESHES), options=["--mock", machine.name, "-o", str(recording), "--report", str(report)])
        peaks = {chip: peak for peak in machine.json("peak", str(recording))["peaks"] if peak["pool"] == "dram" for chip in peak["chips"]}
        chips = json.loads(report.read_text())["chips"]
        check_equal(len(chips), 8, chips)
        for chip in chips:
            dram, peak = chip["pools"]["dram"], peaks[chip["chip_id"]]
            check(peak["peak_exact"], peak)
            check_equal(dram["peak_reserved_bytes"], peak["peak_reserved_bytes"], chip)
            check_equal(dram["peak_reserved_bytes_max"], peak["peak_reserved_bytes"], chip)

# A shard that is not a whole number of tiles: banks that need nothing take a unit of the allocator. Newer versions refuse it.
ODD_SHARDS = """
import ttnn
device = ttnn.open_device(device_id=0)
of = ttnn.create_sharded_memory_config([1, 1, 320, 192], core_grid=ttnn.CoreGrid(y=1, x=8), strategy=ttnn.ShardStrategy.WIDTH)
made = ttnn.zeros([1, 1, 320, 192], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=of)
view = ttnn.get_memory_view(device, ttnn.BufferType.L1)
print("has", view.num_banks * view.total_bytes_allocated_per_bank)
"""


def test_a_bank_that_needs_nothing_takes_what_ttnn_says():
    with Machine("N150", "0.66.0") as machine:
        report = machine.files / "report.json"
        done = machine.followed(machine.script(ODD_SHARDS), options=["--report", str(report)])
        (l1,) = [peak for peak in machine.json("peak", "--run", json.loads(report.read_text())["run_id"])["peaks"] if peak["pool"] == "l1"]
        check(f"has {l1['peak_reserved_bytes']}\n" in done.stdout and l1["peak_reserved_bytes"] > 0, l1, done.stdout)
