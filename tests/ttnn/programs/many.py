"""Many programs in the cache and many live buffers: many.py PROGRAMS BUFFERS."""
import sys

import ttnn

import marks
from marks import mark

programs, buffers = map(int, sys.argv[1:])
device = marks.open_mesh()
marks.peak_unknown.update(device.get_device_ids())
for i in range(programs):
    # A slice's shape is in the key of the program cache, and in no kernel's source.
    a = ttnn.empty([1, 1 + i // 100, 32, 64 + 32 * (i % 100)], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    ttnn.deallocate(ttnn.slice(a, [0, 0, 0, 0], [1, 1, 32, 32]))
    ttnn.deallocate(a)
mark("many: programs", device, cached_programs=device.num_program_cache_entries(), programs=marks.ttmem("programs"))
kept = [ttnn.empty([1, 1, 32, 32], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(buffers)]
mark("many: buffers", device)
for kept_tensor in kept[::2]:
    ttnn.deallocate(kept_tensor)
mark("many: half of them", device)
for kept_tensor in kept[1::2]:
    ttnn.deallocate(kept_tensor)
device.disable_and_clear_program_cache()
mark("many: none", device, cached=0, programs=marks.ttmem("programs"))
ttnn.close_mesh_device(device)
print("the workload is done")
