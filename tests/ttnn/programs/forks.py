"""Forks while the device is open; the child frees what it inherited, which changes nothing of the parent's."""
import os

import ttnn

import marks
from marks import mark, tensor

device = marks.open_mesh()
a, b = tensor(device, 256), tensor(device, 128, memory=ttnn.L1_MEMORY_CONFIG)
mark("forks: before", device)
child = os.fork()
if child == 0:
    ttnn.deallocate(a)
    os._exit(7)
print("the child ended with", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
mark("forks: after", device)
ttnn.deallocate(a)
c = ttnn.add(b, b)
mark("forks: later", device)
ttnn.close_mesh_device(device)
mark("forks: closed")
print("the workload is done")
