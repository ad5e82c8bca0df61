"""Buffers that each core allocates for itself: two of them may have the same address."""
import ttnn

import marks
from marks import attempt, cores, sharded

device = marks.open_mesh()


def per_core(grid, shard, shape):
    memory = sharded("HEIGHT", "L1", grid, shard)
    memory.experimental_set_per_core_allocation(True)
    return ttnn.empty(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)


kept = [attempt("two cores", lambda: per_core(cores(0, 0, 1, 0), [32, 64], [1, 1, 64, 64])),
        attempt("three cores", lambda: per_core(cores(1, 0, 3, 0), [32, 128], [1, 1, 96, 128]))]
marks.note("live", buffers=marks.ttmem("buffers"), status=marks.ttmem("status"))
for tensor in kept:
    if tensor is not None:
        ttnn.deallocate(tensor)
marks.note("freed", buffers=marks.ttmem("buffers"))
ttnn.close_mesh_device(device)
