"""Writes what ttnn itself says of a few operations: a captured graph, a report's database where this ttnn makes one, the
memory reports, and the truth beside them, which is get_memory_view after each operation.

reports.py FOLDER ROWS,COLUMNS
"""
import json
import pathlib
import sys
import types

import ttnn

# Capturing asks for an importable torch.
torch = types.ModuleType("torch")
torch.Tensor = type("Tensor", (), {})
sys.modules["torch"] = torch

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
rows, columns = (int(part) for part in sys.argv[2].split(","))
if rows * columns == 1:
    device = ttnn.open_device(device_id=0)
else:
    core_type = {}
    if hasattr(ttnn, "DispatchCoreType"):
        core_type["dispatch_core_config"] = ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)
    device = ttnn.open_mesh_device(ttnn.MeshShape(rows, columns), **core_type)
L1, DRAM = ttnn.L1_MEMORY_CONFIG, ttnn.DRAM_MEMORY_CONFIG
POOLS = {"dram": ttnn.BufferType.DRAM, "l1": ttnn.BufferType.L1}


def tensor(size, place):
    return ttnn.empty([1, 1, size, size], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=place)


def view():
    of = {name: ttnn.get_memory_view(device, pool) for name, pool in POOLS.items()}
    return {name: {"banks": v.num_banks, "bank": v.total_bytes_per_bank, "allocated": v.total_bytes_allocated_per_bank,
                   "largest_free": v.largest_contiguous_bytes_free_per_bank} for name, v in of.items()}


before = tensor(64, DRAM)
truth = {"before": view(), "views": []}
steps = [lambda: tensor(256, DRAM), lambda: tensor(256, L1), lambda: ttnn.add(made[0], made[0], memory_config=L1),
         lambda: ttnn.matmul(made[0], made[0]), lambda: ttnn.relu(made[1]), lambda: ttnn.deallocate(made[1]),
         lambda: ttnn.to_memory_config(made[0], L1), lambda: ttnn.deallocate(made[2])]
made = []
if hasattr(ttnn.graph, "enable_detailed_buffer_tracing"):
    ttnn.graph.enable_detailed_buffer_tracing()
ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NORMAL)
for step in steps:
    made.append(step())
    truth["views"].append(view())
graph = folder / "graph_capture.json"
if hasattr(ttnn.graph, "end_graph_capture_to_file"):
    ttnn.graph.end_graph_capture_to_file(str(graph))
    from ttnn.graph_report import import_report

    import_report(folder, folder)
else:
    graph.write_text(json.dumps(ttnn.graph.end_graph_capture()))
ttnn.dump_device_memory_state(device, "after_")
truth["after"] = view()
(folder / "truth").write_text(json.dumps(truth))
ttnn.close_mesh_device(device) if rows * columns != 1 else ttnn.close_device(device)
