"""Followed from the middle of its life on: what lives by then is adopted."""
import os
import sys

sys.path.insert(0, os.environ["TTMEM_LAUNCHER"])

import ttnn  # noqa: E402

import marks  # noqa: E402
from marks import mark, tensor  # noqa: E402

device = marks.open_mesh(l1_small_size=32768, trace_region_size=1 << 20)
early = [tensor(device, 64 * (1 + i % 5), memory=ttnn.L1_MEMORY_CONFIG if i % 3 == 0 else None) for i in range(40)]
result = ttnn.add(early[1], early[1])
parts = [device, device.create_submesh(ttnn.MeshShape(1, 1))] if marks.CHIPS > 1 else [device]
in_part = tensor(parts[-1], 96)

import ttmem_ttnn  # noqa: E402

marks.peaks.clear()  # what was there before, and is gone, nobody knows
print("followed:", ttmem_ttnn.follow(os.environ["TTMEM_PRELOAD"]))
in_each = [tensor(part, 32) for part in parts]  # a mesh is met at its first event
mark("late: adopted", *parts)
big = tensor(device, 512)
product = ttnn.matmul(big, big)
mark("late: more", *parts)
for adopted in early[:20]:
    ttnn.deallocate(adopted)
mark("late: half freed", *parts)
for freed in (big, product, result, in_part, *early[20:], *in_each):
    ttnn.deallocate(freed)
device.disable_and_clear_program_cache()
mark("late: all freed", *parts)
print("the workload is done", flush=True)
os._exit(0)
