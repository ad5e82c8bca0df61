"""A semaphore that stays below a large tensor which goes: it holds the floor of L1 and splits it, and what comes next does not fit.
floor.py [free|first]: with a remedy that ttmem proposes.
"""
import os
import sys

import ttnn

import marks

remedy = sys.argv[1] if len(sys.argv) > 1 else ""
device = marks.open_mesh()
view = ttnn.get_memory_view(device, ttnn.BufferType.L1)


def share(percent):
    """A tensor that takes so much of what each bank has."""
    rows = view.total_bytes_per_bank * percent // 100 // 2048 * view.num_banks // 32 * 32
    return ttnn.empty([1, 1, rows, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)


def semaphore():
    return ttnn.empty([1, 1, 1, 32], dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)


large = share(60)
kept = semaphore() if remedy != "first" else None
ttnn.deallocate(large)
after = ttnn.get_memory_view(device, ttnn.BufferType.L1)
if kept is not None:
    marks.note("the floor", map=marks.ttmem("map", "--limit", "0"), address=kept.buffer_address(),
               largest=after.largest_contiguous_bytes_free_per_bank, free=after.total_bytes_free_per_bank)
if remedy == "free":
    ttnn.deallocate(kept)
try:
    wanted = share(70)
except RuntimeError as error:
    print("refused:", str(error).split("backtrace")[0], flush=True)
    os._exit(7)
kept = semaphore() if remedy == "first" else kept
print("it fits", flush=True)
os._exit(0)
