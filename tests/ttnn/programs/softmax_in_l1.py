"""A softmax of a matmul, all in L1. Keeps what each bank had when softmax was dispatched, as ttnn's own view has it:
its operands, and the result that it allocates first. softmax_in_l1.py FILE
"""
import sys

import ttnn

import marks

device = marks.open_mesh()
L1 = ttnn.L1_MEMORY_CONFIG
a, b = (ttnn.empty([1, 1, 256, 256], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=L1) for _ in "ab")
c = ttnn.matmul(a, b, memory_config=L1)
d = ttnn.softmax(c, dim=-1)
with open(sys.argv[1], "w") as file:
    file.write(str(ttnn.get_memory_view(device, ttnn.BufferType.L1).total_bytes_allocated_per_bank))
ttnn.close_mesh_device(device)
