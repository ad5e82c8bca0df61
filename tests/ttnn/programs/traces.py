"""A trace whose activations are freed in its capture, and tensors that are allocated while it lives: traces.py [KEEP STEPS]"""
import os
import sys

import ttnn

import marks

device = marks.open_mesh(trace_region_size=4 << 20)


def tensor(rows=64, memory=ttnn.DRAM_MEMORY_CONFIG):
    return ttnn.empty([1, 1, rows, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)


def address(of):
    return of.buffer_address()


def model(x):
    """An activation that is freed, and the result."""
    hidden = ttnn.add(x, x)
    used = address(hidden)
    out = ttnn.relu(hidden)
    ttnn.deallocate(hidden)
    return out, used


x = tensor()
model(x)[0].deallocate(True)  # compiled
trace = ttnn.begin_trace_capture(device, cq_id=0)
out, used = model(x)
ttnn.end_trace_capture(device, trace, cq_id=0)
victim, safe = tensor(), tensor()
ttnn.execute_trace(device, trace, cq_id=0, blocking=False)
marks.note("under the trace", used=used, victim=address(victim), safe=address(safe), out=address(out))
ttnn.release_trace(device, trace)
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 0):  # a trace per step that is never released
    kept = ttnn.begin_trace_capture(device, cq_id=0)
    model(x)[0].deallocate(True)
    ttnn.end_trace_capture(device, kept, cq_id=0)
print("the workload is done", flush=True)
os._exit(0)
