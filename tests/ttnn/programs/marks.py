"""Marks of a workload that runs ttnn: at each, what ttnn says of its memory and what ttmem says of the process, side by side.

Runs inside the wheel's environment, so it needs ttnn and nothing of ours. Writes one JSON document per mark to the file that
TTMEM_MARKS names; TTMEM is the command. comparison.py judges them.
"""
import json
import os
import subprocess
import sys
import types

import ttnn

POOLS = {"DRAM": "dram", "L1": "l1", "L1_SMALL": "l1_small", "TRACE": "trace"}
SHAPE = tuple(int(word) for word in os.environ.get("TTMEM_MESH", "1,1").split(","))
CHIPS = SHAPE[0] * SHAPE[1]
MOCK_RUNTIME = "mock_runtime" in os.environ.get("LD_PRELOAD", "")

now = {}  # (mesh, pool): what each of its chips has, as it was seen last
chips_of = {}  # mesh: its chips
peaks = {}  # (chip, pool): the most that all meshes on it had together, seen after every step
shared = set()  # chips of several meshes: their peak may be an interval
peak_unknown = set()  # chips of several threads, or of operations with more than their result: what they had between two steps, nobody saw
_file = open(os.environ["TTMEM_MARKS"] + os.environ.get("PYTEST_XDIST_WORKER", ""), "a")
_environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}


def open_mesh(shape=SHAPE, **options):
    """WORKER: with Ethernet dispatch a T3000 mock says 8 x 8 cores and lets programs have 8 x 7."""
    if CHIPS > 1 or shape != (1, 1):
        options["dispatch_core_config"] = ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)
    return ttnn.open_mesh_device(ttnn.MeshShape(*shape), **options)


def view(device):
    pools = {}
    for name, pool in POOLS.items():
        seen = ttnn.get_memory_view(device, getattr(ttnn.BufferType, name))
        pools[pool] = {"banks": seen.num_banks, "per_bank": seen.total_bytes_allocated_per_bank,
                       "capacity_per_bank": seen.total_bytes_per_bank,
                       "largest_free_per_bank": seen.largest_contiguous_bytes_free_per_bank}
        now[device.id(), pool] = seen.num_banks * seen.total_bytes_allocated_per_bank
        chips_of[device.id()] = list(device.get_device_ids())
        for chip in chips_of[device.id()]:
            meshes = [mesh for mesh, chips in chips_of.items() if chip in chips]
            shared.update([chip] if len(meshes) > 1 else [])
            together = sum(now.get((mesh, pool), 0) for mesh in meshes)
            peaks[chip, pool] = max(peaks.get((chip, pool), 0), together)
    return pools


def forget_closed(open_meshes):
    for mesh in set(chips_of) - set(open_meshes):
        del chips_of[mesh]
        for pool in POOLS.values():
            now.pop((mesh, pool), None)


def peak_kind(chip):
    """How well what was seen after every step is the peak."""
    return "least" if chip in peak_unknown else "within" if chip in shared else "exact"


def buffers(device):
    found = ttnn._ttnn.reports.get_buffers([device])
    return [[buffer.address, POOLS.get(buffer.buffer_type.name, buffer.buffer_type.name), buffer.max_size_per_bank] for buffer in found]


def ttmem(*arguments, everything=False):
    """A document about this process, or about everything that is seen."""
    command = [os.environ["TTMEM"], *arguments, *([] if everything else ["--pid", str(os.getpid())]), "--json"]
    done = subprocess.run(command, env=_environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if not done.stdout:
        return {"failed": done.stderr, "code": done.returncode}
    return json.loads(done.stdout)


def mark(name, *devices, **more):
    """What ttnn and ttmem say now. `devices`: every mesh that is open, in the order of opening."""
    forget_closed([device.id() for device in devices])
    meshes = [{"mesh": device.id(), "chips": list(device.get_device_ids()), "arch": str(device.arch()), "pools": view(device),
               "buffers": buffers(device)} for device in devices]
    seen_peaks = [[chip, pool, value, peak_kind(chip)] for (chip, pool), value in peaks.items()]
    document = {"mark": name, "meshes": meshes, "peaks": seen_peaks,
                "status": ttmem("status"), "buffers": ttmem("buffers"), **more}
    json.dump(document, _file)
    _file.write("\n")
    _file.flush()


def note(kind, **what):
    json.dump({"mark": kind, **what}, _file)
    _file.write("\n")
    _file.flush()


def attempt(what, function):
    """The function's result, None where this version or machine refuses; that is noted, so that it can be counted."""
    try:
        return function()
    except Exception as error:
        note("refused", what=what, error=str(error).split("backtrace")[0][:400])
        return None


def torch_for_captures():
    """A capture of an operation looks for torch.Tensor; ttnn must not find this module at its own import."""
    if "torch" not in sys.modules:
        torch = types.ModuleType("torch")
        torch.Tensor = type("Tensor", (), {})
        sys.modules["torch"] = torch


def tensor(device, rows, columns=None, memory=None, data_type=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT):
    made = ttnn.zeros([1, 1, rows, columns or rows], dtype=data_type, layout=layout, device=device,
                      memory_config=memory or ttnn.DRAM_MEMORY_CONFIG)
    view(device)
    return made


def empty(device, shape, memory=None, data_type=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT):
    made = ttnn.empty(shape, dtype=data_type, layout=layout, device=device, memory_config=memory or ttnn.DRAM_MEMORY_CONFIG)
    view(device)
    return made


def cores(x0, y0, x1, y1):
    return ttnn.CoreRangeSet({ttnn.CoreRange(ttnn.CoreCoord(x0, y0), ttnn.CoreCoord(x1, y1))})


def sharded(layout, buffer_type, grid, shape):
    specification = ttnn.ShardSpec(grid, shape, ttnn.ShardOrientation.ROW_MAJOR)
    return ttnn.MemoryConfig(getattr(ttnn.TensorMemoryLayout, layout + "_SHARDED"), getattr(ttnn.BufferType, buffer_type), specification)
