"""What `ttmem map` and `ttmem headroom` call free is what ttnn's allocator grants, to the byte, in L1 and in DRAM."""
from real_ttnn import PROGRAMS, WANT_A_FABRIC, Machine
from scenario import check, check_equal


def grants_what_is_told(name, region=0):
    with Machine(name) as machine:
        env = machine.in_slow_dispatch() if machine.version in WANT_A_FABRIC else {}
        done = machine.followed(PROGRAMS / "granted.py", str(region), options=["--mock", name], env=env)
        check("the workload is done" in done.stdout, done.stdout[-3000:], done.stderr[-3000:])
        filled = machine.notes("filled")
        check_equal([entry["pool"] for entry in filled], ["dram", "l1"])
        for entry in filled:
            print(name, entry["pool"], "begins at", entry["begin"], "free", entry["pieces"], "untouched", entry["untouched"])
            check_equal(entry["begin"][0], entry["begin"][1], "where a bank begins is known")
            check_equal(len(entry["pieces"]), 3, "two holes and what lies beyond the blocks")
            for address, size, with_more, granted in entry["pieces"]:
                check_equal([with_more, granted], [None, address], (entry["pool"], address, size))
            sizes = [size for _, size, _, _ in entry["pieces"]]
            check_equal(entry["largest"], [max(sizes), max(sizes)])
            check_equal(entry["untouched"], max(sizes), "headroom in one piece")
            check_equal([entry["left"], entry["more"]], [0, None], "what is left")
        regions, = machine.notes("the regions")
        if region:
            dram, trace = regions["dram"], regions["trace"]
            end = dram["begin_address"] + dram["capacity_bytes_per_bank"]
            check_equal([trace["begin_address"], trace["begin_address_max"]], [end, end], "the trace region is above DRAM")


def test_each_free_piece_of_one_chip_is_granted_and_no_byte_more():
    grants_what_is_told("N150")


def test_each_free_piece_beside_a_trace_region_is_granted():
    grants_what_is_told("N150", 4 << 20)


def test_each_free_piece_of_a_mesh_is_granted():
    grants_what_is_told("T3000")


def test_each_free_piece_of_blackhole_is_granted():
    grants_what_is_told("P150", 4 << 20)


def test_each_free_piece_of_a_galaxy_is_granted():
    grants_what_is_told("Galaxy")
