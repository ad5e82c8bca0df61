"""Operations whose circular and dataflow buffers lie on several sets of cores, each beside what ttnn's own capture of it says
of its plan. plans.py
"""
import os

import ttnn

import marks
import workload

KINDS = ("circular_buffer_allocate", "dataflow_buffer_allocate")
POOLS = (ttnn.BufferType.L1, ttnn.BufferType.L1_SMALL)


def planned(operation, mode):
    """[address or 0, bytes, cores] of each buffer of the operation's programs, in their order. Those that lie in a tensor's
    buffer are left out: they take nothing of their own."""
    ttnn.graph.begin_graph_capture(mode)
    try:
        operation()
    finally:
        nodes = [node["params"] for node in ttnn.graph.end_graph_capture() if node["node_type"] in KINDS]
    return [[int(of["address"]), int(of["size"]), of["core_range_set"]] for of in nodes
            if of.get("globally_allocated", of.get("borrows_memory")) == "0"]


def operations(device):
    a, b = workload.tensor(device, 256), workload.tensor(device, 256)
    blocks = ttnn.to_memory_config(a, workload.sharded("BLOCK", "L1", workload.cores(0, 0, 3, 3), [64, 256 // 4]))
    l1 = ttnn.L1_MEMORY_CONFIG
    wide = ttnn.empty([1, 1, 32, 8192], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    return {
        "matmul": lambda: ttnn.matmul(a, b), "softmax": lambda: ttnn.softmax(a, dim=-1), "layer_norm": lambda: ttnn.layer_norm(a),
        "matmul into L1": lambda: ttnn.matmul(a, b, memory_config=l1), "softmax of a wide row": lambda: ttnn.softmax(wide, dim=-1),
        "layer_norm of a wide row": lambda: ttnn.layer_norm(wide), "relu in shards": lambda: ttnn.relu(blocks),
        "add in shards": lambda: ttnn.add(blocks, blocks),
    }


marks.torch_for_captures()
device = marks.open_mesh()
for name, operation in operations(device).items():
    before = {item["id"] for item in marks.ttmem("programs")["items"]}
    try:
        plan = planned(operation, ttnn.graph.RunMode.NORMAL)
    except Exception as error:  # this version has no such operation
        marks.note("plan refused: " + name, error=str(error).splitlines()[0])
        continue
    document = marks.ttmem("programs", "--cbs", "--limit", "0")
    if not plan:  # newer versions tell of dataflow buffers in captures without dispatch alone
        plan = planned(operation, ttnn.graph.RunMode.NO_DISPATCH)
    marks.note("plan: " + name, planned=plan, coverage=document["coverage"], arch=str(device.arch()),
               for_buffers=sum(ttnn.get_memory_view(device, pool).total_bytes_per_bank for pool in POOLS),
               programs=[item for item in document["items"] if item["id"] not in before])
print("the workload is done", flush=True)
os._exit(0)
