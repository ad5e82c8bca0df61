"""Allocates and frees without end; the file that TTMEM_STEPS names has the number of steps that are done."""
import mmap
import os

import ttnn

import marks

device = marks.open_mesh()
with open(os.environ["TTMEM_STEPS"], "r+b") as file:
    counter = memoryview(mmap.mmap(file.fileno(), 16)).cast("Q")  # struct.pack_into() stores 0 first
counter[1] = os.getpid()
live = []
for step in range(1 << 30):
    if len(live) < 40 and step % 5 < 3:
        memory = ttnn.L1_MEMORY_CONFIG if step % 3 == 0 else ttnn.DRAM_MEMORY_CONFIG
        live.append(ttnn.empty([1, 1, 32 * (1 + step % 7), 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory))
    elif live:
        ttnn.deallocate(live.pop(0))
    counter[0] = step + 1
