#!/usr/bin/env python3
"""What following an unmodified ttnn costs, on a mock device: hooks on and off by turns in one process.

    LD_PRELOAD=.../libttmem_preload.so PYTHON_OF_A_VENV_WITH_TTNN bench/preload_bench.py PRELOAD_LIBRARY HOOKS_LIBRARY

HOOKS_LIBRARY is bench/preload_hooks.c, built (target preload_hooks). TT_METAL_MOCK_CLUSTER_DESC_PATH names the device."""
import ctypes
import statistics
import sys
import time

import ttnn

TURNS, PAIRS, ADDS = 60, 200, 60


def compare_with_capture(hooks, adds):
    """What ttnn's own way to see the same costs: a graph capture."""
    hooks.bench_switch(0)
    seconds = {False: [], True: []}
    try:
        for turn in range(20):
            captured = bool(turn % 2)
            if captured:
                ttnn.graph.begin_graph_capture(ttnn.graph.RunMode.NORMAL)
            clock = time.perf_counter()
            adds()
            seconds[captured].append((time.perf_counter() - clock) / ADDS)
            if captured:
                ttnn.graph.end_graph_capture()
    except Exception as error:  # newer ones need torch
        print("no graph capture:", type(error).__name__, error)
    else:
        off, on = statistics.median(seconds[False]), statistics.median(seconds[True])
        print(f"add + deallocate in a graph capture, median: {1e6 * off:.1f} us without, {1e6 * on:.1f} us with: x {on / off:.1f}")
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
        for kind, of in (("median", statistics.median), ("least", min)):
            off, on = of(cycles[0]), of(cycles[1])
            print(f"{name}, {kind}: {off:.0f} cycles without, {on:.0f} with: +{on - off:.0f}, {100 * (on - off) / off:.1f}%,"
                  f" {on - off - own:.0f} beyond libttmem's own; {1e6 * of(seconds[0]):.1f} us each without")
    compare_with_capture(hooks, adds)
    ttnn.deallocate(a)
    ttnn.close_device(device)


main()
