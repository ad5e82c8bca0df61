"""An allocation that L1 has no room for; then a remedy that ttmem proposes: remedies.py ROWS [free|dram]"""
import os
import sys

import ttnn

import marks

rows, remedy = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
device = marks.open_mesh()


def tensor(height, memory):
    return ttnn.empty([1, 1, height, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)


kept = tensor(rows, ttnn.L1_MEMORY_CONFIG)
if remedy == "free":
    ttnn.deallocate(kept)
try:
    tensor(rows, ttnn.DRAM_MEMORY_CONFIG if remedy == "dram" else ttnn.L1_MEMORY_CONFIG)
except RuntimeError as error:
    print("refused:", str(error).split("backtrace")[0], flush=True)
    os._exit(7)
print("it fits", flush=True)
os._exit(0)
