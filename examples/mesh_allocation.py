#!/usr/bin/env python3
"""Adds and multiplies on all chips of a T3000, frees everything, and does so three times: is all memory back each time?

    ttmem run -- python3 examples/mesh_allocation.py [--pause]
    ttmem run --mock T3000 -- python3 examples/mesh_allocation.py [--pause]         without the hardware: docs/ttnn.md, 6

Needs ttnn (pip install ttnn). With --pause it waits where it holds most, so that ttmem can be asked about it.
"""
import sys

import ttnn

ROWS, COLUMNS = 2, 4


def say(device, what):
    """What ttnn itself says that one chip has allocated."""
    view = ttnn.get_memory_view(device, ttnn.BufferType.DRAM)
    print(f"  {what:<28} {view.num_banks * view.total_bytes_allocated_per_bank:>12,} B of DRAM per chip", flush=True)


def upload(device, *shape):
    return ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def run():
    device = ttnn.open_mesh_device(
        ttnn.MeshShape(ROWS, COLUMNS), dispatch_core_config=ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)
    )
    say(device, "opened")
    a, b = upload(device, 1, 1, 1024, 2048), upload(device, 1, 1, 1024, 2048)
    total = ttnn.add(a, b)
    left, right = upload(device, 1, 2, 512, 256), upload(device, 1, 2, 256, 512)
    product = ttnn.matmul(left, right)
    say(device, "six tensors, two programs")
    if "--pause" in sys.argv:
        input("  ask ttmem, then press Enter: ")
    for tensor in (a, b, total, left, right, product):
        ttnn.deallocate(tensor)
    say(device, "tensors freed")
    device.disable_and_clear_program_cache()
    say(device, "program cache cleared")
    ttnn.close_mesh_device(device)


for number in range(3):
    print(f"run {number + 1}")
    run()
print("done")
