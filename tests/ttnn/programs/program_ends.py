"""Operations with a buffer in L1 in their way: tt-metal then says where their program ends, beside what ttmem says of it.
program_ends.py
"""
import os
import re

import ttnn

import marks

CLASH = re.compile(r"core range \[\D*(\d+)\D+(\d+)\D+(\d+)\D+(\d+)\)?\].*allocated at (\d+) and static .* ends at (\d+)", re.DOTALL)


def operations(device):
    a, wide = marks.tensor(device, 512), marks.empty(device, [1, 1, 32, 4096])
    rows = marks.empty(device, [1, 1, 512, 512], layout=ttnn.ROW_MAJOR_LAYOUT)
    table = marks.empty(device, [1024, 1024], layout=ttnn.ROW_MAJOR_LAYOUT)
    tokens = marks.empty(device, [1, 64], data_type=ttnn.uint32, layout=ttnn.ROW_MAJOR_LAYOUT)
    return {
        "pad": lambda: ttnn.pad(a, [(0, 0), (0, 0), (0, 32), (0, 64)], 0.0),
        "pad rows": lambda: ttnn.pad(rows, [(0, 0), (0, 0), (0, 32), (0, 64)], 0.0),
        "slice": lambda: ttnn.slice(a, [0, 0, 32, 32], [1, 1, 256, 256]),
        "slice rows": lambda: ttnn.slice(rows, [0, 0, 32, 32], [1, 1, 256, 256]),
        "reshape": lambda: ttnn.reshape(a, [1, 1, 256, 1024]), "reshape rows": lambda: ttnn.reshape(rows, [1, 1, 256, 1024]),
        "embedding": lambda: ttnn.embedding(tokens, table),
        "to rows": lambda: ttnn.to_layout(wide, ttnn.ROW_MAJOR_LAYOUT), "to tiles": lambda: ttnn.to_layout(rows, ttnn.TILE_LAYOUT),
        "concat": lambda: ttnn.concat([a, a], -1), "transpose": lambda: ttnn.transpose(a, -2, -1),
        "permute": lambda: ttnn.permute(a, [0, 2, 1, 3]), "repeat": lambda: ttnn.repeat(a, [1, 1, 2, 1]),
        "repeat rows": lambda: ttnn.repeat(rows, [1, 1, 1, 2]), "typecast": lambda: ttnn.typecast(a, ttnn.float32),
        "sum": lambda: ttnn.sum(a, -1), "mean": lambda: ttnn.mean(a, -2), "argmax": lambda: ttnn.argmax(rows, -1),
        "matmul": lambda: ttnn.matmul(a, a), "softmax": lambda: ttnn.softmax(a, dim=-1), "copy": lambda: ttnn.clone(a),
    }


def planned_by(operation):
    """The circular and dataflow buffers and scratchpads of the largest program that it made, as ttmem has them."""
    before = {item["id"] for item in marks.ttmem("programs", "--limit", "0")["items"]}
    operation()
    document = marks.ttmem("programs", "--cbs", "--limit", "0")
    plans = [[cb for place in item["places"] for cb in place["circular_buffers"] if not cb["aliased"]]
             for item in document["items"] if item["id"] not in before]
    return max(plans, key=lambda plan: max((cb["address"] + cb["bytes_per_core"] for cb in plan), default=0), default=[])


def fill_down_to(device, base, end):
    """A buffer whose lowest page in each bank begins below `end`."""
    seen, page = ttnn.get_memory_view(device, ttnn.BufferType.L1), 32 * 32 * 2
    pages = (seen.largest_contiguous_bytes_free_per_bank - (end - base)) // page + 1
    return ttnn.empty([1, 1, 32, 32 * pages * seen.num_banks], ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)


def note_end(name, operation, device):
    plan = planned_by(operation)
    if not plan:
        return marks.note("no plan: " + name)
    end = max(cb["address"] + cb["bytes_per_core"] for cb in plan)
    filler = fill_down_to(device, min(cb["address"] for cb in plan), end)
    try:
        others = planned_by(operation)  # some choose another program where there is less room
        marks.note("no clash: " + name, ends=[cb["address"] + cb["bytes_per_core"] for cb in others], buffer=filler.buffer_address())
    except Exception as error:
        found = CLASH.search(str(error))
        marks.note("end: " + name, plan=plan, said=[int(word) for word in found.groups()] if found else str(error)[:400])
    ttnn.deallocate(filler)


device = marks.open_mesh()
for name, operation in operations(device).items():
    if marks.attempt(name, operation) is not None:
        device.clear_program_cache()
        note_end(name, operation, device)
print("the workload is done", flush=True)
os._exit(0)
