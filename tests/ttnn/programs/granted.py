"""What `ttmem map` and `ttmem headroom` call free, held against what ttnn's allocator grants: each piece to its last byte, and no
byte more. granted.py [TRACE_REGION_BYTES]
"""
import os
import sys

import ttnn

import marks

MOST_PAGE = 1 << 30  # of a buffer; more in a bank are several pages
REGION = int(sys.argv[1]) if len(sys.argv) > 1 else 0
MEMORY = {"dram": ttnn.DRAM_MEMORY_CONFIG, "l1": ttnn.L1_MEMORY_CONFIG}


def allocate(pool, banks, per_bank):
    """Takes so many bytes of each bank."""
    pages = 1
    while per_bank // pages > MOST_PAGE or per_bank % (pages * UNIT):
        pages += 1
    return ttnn.empty([1, 1, banks * pages, per_bank // pages // 4], dtype=ttnn.uint32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device,
                      memory_config=MEMORY[pool])


def grants(pool, banks, per_bank):
    """The address, or None where the allocator refuses."""
    try:
        held.append(allocate(pool, banks, per_bank))
        return held[-1].buffer_address()
    except RuntimeError as error:
        assert "Not enough space" in str(error) or "Out of Memory" in str(error), error
        return None


def map_of(pool):
    item, = marks.ttmem("map", "--limit", "0")["items"]
    return item["l1"]["buffers"] if pool == "l1" else next(bank for bank in item["banks"] if bank["pool"] == pool)


def untouched(pool):
    pools = marks.ttmem("headroom")["pools"]
    return next(entry["untouched_bytes_per_bank"] for entry in pools if entry["pool"] == pool)


def fill(pool):
    """Every free piece, the largest first: before it is granted, a unit more is not."""
    seen = map_of(pool)
    banks, told = seen["banks"], []
    for hole in sorted(seen["holes"], key=lambda hole: (-hole["bytes_per_bank"], hole["address"])):
        size = hole["bytes_per_bank"]
        told.append([hole["address"], size, grants(pool, banks, size + UNIT), grants(pool, banks, size)])
    view = ttnn.get_memory_view(device, {"dram": ttnn.BufferType.DRAM, "l1": ttnn.BufferType.L1}[pool])
    marks.note("filled", pool=pool, pieces=told, begin=[seen["begin_address"], seen["begin_address_max"]],
               largest=[seen["largest_free_bytes_per_bank"], seen["largest_free_bytes_per_bank_max"]],
               left=view.total_bytes_free_per_bank, more=grants(pool, banks, UNIT), untouched=room[pool])


device = marks.open_mesh(trace_region_size=REGION)
UNIT = 64 if "BLACKHOLE" in str(device.arch()).upper() else 32
held, room = [], {}
for pool in MEMORY:
    view = ttnn.get_memory_view(device, {"dram": ttnn.BufferType.DRAM, "l1": ttnn.BufferType.L1}[pool])
    banks, share = view.num_banks, view.total_bytes_per_bank // 22 // UNIT // 8 * UNIT * 8
    blocks = [allocate(pool, banks, share * size) for size in (3, 1, 5, 2, 7)]
    room[pool] = untouched(pool)
    for freed in (3, 1):
        ttnn.deallocate(blocks[freed])
    held += blocks
    fill(pool)
marks.note("the regions", trace=map_of("trace") if REGION else None, dram=map_of("dram"))
print("the workload is done", flush=True)
os._exit(0)
