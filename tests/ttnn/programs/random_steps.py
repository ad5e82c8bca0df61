"""A life of device memory that nobody wrote: steps drawn from a seed. random_steps.py SEED STEPS

Tensors of every layout come and go, operations run with and without a program in the cache, on a mesh and on parts of it; traces
are captured, replayed and released, sub-device managers loaded; allocations fail; threads allocate; the mesh is closed with what it
holds and opened anew. A mark after every few steps.
"""
import os
import random
import sys
import threading

import ttnn

import marks
from marks import attempt, cores, mark, sharded

draw = random.Random(sys.argv[1])
steps = int(sys.argv[2])


class Life:
    """One mesh from its opening to its close, with what lives on it."""

    def __init__(self):
        self.shape = marks.SHAPE
        options = {"l1_small_size": draw.choice([0, 16384, 32768])}
        if marks.MOCK_RUNTIME:
            options["trace_region_size"] = draw.choice([0, 1 << 20, 4 << 20])
        self.small, self.trace_region = options["l1_small_size"], options.get("trace_region_size", 0)
        self.root = marks.open_mesh(self.shape, **options)
        self.parts = []
        self.live = []  # (tensor, the mesh that it is on)
        self.semaphores = []
        self.traces = []
        self.manager = None
        self.composite = draw.random() < 0.3

    def meshes(self):
        return [self.root, *self.parts]

    def mark(self, number, what):
        mark(f"step {number}, {what}", *self.meshes())

    def keep(self, made, mesh):
        if made is not None:
            self.live.append((made, mesh))

    @staticmethod
    def attempt(what, mesh, function):
        """What is refused may have had its result before."""
        made = attempt(what, function)
        if made is None:
            marks.peak_unknown.update(mesh.get_device_ids())
        return made

    def some_tensor(self, mesh):
        found = [tensor for tensor, its_mesh in self.live if its_mesh is mesh and tensor.is_allocated()
                 and tensor.layout == ttnn.TILE_LAYOUT and tensor.dtype == ttnn.bfloat16 and len(tensor.shape) == 4
                 and not tensor.memory_config().is_sharded()]
        if found and draw.random() < 0.8:
            return draw.choice(found)
        made = attempt("an operand", lambda: ttnn.empty([1, 1, 32 * draw.randint(1, 6), 32 * draw.randint(1, 6)], dtype=ttnn.bfloat16,
                                                        layout=ttnn.TILE_LAYOUT, device=mesh))
        self.keep(made, mesh)
        return made

    # ---- steps: each returns what it was ----

    def tensor(self, mesh):
        kind = draw.choice(("dram", "l1", "height", "width", "block", "dram shards", "small", "rows", "bfloat8_b", "nd"))
        rows, columns = 32 * draw.randint(1, 12), 32 * draw.randint(1, 12)
        memory, data_type, layout = ttnn.DRAM_MEMORY_CONFIG, ttnn.bfloat16, ttnn.TILE_LAYOUT
        x, y = draw.randint(0, 5), draw.randint(0, 4)
        wide, high = draw.randint(1, 7 - x), draw.randint(1, 6 - y)
        grid = cores(x, y, x + wide - 1, y + high - 1)
        if kind == "l1":
            memory = ttnn.L1_MEMORY_CONFIG
        elif kind in ("height", "small"):
            rows = 32 * draw.randint(1, 2) * wide * high
            pool = "L1" if kind == "height" else "L1_SMALL"
            memory = sharded("HEIGHT", pool, grid, [rows // (wide * high), columns])
        elif kind == "width":
            columns = 32 * wide * high
            memory = sharded("WIDTH", "L1", grid, [rows, 32])
        elif kind == "block":
            rows, columns = 32 * draw.randint(1, 3) * high, 32 * draw.randint(1, 3) * wide
            memory = sharded("BLOCK", "L1", grid, [rows // high, columns // wide])
        elif kind == "dram shards":
            banks = draw.randint(1, 7)
            rows = 32 * banks
            memory = sharded("HEIGHT", "DRAM", cores(0, 0, banks - 1, 0), [32, columns])
        elif kind == "nd":
            memory = ttnn.MemoryConfig(ttnn.BufferType.L1, ttnn.NdShardSpec(ttnn.Shape([1, 1, 32, 32]), grid))
        elif kind == "rows":
            rows, columns, layout = draw.randint(1, 300), 2 * draw.randint(1, 200), ttnn.ROW_MAJOR_LAYOUT
            data_type = draw.choice([ttnn.bfloat16, ttnn.uint32, ttnn.float32])
            memory = draw.choice([ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])
        elif kind == "bfloat8_b":
            data_type = draw.choice([ttnn.bfloat8_b, ttnn.bfloat4_b, ttnn.float32])
        self.keep(attempt(kind, lambda: ttnn.empty([1, draw.randint(1, 3) if kind in ("dram", "l1", "rows") else 1, rows, columns],
                                                   dtype=data_type, layout=layout, device=mesh, memory_config=memory)), mesh)
        return f"a tensor: {kind}"

    def operation(self, mesh):
        tensor = self.some_tensor(mesh)
        if tensor is None:
            return "no operand"
        simple = {"add": lambda: ttnn.add(tensor, tensor), "relu": lambda: ttnn.relu(tensor), "exp": lambda: ttnn.exp(tensor),
                  "matmul": lambda: ttnn.matmul(tensor, tensor), "clone": lambda: ttnn.clone(tensor),
                  "to L1": lambda: ttnn.to_memory_config(tensor, ttnn.L1_MEMORY_CONFIG),
                  "to DRAM": lambda: ttnn.to_memory_config(tensor, ttnn.DRAM_MEMORY_CONFIG),
                  "multiply in L1": lambda: ttnn.multiply(tensor, tensor, memory_config=ttnn.L1_MEMORY_CONFIG)}
        composite = {"softmax": lambda: ttnn.softmax(tensor, dim=-1), "layer_norm": lambda: ttnn.layer_norm(tensor),
                     "transpose": lambda: ttnn.transpose(tensor, -2, -1), "sum": lambda: ttnn.sum(tensor, -1),
                     "concat": lambda: ttnn.concat([tensor, tensor], -1), "slice": lambda: ttnn.slice(tensor, [0, 0, 0, 0], [1, 1, 32, 32]),
                     "rows": lambda: ttnn.to_layout(tensor, ttnn.ROW_MAJOR_LAYOUT), "gelu": lambda: ttnn.gelu(tensor),
                     "typecast": lambda: ttnn.typecast(tensor, ttnn.bfloat8_b), "mean": lambda: ttnn.mean(tensor, -1),
                     "reshape": lambda: ttnn.reshape(tensor, [1, 1, tensor.shape[-1], tensor.shape[-2]])}
        choices = {**simple, **(composite if self.composite else {})}
        name = draw.choice(sorted(choices))
        if name in composite:
            marks.peak_unknown.update(mesh.get_device_ids())
        self.keep(self.attempt(name, mesh, choices[name]), mesh)
        return f"an operation: {name}"

    def free(self, _):
        for _ in range(min(len(self.live), draw.choice([1, 1, 2, 5]))):
            tensor, _ = self.live.pop(draw.randrange(len(self.live)))
            if draw.random() < 0.7:
                ttnn.deallocate(tensor)
            del tensor
        return "frees"

    def semaphore(self, mesh):
        if self.semaphores and draw.random() < 0.5:
            self.semaphores.pop(draw.randrange(len(self.semaphores)))
            return "a semaphore less"
        pool = ttnn.BufferType.L1_SMALL if self.small and draw.random() < 0.5 else ttnn.BufferType.L1
        self.semaphores.append(attempt("semaphore", lambda: ttnn.create_global_semaphore(mesh, cores(0, 0, 3, 3), 0, pool)))
        return "a semaphore"

    def cache(self, mesh):
        step = draw.choice(["clear_program_cache", "disable_and_clear_program_cache", "enable_program_cache"])
        if step.startswith("disable"):
            marks.peak_unknown.update(mesh.get_device_ids())  # binaries come and go within an operation
        getattr(mesh, step)()
        return "the cache"

    def trace(self, mesh):
        if not self.trace_region or mesh is not self.root or self.manager is not None:
            return "no trace"
        if len(self.traces) > 2 or self.traces and draw.random() < 0.4:
            ttnn.release_trace(mesh, self.traces.pop(draw.randrange(len(self.traces))))
            return "a trace released"
        if self.traces and draw.random() < 0.5:
            ttnn.execute_trace(mesh, draw.choice(self.traces), cq_id=0, blocking=False)
            return "a trace replayed"
        mesh.enable_program_cache()
        tensor = self.some_tensor(mesh)
        if tensor is None:
            return "no operand"
        warm = self.attempt("warm up", mesh, lambda: ttnn.add(tensor, tensor))
        marks.view(mesh)
        if warm is not None:
            ttnn.deallocate(warm)
        identity = ttnn.begin_trace_capture(mesh, cq_id=0)
        for _ in range(draw.randint(1, 3)):
            self.keep(self.attempt("traced", mesh, lambda: ttnn.add(tensor, tensor)), mesh)
            marks.view(mesh)
        ttnn.end_trace_capture(mesh, identity, cq_id=0)
        self.traces.append(identity)
        return "a trace captured"

    def sub_devices(self, mesh):
        if not marks.MOCK_RUNTIME or mesh is not self.root or self.traces or self.parts:
            return "no sub-devices"
        if self.manager is not None:
            mesh.clear_loaded_sub_device_manager()
            mesh.remove_sub_device_manager(self.manager)
            self.manager = None
            return "sub-devices cleared"
        if any(tensor.memory_config().buffer_type != ttnn.BufferType.DRAM for tensor, _ in self.live) or self.semaphores:
            return "no sub-devices beside what is in L1"
        halves = [ttnn.SubDevice([cores(0, 0, 3, 3)]), ttnn.SubDevice([cores(4, 0, 6, 3)])]
        self.manager = mesh.create_sub_device_manager(halves, 32 * draw.randint(1, 2000))
        mesh.load_sub_device_manager(self.manager)
        return "sub-devices loaded"

    def failure(self, mesh):
        memory = draw.choice([ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])
        attempt("too large", lambda: ttnn.empty([1, 1, 1 << 17, 1 << 18], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=mesh,
                                                memory_config=memory))
        return "a failure"

    def capture(self, mesh):
        marks.torch_for_captures()
        tensor = self.some_tensor(mesh)
        if tensor is None:
            return "no operand"
        marks.view(mesh)
        ttnn.graph.begin_graph_capture(draw.choice([ttnn.graph.RunMode.NO_DISPATCH, ttnn.graph.RunMode.NORMAL]))
        try:
            made = self.attempt("captured", mesh, lambda: ttnn.add(tensor, tensor))
            marks.view(mesh)
        finally:
            ttnn.graph.end_graph_capture()
        if made is not None:
            attempt("free", lambda: ttnn.deallocate(made))
        return "a capture"

    def part(self, mesh):
        if marks.CHIPS == 1 or len(self.parts) > 2 or self.manager is not None:
            return "no part"
        rows, columns = (draw.randint(1, side) for side in self.shape)
        offset = ttnn.MeshCoordinate(draw.randint(0, self.shape[0] - rows), draw.randint(0, self.shape[1] - columns))
        made = attempt("part", lambda: self.root.create_submesh(ttnn.MeshShape(rows, columns), offset))
        if made is not None:
            self.parts.append(made)
        return f"a part of {rows} x {columns}"

    def threads(self, mesh):
        marks.peak_unknown.update(mesh.get_device_ids())
        kept = []
        plans = [[(32 * draw.randint(1, 6), draw.random() < 0.3, draw.random() < 0.6) for _ in range(30)] for _ in range(3)]

        def work(plan):
            for rows, in_l1, frees in plan:
                made = ttnn.empty([1, 1, rows, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=mesh,
                                  memory_config=ttnn.L1_MEMORY_CONFIG if in_l1 else ttnn.DRAM_MEMORY_CONFIG)
                if frees:
                    ttnn.deallocate(made)
                else:
                    kept.append(made)

        workers = [threading.Thread(target=work, args=(plan,)) for plan in plans]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for made in kept:
            self.keep(made, mesh)
        return "threads"

    def close(self):
        for trace in self.traces:
            ttnn.release_trace(self.root, trace)
        if self.manager is not None:
            self.root.clear_loaded_sub_device_manager()
            self.root.remove_sub_device_manager(self.manager)
        self.traces, self.semaphores, self.manager = [], [], None
        if draw.random() < 0.5:
            self.live = []
        ttnn.close_mesh_device(self.root)
        mark("closed")
        self.live = []


def main():
    life = Life()
    life.mark(0, "opened")
    for number in range(steps):
        what = one_step(life)
        if number % 3 == 0:
            life.mark(number, what)
        if draw.random() < 0.02 and not life.parts:
            life.close()
            life = Life()
    life.mark(steps, "end")
    if not life.parts:
        life.close()
    print("the workload is done", flush=True)
    if life.parts:
        os._exit(0)  # a part whose chips the mesh has used cannot be closed, nor then the mesh: tt-metal's own end would be an abort


def one_step(life):
    weighted = [life.tensor] * 6 + [life.operation] * 6 + [life.free] * 5 + [life.semaphore] * 2 + [life.trace] * 2 + [life.sub_devices] * 2
    weighted += [life.cache, life.failure, life.capture, life.part] + [life.threads] * (draw.random() < 0.3)
    mesh = draw.choice(life.meshes())
    what = draw.choice(weighted)(mesh)
    if len(life.live) > 60:
        life.free(mesh)
    for each in life.meshes():
        marks.view(each)
    return what


main()
