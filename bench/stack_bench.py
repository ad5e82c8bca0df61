#!/usr/bin/env python3
"""What a Python call stack costs at a depth of 30: `ttmem_preload_stack()` and a call that does nothing, by turns.

    bench/stack_bench.py LIBTTMEM_PRELOAD

`met before`: the same frames again and again. `new`: frames that are made anew for each, as in a program whose layers
call each other; from Python 3.11 on each of them becomes an object then.
"""
import ctypes
import os
import statistics
import sys
import time

DEPTH, TURNS, CALLS = 30, 200, 200


def deep(frames, call):
    return call() if frames == 0 else deep(frames - 1, call)


def repeated(call):
    def calls():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        return (time.perf_counter_ns() - begin) / CALLS
    return deep(DEPTH - 3, calls)


def anew(call):
    begin = time.perf_counter_ns()
    for _ in range(CALLS):
        deep(DEPTH - 2, call)
    return (time.perf_counter_ns() - begin) / CALLS


def main():
    os.environ["TTMEM_LEVEL"] = "stacks"
    library = ctypes.PyDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
    walk, nothing = library.ttmem_preload_stack, ctypes.PyDLL(None).Py_IsInitialized
    if deep(3, walk) == 0:
        sys.exit("there is no stack: is this a CPython of 3.10 to 3.13, and is there room for a ledger?")
    for name, measure in (("met before", repeated), ("new", anew)):
        without, with_walk = [], []
        for _ in range(TURNS):
            without.append(measure(nothing))
            with_walk.append(measure(walk))
        more = [a - b for a, b in zip(with_walk, without)]
        print(f"{sys.version.split()[0]} frames {name}: {min(with_walk) - min(without):.0f} ns (least), {statistics.median(more):.0f} ns (median)")


if __name__ == "__main__":
    main()
