"""`ttmem map` of a real ttnn: its L1 buffers are those of ttnn's own report, and the numbers of a clash are those of the map."""
import re

from real_ttnn import PROGRAMS, Machine
from scenario import check, check_equal


def notes_of(machine):
    machine.followed(PROGRAMS / "map_l1.py", env=machine.mocking())
    notes = {entry["mark"]: entry for entry in machine.notes_beginning("map: ")}
    check_equal(sorted(notes), ["map: too tight", "map: used", "map: with a hole"], "notes")
    return notes


def check_buffers(entry):
    """Address and size of each buffer in L1."""
    blocks = entry["map"]["items"][0]["l1"]["buffers"]["blocks"]
    check_equal(sorted([block["address"], block["bytes_per_bank"]] for block in blocks), entry["reported"], entry["mark"])


def test_the_map_has_the_buffers_of_ttnns_own_report_and_the_numbers_of_a_clash():
    with Machine("N150") as machine:
        notes = notes_of(machine)
        for entry in notes.values():
            check_buffers(entry)
            check_equal(entry["map"]["coverage"]["complete"], True, entry["map"]["coverage"])
        hole = notes["map: with a hole"]["map"]["items"][0]["l1"]["buffers"]
        check(len(hole["holes"]) >= 2, "the hole that was made is missing:", hole["holes"])

        tight = notes["map: too tight"]
        l1 = tight["map"]["items"][0]["l1"]
        clashing = [program for program in l1["programs"] if program["overlap_bytes_per_core"]]
        check(clashing, "no program is too large:", l1["programs"])
        ends = {program["reach_address"] for program in clashing}
        clashes = [re.search(r"allocated at (\d+) and static \w+ buffer region ends at (\d+)", said or "")
                   for said in tight["said"]]
        found = [tuple(map(int, clash.groups())) for clash in clashes if clash]
        check_equal({buffer for buffer, _ in found}, {l1["floor_address"]}, tight["said"])
        # A matmul that finds less room than before is another program: its end is not in the map.
        check(ends & {end for _, end in found}, "no program of the map ends where one clashed:", found, ends)


VARIANTS = """
import ttnn
device = ttnn.open_device(device_id=0)
made = lambda rows, columns, **more: ttnn.empty([1, 1, rows, columns], layout=ttnn.TILE_LAYOUT, device=device, **more)
a, b, held = made(2048, 2048), made(2048, 2048), []
for _ in range(10):
    held.append(made(4096, 1024, memory_config=ttnn.L1_MEMORY_CONFIG))
    c = ttnn.matmul(a, b)
print("programs", device.num_program_cache_entries())
"""


def test_programs_that_ttnn_compiled_anew_as_l1_filled_are_no_clash():
    with Machine("N150") as machine:
        capture = machine.files / "variants.ttmem"
        done = machine.followed(machine.script(VARIANTS), options=["--mock", machine.name, "-o", str(capture)])
        cached = int(re.search(r"programs (\d+)", done.stdout).group(1))
        check(cached > 1, "it compiled once: this shows nothing", done.stdout)
        document = machine.json("map", capture)
        l1 = document["items"][0]["l1"]
        check_equal(len(l1["programs"]), cached, "all that are cached")
        check_equal([core["overlap_bytes_per_core"] for core in l1["cores"]], [0] * len(l1["cores"]), "no clash: nothing failed")
        replaced = [program["overlap_bytes_per_core"] for program in l1["programs"] if program["replaced"]]
        check(replaced and all(replaced), l1["programs"])
        text = machine.ttmem("map", capture).stdout
        check("does not fit" not in text and "replaced, lacks " in text, text)


ROWS = 24576  # of 2,048 B: more than half of the L1 of 64 cores


def test_the_last_failure_of_a_program_is_explained_and_its_remedies_help():
    with Machine("N150") as machine:
        capture = machine.files / "failed.ttmem"
        failed = machine.followed(PROGRAMS / "remedies.py", str(ROWS), code=7, options=["-o", str(capture)],
                                  env={**machine.mocking(), "TMPDIR": str(machine.files)})
        said = re.search(r"Not enough space to allocate (\d+) B L1", failed.stdout)
        check(said, failed.stdout)
        check("who held what then" in failed.stderr, failed.stderr[-3000:])
        document = machine.json("explain", "--last", capture)
        failure, = document["failures"]
        check_equal(failure["requested_bytes"], int(said.group(1)), "what was asked for")
        l1 = next(pool for pool in document["held"] if pool["pool"] == "l1")
        check_equal(l1["holders"][0]["reserved_bytes"], ROWS * 2048, "what was held")
        kinds = {remedy["kind"] for remedy in failure["explanation"]["remedies"]}
        check("use_dram" in kinds and "free" in kinds, kinds)
        for remedy in ("dram", "free"):
            check("it fits" in machine.followed(PROGRAMS / "remedies.py", str(ROWS), remedy, env=machine.mocking()).stdout, remedy)


def test_a_floor_holder_splits_l1_and_the_remedies_against_it_help():
    with Machine("N150") as machine:
        capture = machine.files / "failed.ttmem"
        failed = machine.followed(PROGRAMS / "floor.py", code=7, options=["-o", str(capture)],
                                  env={**machine.mocking(), "TMPDIR": str(machine.files)})
        check("refused" in failed.stdout, failed.stdout)
        noted, = machine.notes("the floor")
        l1 = noted["map"]["items"][0]["l1"]
        floor = l1["floor_holders"]
        check_equal((l1["floor_address"], floor["holders"]), (noted["address"], 1), "the semaphore is the floor")
        owner, = floor["owners"]
        check_equal(owner["op"], "ttnn.empty", "whose it is")
        check_equal(floor["floor_without_address"], l1["top_address"], "nothing else is there")
        holder, = l1["buffers"]["blocks"]
        check_equal(floor["stranded_bytes_per_core"], l1["top_address"] - holder["end_address"], "all above it")
        check_equal(l1["buffers"]["largest_free_bytes_per_bank"], noted["largest"], "as ttnn says")
        check_equal(l1["buffers"]["splitter"]["address"], noted["address"], "and it splits the space")

        failure, = machine.json("explain", "--last", capture)["failures"]
        check_equal((failure["explanation"]["cause"], failure["largest_free_per_bank"]), ("fragmented", noted["largest"]), failure)
        remedies = {remedy["kind"]: remedy for remedy in failure["explanation"]["remedies"]}
        check_equal(remedies["free_block"]["address"], noted["address"], remedies)
        check_equal(remedies["move_together"]["bytes"], noted["free"], remedies)
        replayed = machine.json("replay", capture, code=10)
        lost, = [arena for arena in replayed["arenas"] if arena["pool"] == "l1"]
        check_equal((lost["failed_when_recorded"], lost["reproduced"]), (1, lost["allocations"]), lost)
        told, = lost["first_fit"]["failures"]
        check_equal((told["fits_compacted"], told["space"]["largest_free_bytes_per_bank"]), (True, noted["largest"]), told)
        check_equal(told["space"]["splitter"]["address"], noted["address"], told)
        for remedy in ("free", "first"):
            check("it fits" in machine.followed(PROGRAMS / "floor.py", remedy, env=machine.mocking()).stdout, remedy)


LAYERS = """
import sys, ttnn
device = ttnn.open_device(device_id=0, l1_small_size=32768)
spill, size, channels = "spill" in sys.argv, 128, 32
x = ttnn.zeros([1, 1, 2 * size * size, channels], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device,
               memory_config=ttnn.L1_MEMORY_CONFIG)
skips = []
for wider in (64, 64, 128, 128):
    weights = ttnn.zeros([wider, channels, 3, 3], dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT)
    x, _ = ttnn.conv2d(input_tensor=x, weight_tensor=weights, in_channels=channels, out_channels=wider, device=device,
                       kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), batch_size=2, input_height=size, input_width=size,
                       conv_config=ttnn.Conv2dConfig(shard_layout=ttnn.TensorMemoryLayout.HEIGHT_SHARDED, deallocate_activation=spill),
                       return_output_dim=True)
    skips.append(ttnn.to_memory_config(x, ttnn.DRAM_MEMORY_CONFIG) if spill else x)
    channels = wider
print("it fits")
"""


KEPT = """
import sys
import ttnn
device = ttnn.open_device(device_id=0)
elsewhere = sys.argv[1:]
def keep(name, rows):
    memory = ttnn.DRAM_MEMORY_CONFIG if name in elsewhere else ttnn.L1_MEMORY_CONFIG
    return ttnn.empty([1, 1, rows, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
first = keep("first", 16384)
second = keep("second", 16384)
third = keep("third", 4096)
wide = ttnn.empty([1, 1, 32, 4096], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
ttnn.softmax(wide, dim=-1)
print("it fits")
"""


def test_the_advice_against_a_clash_names_buffers_that_are_needed_and_enough():
    with Machine("N150") as machine:
        capture, program = machine.files / "clash.ttmem", machine.script(KEPT)
        machine.followed(program, code=None, options=["--mock", machine.name, "--stacks", "-o", str(capture)])
        explanation = machine.json("explain", "--last", capture)["failures"][0]["explanation"]
        advice = next(remedy["text"] for remedy in explanation["remedies"] if remedy["kind"] == "move_l1_buffers")
        one_is_enough = "One of them is enough" in advice  # circular buffers of older versions are larger
        check(one_is_enough or "Together that is enough" in advice, advice)
        lines = KEPT.splitlines()
        named = [line.split()[0] for number, line in enumerate(lines, 1) if f":{number} <module>" in advice]
        check_equal(named, ["first", "second"], advice)
        check(all(f":{number} <module>" in explanation["verdict"] for number, line in enumerate(lines, 1) if line.split(" =")[0] in named),
              explanation["verdict"])
        for names, fits in ((["first"], one_is_enough), (["second"], one_is_enough), (["first", "second"], True), (["third"], False)):
            done = machine.followed(program, *names, code=None, options=["--mock", machine.name])
            check_equal("it fits" in done.stdout, fits, names)


def test_what_the_failing_call_made_itself_is_not_advised_to_be_freed_and_the_advice_helps():
    with Machine("N150") as machine:
        capture, program = machine.files / "clash.ttmem", machine.script(LAYERS)
        machine.followed(program, code=None, options=["--mock", machine.name, "-o", str(capture)])
        failure, = machine.json("explain", "--last", capture)["failures"]
        advice = next(remedy["text"] for remedy in failure["explanation"]["remedies"] if remedy["kind"] == "move_l1_buffers")
        check("the failing call itself made" in advice, advice)
        lowest, end = failure["l1_buffer_address"], failure["cb_region_end"]
        named = [int(address.replace(",", "")) for address in re.findall(r" at ([\d,]+) \(0x", advice)]
        check(named and all(address >= end for address in named) and lowest < end, "only what earlier calls left:", advice)
        done = machine.followed(program, "spill", options=["--mock", machine.name])
        check("it fits" in done.stdout, done.stdout)
