"""L1 buffers and matmuls in L1, and what `ttmem map` says of them: beside ttnn's own report of its buffers, and beside the
numbers of a clash that is provoked. map_l1.py
"""
import os

import ttnn

import marks

L1 = ttnn.L1_MEMORY_CONFIG


def tensor(device, rows, columns=1024, memory=L1):
    return ttnn.empty([1, 1, rows, columns], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)


def mapped():
    return marks.ttmem("map", "--limit", "0")


def reported(device):
    """(address, bytes per bank) of each buffer in L1, as ttnn's report of its buffers has it."""
    buffers = ttnn._ttnn.reports.get_buffers(device)
    return sorted([b.address, b.max_size_per_bank] for b in buffers if b.buffer_type == ttnn.BufferType.L1)


def attempt(work):
    try:
        work()
        return None
    except Exception as error:
        return str(error).split("backtrace")[0]


device = marks.open_mesh()
a, b = tensor(device, 256, 256), tensor(device, 256, 256)
c = ttnn.matmul(a, b, memory_config=L1)
d = ttnn.softmax(c, dim=-1)
# Programs that are in the cache when there is no room for them any more.
OPERATIONS = [lambda: ttnn.matmul(a, b, memory_config=ttnn.DRAM_MEMORY_CONFIG), lambda: ttnn.softmax(c, dim=-1, memory_config=ttnn.DRAM_MEMORY_CONFIG)]
for operation in OPERATIONS:
    operation()
marks.note("map: used", map=mapped(), reported=reported(device))
hole = tensor(device, 512)
e = tensor(device, 512)
ttnn.deallocate(hole)
marks.note("map: with a hole", map=mapped(), reported=reported(device))
# Until less is left than they need.
view = ttnn.get_memory_view(device, ttnn.BufferType.L1)
left = view.largest_contiguous_bytes_free_per_bank
banks = view.num_banks
rows = (left - 1024) * banks // 2048 // 32 * 32
large = tensor(device, rows, 1024)
tight = mapped()
marks.note("map: too tight", map=tight, reported=reported(device), said=[attempt(operation) for operation in OPERATIONS])
print("the workload is done", flush=True)
os._exit(0)
