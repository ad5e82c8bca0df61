"""The workload that the comparison is made with: whatever ttnn does with device memory, with a mark after every step.

    workload.py [SECTION...]    all sections that this machine can run when none is named
"""
import os
import sys
import threading

import ttnn

import marks
from marks import attempt, cores, empty, mark, sharded, tensor


def kinds():
    """Tensors of every kind of memory, semaphores and global circular buffers."""
    device = marks.open_mesh(l1_small_size=32768)
    mark("kinds: opened", device)
    banks = marks.view(device)["dram"]["banks"]
    cases = (
        ("interleaved DRAM", [1, 1, 512, 256], ttnn.DRAM_MEMORY_CONFIG), ("interleaved L1", [1, 1, 256, 256], ttnn.L1_MEMORY_CONFIG),
        ("odd interleaved L1", [1, 1, 96, 32], ttnn.L1_MEMORY_CONFIG),
        ("height sharded", [1, 1, 256, 64], sharded("HEIGHT", "L1", cores(0, 0, 7, 0), [32, 64])),
        ("width sharded", [1, 1, 64, 256], sharded("WIDTH", "L1", cores(0, 1, 7, 1), [64, 32])),
        ("block sharded", [1, 1, 128, 128], sharded("BLOCK", "L1", cores(0, 0, 1, 1), [64, 64])),
        ("uneven shards", [1, 1, 224, 64], sharded("HEIGHT", "L1", cores(0, 0, 2, 0), [96, 64])),
        ("height sharded DRAM", [1, 1, 32 * banks, 64], sharded("HEIGHT", "DRAM", cores(0, 0, banks - 1, 0), [32, 64])),
        ("width sharded DRAM", [1, 1, 64, 32 * banks], sharded("WIDTH", "DRAM", cores(0, 0, banks - 1, 0), [64, 32])),
        ("DRAM on four banks", [1, 1, 64, 512], sharded("WIDTH", "DRAM", cores(0, 0, 3, 0), [64, 128])),
        ("L1_SMALL", [1, 1, 64, 64], sharded("HEIGHT", "L1_SMALL", cores(0, 0, 1, 0), [32, 64])),
    )
    kept = []
    for name, shape, memory in cases:
        kept.append(attempt(name, lambda: empty(device, shape, memory)))
        mark("kinds: " + name, device)
    kept.append(attempt("bfloat8_b", lambda: empty(device, [1, 1, 512, 512], None, ttnn.bfloat8_b)))
    kept.append(attempt("rows", lambda: empty(device, [1, 1, 7, 96], None, ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT)))
    kept.append(attempt("uint32", lambda: empty(device, [1, 1, 3, 5], None, ttnn.uint32, ttnn.ROW_MAJOR_LAYOUT)))
    nd = lambda: ttnn.MemoryConfig(ttnn.BufferType.L1, ttnn.NdShardSpec(ttnn.Shape([1, 1, 32, 64]), cores(0, 0, 3, 3)))
    kept.append(attempt("n-dimensional shards", lambda: empty(device, [2, 4, 64, 64], nd())))
    mark("kinds: types and layouts", device)
    grid = cores(0, 0, 7, 6)
    semaphore = attempt("semaphore", lambda: ttnn.create_global_semaphore(device, grid, 0))
    mark("kinds: semaphore", device)
    small = attempt("small semaphore", lambda: ttnn.create_global_semaphore(device, grid, 0, ttnn.BufferType.L1_SMALL))
    mark("kinds: semaphore in L1_SMALL", device)
    ring = attempt("ring", lambda: ttnn.create_global_circular_buffer(device, [(ttnn.CoreCoord(0, 0), cores(1, 0, 2, 0))], 4096))
    mark("kinds: global circular buffer", device)
    del semaphore
    mark("kinds: semaphore gone", device)
    del small, ring
    mark("kinds: all of them gone", device)
    for i, kept_tensor in enumerate(kept):
        if kept_tensor is not None:
            ttnn.deallocate(kept_tensor)
            mark(f"kinds: freed {i}", device)
    ttnn.close_mesh_device(device)
    mark("kinds: closed")


def plan_by_capture(operation):
    """What a capture without dispatch says of the circular and dataflow buffers of its programs: sizes and cores, in order."""
    ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NO_DISPATCH)
    try:
        operation()
    finally:
        nodes = ttnn.graph.end_graph_capture()
    kinds = ("circular_buffer_allocate", "dataflow_buffer_allocate")
    return [[int(node["params"]["size"]), node["params"]["core_range_set"]] for node in nodes if node["node_type"] in kinds]


def operations():
    """Operations that leave programs in the cache, with the plans that they reserve."""
    marks.torch_for_captures()
    device = marks.open_mesh()
    a, b = tensor(device, 256), tensor(device, 256)
    mark("operations: a, b", device)
    kept = []
    for name, operation in (("add", lambda: ttnn.add(a, b)), ("matmul", lambda: ttnn.matmul(a, b)), ("relu", lambda: ttnn.relu(a)),
                            ("softmax", lambda: ttnn.softmax(a, dim=-1)), ("layer_norm", lambda: ttnn.layer_norm(a)), ("transpose", lambda: ttnn.transpose(a, -2, -1))):
        planned = attempt("capture of " + name, lambda: plan_by_capture(operation))
        kept.append(operation())
        mark(f"operations: {name}", device, plan={"operation": "ttnn." + name, "buffers": planned}, programs=marks.ttmem("programs", "--cbs"))
    for name, memory in (("L1", ttnn.L1_MEMORY_CONFIG), ("blocks", sharded("BLOCK", "L1", cores(0, 0, 3, 3), [64, 64]))):
        kept.append(attempt("to " + name, lambda: ttnn.to_memory_config(a, memory)))
        mark(f"operations: to {name}", device)
    for i in range(3):
        kept.append(ttnn.add(a, b))
        mark(f"operations: cached add {i}", device)
    for i, kept_tensor in enumerate(kept):
        if kept_tensor is not None:
            ttnn.deallocate(kept_tensor)
    mark("operations: results freed", device, programs=marks.ttmem("programs", "--cbs"))
    cached = device.num_program_cache_entries()
    device.disable_and_clear_program_cache()
    mark("operations: cache cleared", device, cached=cached, programs=marks.ttmem("programs", "--cbs"))
    again = ttnn.add(a, b)
    mark("operations: without a cache", device)
    del again
    mark("operations: its result gone", device)
    ttnn.close_mesh_device(device)
    mark("operations: closed")


def traces():
    device = marks.open_mesh(trace_region_size=4 << 20)
    a = tensor(device, 256)
    warm = ttnn.add(a, a)
    mark("traces: warm", device)
    identity = ttnn.begin_trace_capture(device, cq_id=0)
    captured = ttnn.add(a, a)
    mark("traces: captured an operation", device)
    ttnn.end_trace_capture(device, identity, cq_id=0)
    mark("traces: ended", device, programs=marks.ttmem("programs"))
    for i in range(2):
        ttnn.execute_trace(device, identity, cq_id=0, blocking=False)
    mark("traces: replayed", device, programs=marks.ttmem("programs"))
    other = ttnn.begin_trace_capture(device, cq_id=0)
    more = ttnn.matmul(warm, a) if device.num_program_cache_entries() > 1 else ttnn.add(warm, a)
    ttnn.end_trace_capture(device, other, cq_id=0)
    mark("traces: two", device)
    ttnn.release_trace(device, identity)
    mark("traces: one released", device)
    ttnn.release_trace(device, other)
    mark("traces: none", device, programs=marks.ttmem("programs"))
    ttnn.close_mesh_device(device)
    mark("traces: closed")


def sub_devices():
    """While a manager is loaded, a bank of L1 is smaller by what it gives to its sub-devices."""
    device = marks.open_mesh(l1_small_size=32768)
    a = tensor(device, 256)
    mark("sub-devices: a", device)
    halves = [ttnn.SubDevice([cores(0, 0, 3, 3)]), ttnn.SubDevice([cores(4, 0, 7, 3)])]
    manager = device.create_sub_device_manager(halves, 32768)
    mark("sub-devices: created", device)
    device.load_sub_device_manager(manager)
    mark("sub-devices: loaded", device)
    kept = [tensor(device, 256, memory=ttnn.L1_MEMORY_CONFIG), empty(device, [1, 1, 64, 64], sharded("HEIGHT", "L1", cores(0, 0, 1, 0), [32, 64]))]
    mark("sub-devices: tensors", device)
    semaphore = ttnn.create_global_semaphore(device, cores(0, 0, 3, 3), 0)
    mark("sub-devices: semaphore", device)
    attempt("add on a sub-device", lambda: kept.append(ttnn.add(a, a, sub_core_grids=cores(0, 0, 3, 3))))
    mark("sub-devices: add", device)
    for kept_tensor in kept[:2]:
        ttnn.deallocate(kept_tensor)
    del semaphore
    mark("sub-devices: freed", device)
    device.clear_loaded_sub_device_manager()
    mark("sub-devices: cleared", device)
    device.remove_sub_device_manager(manager)
    mark("sub-devices: removed", device)
    ttnn.close_mesh_device(device)
    mark("sub-devices: closed")


def captures():
    """A capture without dispatch allocates nothing, and what it made is freed all the same."""
    marks.torch_for_captures()
    device = marks.open_mesh()
    a = tensor(device, 64)
    warm = ttnn.add(a, a)
    mark("captures: a", device)
    ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NO_DISPATCH)
    b = attempt("add", lambda: ttnn.add(a, a))
    c = attempt("matmul", lambda: ttnn.matmul(a, b))
    d = attempt("empty", lambda: ttnn.empty([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device))
    mark("captures: without dispatch", device)
    ttnn.graph.end_graph_capture()
    mark("captures: over", device)
    for phantom in (b, c):
        if phantom is not None:
            attempt("free", lambda: ttnn.deallocate(phantom))
    del b, c, d
    mark("captures: freed", device)
    ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NORMAL)
    e = ttnn.add(a, a)
    mark("captures: with dispatch", device)
    ttnn.graph.end_graph_capture()
    ttnn.deallocate(e)
    ttnn.deallocate(warm)
    mark("captures: end", device)
    ttnn.close_mesh_device(device)
    mark("captures: closed")


def threads():
    device = marks.open_mesh()
    kept = []

    def work(number):
        mine = []
        for i in range(150):
            memory = ttnn.L1_MEMORY_CONFIG if i % 3 == 0 else ttnn.DRAM_MEMORY_CONFIG
            mine.append(ttnn.empty([1, 1, 32 * (1 + (i * 7 + number) % 5), 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT,
                                   device=device, memory_config=memory))
            if i % 4 != 0:
                ttnn.deallocate(mine.pop(0))
        kept.extend(mine)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    marks.peak_unknown.update(device.get_device_ids())
    mark("threads: done", device)
    for kept_tensor in kept[::2]:
        ttnn.deallocate(kept_tensor)
    mark("threads: half freed", device)
    del kept, kept_tensor
    mark("threads: freed", device)
    ttnn.close_mesh_device(device)
    mark("threads: closed")


def submeshes():
    """A sub-mesh has an allocator of its own: the same addresses, on the same chips."""
    device = marks.open_mesh()
    a = tensor(device, 1024)
    mark("sub-meshes: parent", device)
    one = device.create_submesh(ttnn.MeshShape(1, 2))
    other = device.create_submesh(ttnn.MeshShape(1, 1), ttnn.MeshCoordinate(1, 0))
    mark("sub-meshes: made", device, one, other)
    b = tensor(one, 512)
    mark("sub-meshes: in one", device, one, other)
    c = tensor(other, 1024)
    mark("sub-meshes: in the other", device, one, other)
    e = tensor(one, 256, memory=ttnn.L1_MEMORY_CONFIG)
    mark("sub-meshes: in one's L1", device, one, other)
    f = ttnn.add(b, b)
    mark("sub-meshes: operation in one", device, one, other)
    g = tensor(device, 512)
    mark("sub-meshes: in the parent again", device, one, other)
    for freed in (b, e, a):
        ttnn.deallocate(freed)
    mark("sub-meshes: some freed", device, one, other)
    for freed in (c, f, g):
        ttnn.deallocate(freed)
    mark("sub-meshes: all freed", device, one, other)
    del b, c, e, f, freed
    ttnn.close_mesh_device(other)
    del other  # tt-metal ends the process when a mesh is closed while somebody still knows a part of it
    mark("sub-meshes: the other closed", device, one)
    ttnn.close_mesh_device(one)
    del one
    mark("sub-meshes: one closed", device)
    ttnn.close_mesh_device(device)
    mark("sub-meshes: closed")


def failures():
    device = marks.open_mesh()
    a = tensor(device, 1024)
    l1 = tensor(device, 256, memory=ttnn.L1_MEMORY_CONFIG)
    mark("failures: before", device)
    for name, shape, memory in (("dram", [1, 1, 1 << 17, 1 << 18], ttnn.DRAM_MEMORY_CONFIG), ("l1", [1, 1, 16384, 16384], ttnn.L1_MEMORY_CONFIG),
                                ("l1", [1, 1, 6144, 1024], sharded("HEIGHT", "L1", cores(0, 0, 2, 0), [2048, 1024]))):
        try:
            ttnn.empty(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
            said = None
        except Exception as error:
            said = str(error).split("backtrace")[0]
        mark(f"failures: {name}", device, said=said, pool=name, failures=marks.ttmem("explain", "--failures"))
    small = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.INTERLEAVED, ttnn.BufferType.L1_SMALL)
    attempt("interleaved L1_SMALL", lambda: empty(device, [1, 1, 64, 64], small))
    mark("failures: a refused argument", device, failures=marks.ttmem("explain", "--failures"), failed=3)
    again = tensor(device, 64)
    mark("failures: after", device)
    del again, l1, a
    ttnn.close_mesh_device(device)
    mark("failures: closed")


def reopened():
    """Three times the same, with a device that is closed while tensors live and freed afterwards."""
    for run in range(3):
        device = marks.open_mesh()
        a, b = tensor(device, 512), tensor(device, 256, memory=ttnn.L1_MEMORY_CONFIG)
        c = ttnn.add(a, a)
        mark(f"reopened {run}: used", device)
        ttnn.close_mesh_device(device)
        mark(f"reopened {run}: closed")
        del a, b, c
        mark(f"reopened {run}: freed late")


def refused_close():
    """A part of a mesh cannot be closed while the mesh uses its chips, and goes on with what it has. Nor can the mesh be then."""
    device = marks.open_mesh()
    part = device.create_submesh(ttnn.MeshShape(1, 2))
    a, b = tensor(device, 256), tensor(part, 256)
    c, d = ttnn.add(b, b), ttnn.add(a, a)
    mark("refused close: before", device, part)
    attempt("closing a part whose chips the parent uses", lambda: ttnn.close_mesh_device(part))
    mark("refused close: after", device, part)
    for freed in (b, c, d):
        ttnn.deallocate(freed)
    mark("refused close: freed", device, part)
    print("the workload is done", flush=True)
    os._exit(0)  # tt-metal's own end would be an abort


SECTIONS = [kinds, operations, traces, sub_devices, captures, failures, reopened, threads, submeshes, refused_close]


def main(names):
    for section in SECTIONS:
        needs_mock = section in (traces, sub_devices) and not marks.MOCK_RUNTIME
        if (names and section.__name__ not in names) or needs_mock or (section in (submeshes, refused_close) and marks.SHAPE < (2, 2)):
            continue
        section()
    print("the workload is done")


if __name__ == "__main__":
    main(sys.argv[1:])
