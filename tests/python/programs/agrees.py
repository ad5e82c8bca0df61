"""Each figure of the package against ttnn's own, after every step of a workload; `late`: ttmem is imported in its middle."""
import os
import sys

import marks
import ttnn

late = "late" in sys.argv
if not late:
    import ttmem.ttnn
import ttmem

checked = 0


def same(what, actual, expected):
    global checked
    checked += 1
    assert actual == expected, f"{what}: ttmem says {actual}, ttnn {expected}"


device = marks.open_mesh(l1_small_size=32768, trace_region_size=1 << 20)
highest = {}
buffers_of_programs = 0  # circular buffers, on all cores of a chip together


def step(name):
    """What ttnn says now, against every function."""
    for pool, seen in marks.view(device).items():
        now, total = seen["banks"] * seen["per_bank"], seen["banks"] * seen["capacity_per_bank"]
        highest[pool] = max(highest.get(pool, 0), now)
        where = f"{name}: {pool}"
        same(where, ttmem.memory_allocated(pool=pool), now)
        same(where, ttmem.memory_allocated(device, pool), now)
        same(where, ttmem.memory_reserved(list(device.get_device_ids())[-1], pool), now)
        same(where, ttmem.mem_get_info(device, pool), (total - now, total))
        stats = ttmem.memory_stats(device)
        same(where, stats[f"allocated_bytes.{pool}.current"], now)
        same(where, stats[f"capacity_bytes.{pool}"], total)
        if not late:
            same(where, ttmem.max_memory_allocated(pool=pool), highest[pool])
            same(where, stats[f"allocated_bytes.{pool}.peak"], highest[pool])
            beside = buffers_of_programs if pool == "l1" else 0
            same(where, ttmem.headroom(pool), total - highest[pool] - beside)
            same(where, ttmem.jax_memory_stats(pool=pool), {"bytes_in_use": now, "peak_bytes_in_use": highest[pool], "bytes_limit": total})
    same(name, sum(item["reserved_bytes"] for item in ttmem.memory_snapshot() if item["pool"] == "dram"), ttmem.memory_allocated())


tensors = [marks.tensor(device, 64 * (1 + i % 3)) for i in range(4)]
if late:
    import ttmem.ttnn
    tensors.append(marks.tensor(device, 32))  # a mesh is met at its first event
    import warnings

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        ttmem.memory_allocated()
        ttmem.memory_allocated()
    assert [warning.category for warning in said] == [ttmem.LateWarning], said
step("four tensors")
ttmem.persistent(tensors[0])
assert [a["persistent"] for a in ttmem.memory_snapshot()].count(True) == 1
in_l1 = marks.tensor(device, 256, memory=ttnn.L1_MEMORY_CONFIG)
step("one in L1")
with ttmem.track("sum") as track:
    more = [marks.tensor(device, 512), marks.tensor(device, 1024)]
    made = ttmem.memory_allocated()
    step("two more")
    ttnn.deallocate(more.pop())
    step("in a track")
before, after = track.peak_bytes() - track.extra_bytes(), ttmem.memory_allocated()
same("peak of a track", track.peak_bytes(), made)
same("net of a track", track.net_bytes(), after - before)
same("tag of a track", {a["tag"] for a in ttmem.memory_snapshot() if a["tag"]}, {"sum"})
ttmem.reset_peak_memory_stats()
highest = {pool: 0 for pool in highest}
late = False  # all is known from here on
step("after a reset")
ttnn.deallocate(in_l1)
for tensor in more:
    ttnn.deallocate(tensor)
step("freed")
big = marks.tensor(device, 768)
step("larger again")
ttnn.deallocate(big)
step("freed again")
with ttmem.iteration("step"), ttmem.annotate("left behind"):
    marks.tensor_left = marks.tensor(device, 96)
assert "ttnn" in ttmem.memory_summary() or "mesh" in ttmem.memory_summary() or ttmem.memory_summary()
assert ttmem.coverage().complete, ttmem.coverage().notes
assert str(ttmem.coverage()).startswith("Coverage: complete"), ttmem.coverage()
picture = os.path.join(os.environ["HOME"], "now.ttmem")
ttmem.dump_snapshot(picture)
capture = ttmem.read(picture)
same("a snapshot's items", len(capture.allocations()), len(ttmem.memory_snapshot()))
same("a snapshot's use", capture.status()["chips"][0]["pools"]["dram"]["reserved_bytes"], ttmem.memory_allocated())
print(checked, "figures are equal", flush=True)
os._exit(0)
