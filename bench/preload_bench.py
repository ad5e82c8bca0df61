#!/usr/bin/env python3
"""What following an unmodified ttnn costs, on a mock device: hooks on and off by turns in one process.

    LD_PRELOAD=.../libttmem_preload.so PYTHON_OF_A_VENV_WITH_TTNN bench/preload_bench.py PRELOAD_LIBRARY HOOKS_LIBRARY

HOOKS_LIBRARY is bench/preload_hooks.c, built (target preload_hooks). TT_METAL_MOCK_CLUSTER_DESC_PATH names the device."""
import contextlib
import ctypes
import dataclasses
import importlib.util
import statistics
import sys
import time
import types

import ttnn

TURNS, PAIRS, ADDS = 60, 200, 60


def stand_in_for_torch():
    """Both other ways ask torch for its tensor class, and a module without anything else will do."""
    if importlib.util.find_spec("torch") is None:
        sys.modules["torch"] = types.ModuleType("torch")
        sys.modules["torch"].Tensor = type("Tensor", (), {})
    if not hasattr(ttnn, "tracer"):  # which needs the real one
        ttnn.tracer = types.SimpleNamespace(ENABLE_TRACER=False)


class Captured:
    """What is done in a graph capture, ttnn's own way to see its buffers."""

    name = "a graph capture"

    def __init__(self):
        self.add = ttnn.add

    def __enter__(self):
        ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NORMAL)

    def __exit__(self, *_):
        ttnn.graph.end_graph_capture()


class Slow:
    """What is done in ttnn's slow runtime mode, which its hooks around operations need."""

    name = "ttnn's slow runtime mode"

    def __init__(self):
        fields = [field.name for field in dataclasses.fields(ttnn.decorators.Operation) if field.init]
        self.add = ttnn.decorators.Operation(**{field: getattr(ttnn.add, field) for field in fields if hasattr(ttnn.add, field)})

    def __enter__(self):
        ttnn.CONFIG.enable_fast_runtime_mode = False

    def __exit__(self, *_):
        ttnn.CONFIG.enable_fast_runtime_mode = True


def compare_with(way, hooks, tensor):
    """What another way to see the same costs: without our hooks, with it and without it by turns."""
    seconds = {False: [], True: []}
    hooks.bench_switch(0)
    try:
        other = way()
        for turn in range(2 * TURNS):
            on = bool(turn % 2)
            with other if on else contextlib.nullcontext():
                add = other.add if on else ttnn.add
                clock = time.perf_counter()
                for _ in range(ADDS):
                    ttnn.deallocate(add(tensor, tensor))
                seconds[on].append((time.perf_counter() - clock) / ADDS)
    except Exception as error:
        print(f"{way.name} does not run here: {type(error).__name__} {error}")
    else:
        for kind, figure in (("median", statistics.median), ("least", min)):
            off, on = figure(seconds[False]), figure(seconds[True])
            print(f"add + deallocate in {way.name}, {kind}: {1e6 * off:.1f} us without, {1e6 * on:.1f} us with: x {on / off:.2f}")
    finally:
        hooks.bench_switch(1)


def main():
    hooks = ctypes.CDLL(sys.argv[2])
    hooks.bench_cycles.restype = ctypes.c_uint64
    hooks.bench_pair.restype = ctypes.c_double
    found = hooks.bench_find(sys.argv[1].encode())
    device = ttnn.open_device(device_id=0)
    make = dict(dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    a = ttnn.zeros([1, 1, 64, 64], **make)

    def pairs():
        for _ in range(PAIRS):
            ttnn.deallocate(ttnn.empty([1, 1, 64, 64], **make))

    def adds():
        for _ in range(ADDS):
            ttnn.deallocate(ttnn.add(a, a))

    own = hooks.bench_pair(1)
    print(f"{found} calls switched; libttmem's own record and free: {own:.0f} cycles")
    for name, work, count in (("empty + deallocate", pairs, PAIRS), ("add + deallocate", adds, ADDS)):
        cycles = {0: [], 1: []}
        seconds = {0: [], 1: []}
        for turn in range(2 * TURNS):
            on = turn % 2
            hooks.bench_switch(on)
            begin, clock = hooks.bench_cycles(), time.perf_counter()
            work()
            cycles[on].append((hooks.bench_cycles() - begin) / count)
            seconds[on].append((time.perf_counter() - clock) / count)
        hooks.bench_switch(1)
        for kind, figure in (("median", statistics.median), ("least", min)):
            off, on = figure(cycles[0]), figure(cycles[1])
            print(f"{name}, {kind}: {off:.0f} cycles without, {on:.0f} with: +{on - off:.0f}, {100 * (on - off) / off:.1f}%,"
                  f" {on - off - own:.0f} beyond libttmem's own; {1e6 * figure(seconds[0]):.1f} us each without")
    stand_in_for_torch()
    compare_with(Slow, hooks, a)
    compare_with(Captured, hooks, a)
    ttnn.deallocate(a)
    ttnn.close_device(device)


main()
