"""What `ttmem.track` costs, by turns in one process with a `with` of the same shape that does nothing.

    python3 bench/python_bench.py        in an environment with the wheel and ttnn, on a device or a mock

Prints the median of the differences, in nanoseconds; asserts nothing."""
import statistics
import time

import ttmem.ttnn  # noqa: F401
import ttnn

import ttmem

PASSES, TURNS = 2000, 201


class Nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def nanoseconds(make):
    begun = time.perf_counter_ns()
    for _ in range(PASSES):
        with make():
            pass
    return (time.perf_counter_ns() - begun) / PASSES


def main():
    device = ttnn.open_device(device_id=0)
    kept = ttnn.zeros([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    for name, make in (("track", lambda: ttmem.track("prefill")), ("annotate", lambda: ttmem.annotate("weights"))):
        turns = [nanoseconds(make) - nanoseconds(Nothing) for _ in range(TURNS)]
        print(f"{name}: {statistics.median(turns):.0f} ns, least {min(turns):.0f} ns")
    one = [nanoseconds_of(ttmem.memory_allocated) for _ in range(TURNS)]
    print(f"memory_allocated: {statistics.median(one) / 1000:.0f} us")
    ttnn.deallocate(kept)
    ttnn.close_device(device)


def nanoseconds_of(function):
    begun = time.perf_counter_ns()
    function()
    return time.perf_counter_ns() - begun


if __name__ == "__main__":
    main()
