"""Followed from the middle of its life on, and closed with a trace that nobody released: captured before or after that."""
import os
import sys

sys.path.insert(0, os.environ["TTMEM_LAUNCHER"])

import ttnn  # noqa: E402
import ttmem_ttnn  # noqa: E402

import marks  # noqa: E402
from marks import tensor  # noqa: E402

device = marks.open_mesh(trace_region_size=1 << 20)
wanted = tensor(device, 64)
ttnn.relu(wanted)  # compiled: a capture cannot


def capture():
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    kept = ttnn.relu(wanted)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    return kept


if sys.argv[1] == "before":
    result = capture()
print("followed:", ttmem_ttnn.follow(os.environ["TTMEM_PRELOAD"]))
if sys.argv[1] == "after":
    result = capture()
ttnn.close_mesh_device(device)
print("the workload is done", flush=True)
os._exit(0)
