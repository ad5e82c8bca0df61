"""Circular and dataflow buffers have the addresses, sizes and cores of the plan that tt-metal itself laid out."""
import collections

from comparison import L1_BYTES, core_ranges
from real_ttnn import PROGRAMS, VERSION, Machine
from scenario import check, check_equal


def cores_of(ranges):
    return [(x, y) for x0, y0, x1, y1 in ranges for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def laid_out(entry, planned):
    """The plan with its addresses: each buffer begins where the fullest of its cores ends, from the beginning of L1 on."""
    base = next(size for arch, size in L1_BYTES.items() if arch in entry["arch"].lower()) - entry["for_buffers"]
    ends, own = {}, []
    for address, size, cores in planned:
        ranges = core_ranges(cores)
        place = max(ends.get(core, base) for core in cores_of(ranges))
        ends.update((core, place + size) for core in cores_of(ranges))
        check(address in (0, place), entry["mark"], "the capture has", address, "instead of", place)
        own.append((place, size, ranges))
    return sorted(own)


def of_ttmem(program):
    buffers = [cb for place in program["places"] for cb in place["circular_buffers"] if not cb["aliased"]]
    return sorted((cb["address"], cb["bytes_per_core"], tuple(sorted((r["x0"], r["y0"], r["x1"], r["y1"]) for r in cb["core_ranges"])))
                  for cb in buffers)


def of_each(entry):
    """What the capture has of one program. On a mesh 0.66 makes an equal one for each chip, in threads: the order of one is kept."""
    counts = collections.Counter((address, size, cores) for address, size, cores in entry["planned"])
    programs = len(entry["programs"])
    check(all(count % programs == 0 for count in counts.values()), entry["mark"], counts)
    return [planned for planned, count in counts.items() for _ in range(count // programs)] if programs > 1 else entry["planned"]


def compare(entry, chips):
    programs = entry["programs"]
    for program in programs:
        check_equal(of_ttmem(program), laid_out(entry, of_each(entry)), entry["mark"])
    on = [chip for program in programs for place in program["places"] for chip in place["chips"]]
    check_equal([len(on), len(set(on))], [chips, chips], entry["mark"])


def compare_plans(machine_name):
    with Machine(machine_name) as machine:
        machine.followed(PROGRAMS / "plans.py", env=machine.mocking())
        entries = machine.notes_beginning("plan: ")
        for refused in machine.notes_beginning("plan refused: "):
            print("refused:", refused["mark"], refused["error"])
        for entry in entries:
            check_equal(entry["coverage"]["complete"], True, entry["coverage"])
            compare(entry, machine.mesh[0] * machine.mesh[1])
        names, compared = {entry["mark"] for entry in entries}, sum(len(entry["planned"]) for entry in entries)
        check({"plan: matmul", "plan: softmax", "plan: layer_norm"} <= names, names)
        check(compared >= 30, "only", compared, "buffers were compared")
        print(len(entries), "operations,", compared, "buffers")


def test_buffers_of_programs_lie_where_the_runtimes_own_plan_has_them():
    compare_plans("N150")


def test_so_they_do_on_blackhole():
    compare_plans("P150")


def test_so_they_do_on_a_mesh_of_eight():
    compare_plans("T3000")


def compare_ends(machine_name):
    """What a program takes besides circular and dataflow buffers shows nowhere but in where it ends."""
    with Machine(machine_name) as machine:
        machine.followed(PROGRAMS / "program_ends.py", env=machine.mocking())
        for entry in machine.notes_beginning("no clash: "):
            check(entry["ends"] and max(entry["ends"]) <= entry["buffer"], "a buffer at", entry["buffer"], "was not in the way:", entry)
        ends = machine.notes_beginning("end: ")
        for entry in ends:
            check(isinstance(entry["said"], list), entry["mark"], entry["said"])
            x0, y0, x1, y1, buffer, end = entry["said"]
            there = [cb["address"] + cb["bytes_per_core"] for cb in entry["plan"] for r in cb["core_ranges"]
                     if r["x0"] <= x1 and x0 <= r["x1"] and r["y0"] <= y1 and y0 <= r["y1"]]
            check_equal(max(there), end, (entry["mark"], entry["plan"]))
        kinds = collections.Counter(cb["kind"] for entry in ends for cb in entry["plan"])
        check(len(ends) >= 12, "only", len(ends), "operations clashed")
        print(len(ends), "operations,", dict(kinds))
        return kinds


def test_programs_end_where_tt_metal_says_that_they_clash():
    kinds = compare_ends("N150")
    check(kinds["scratchpad"] > 0 or VERSION < "0.80", "no scratchpad was there to be seen", kinds)
    compare_ends("P150")
