"""Runs a program and keeps the most that ttnn's own view had after any of its operations. views.py FILE PROGRAM [ARGUMENT...]
"""
import json
import runpy
import sys

import ttnn

POOLS = {"dram": ttnn.BufferType.DRAM, "l1": ttnn.BufferType.L1, "l1_small": ttnn.BufferType.L1_SMALL, "trace": ttnn.BufferType.TRACE}
devices, most = [], dict.fromkeys(POOLS, 0)


def look():
    for device in devices:
        for pool, kind in POOLS.items():
            view = ttnn.get_memory_view(device, kind)
            most[pool] = max(most[pool], view.num_banks * view.total_bytes_allocated_per_bank)


def opening(function):
    def opens(*args, **kwargs):
        devices.append(function(*args, **kwargs))
        return devices[-1]
    return opens


def closing(function):
    def closes(device):
        look()
        devices.remove(device)
        return function(device)
    return closes


def looking(call):
    def calls(self, *args, **kwargs):
        result = call(self, *args, **kwargs)
        look()
        return result
    return calls


file, program = sys.argv[1:3]
sys.argv = sys.argv[2:]
for name in ("open_device", "open_mesh_device"):
    setattr(ttnn, name, opening(getattr(ttnn, name)))
for name in ("close_device", "close_mesh_device"):
    setattr(ttnn, name, closing(getattr(ttnn, name)))
ttnn.end_trace_capture = looking(lambda self, *args, _end=ttnn.end_trace_capture, **kwargs: _end(self, *args, **kwargs))
for kind in (ttnn.decorators.FastOperation, ttnn.decorators.Operation):
    kind.__call__ = looking(kind.__call__)
runpy.run_path(program, run_name="__main__")
with open(file, "w") as written:
    json.dump(most, written)
