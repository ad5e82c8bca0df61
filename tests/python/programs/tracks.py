"""Tracks that nest, overlap, end by an exception, in threads, tasks and forked children: each has the peak of its own time."""
import asyncio
import gc
import os
import threading

import marks
import ttmem.ttnn
import ttnn

import ttmem

device = marks.open_mesh()
UNIT = 24576  # what a tensor of 64 x 64 takes


def tensor(tiles=1):
    return ttnn.zeros([1, 1, 64 * tiles, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def peaks(*tracks):
    return [track.extra_bytes() for track in tracks]


kept = tensor()
with ttmem.track("outer") as outer:
    first = tensor()
    with ttmem.track("inner") as inner:
        second = tensor()
        del second
    third = tensor()
    del first, third
assert peaks(outer, inner) == [2 * UNIT, UNIT] and (outer.net_bytes(), inner.net_bytes()) == (0, 0), (outer, inner)

one, two = ttmem.track("one"), ttmem.track("two")
one.__enter__()
a = tensor()
two.__enter__()
b = tensor()
one.__exit__(None, None, None)
del a
c, d = tensor(), tensor()
two.__exit__(None, None, None)
assert peaks(one, two) == [2 * UNIT, 2 * UNIT] and (one.net_bytes(), two.net_bytes()) == (2 * UNIT, 2 * UNIT), (one, two)
del b, c, d


@ttmem.track("step")
def step(fails):
    """The docstring."""
    made = tensor()
    if fails:
        raise ValueError("it fails")
    return made


assert (step.__name__, step.__doc__) == ("step", "The docstring.")
made = step(False)
assert [a["tag"] for a in ttmem.memory_snapshot()].count("step") == 1
try:
    step(True)
    raise AssertionError("it did not raise")
except ValueError:
    pass
after = tensor()
assert [a["tag"] for a in ttmem.memory_snapshot()].count("step") == 1, "an exception ends it"
del made, after


again = ttmem.track("again")


def nested(depth):
    with again:
        kept = [tensor()]
        return kept + nested(depth - 1) if depth else kept


for _ in range(200):
    made = nested(2)
    assert again.net_bytes() == 3 * UNIT and [a["tag"] for a in ttmem.memory_snapshot()].count("again") == 3, again
    del made
made = tensor()
assert "again" not in [a["tag"] for a in ttmem.memory_snapshot()], "its tag has gone with it"
del made


@ttmem.track("steps")
def steps():
    yield tensor()
    yield tensor()


@ttmem.track("coroutine")
async def coroutine():
    return tensor()


made = [*steps(), asyncio.run(coroutine())]
assert sorted(a["tag"] for a in ttmem.memory_snapshot() if a["tag"]) == ["coroutine", "steps", "steps"], "also what runs later"
del made

ttmem.reset_peak_memory_stats()
before = ttmem.memory_allocated()
assert ttmem.max_memory_allocated() == before, "the peak after a reset is what is in use"
with ttmem.track("over a reset") as over:
    tall = tensor()
    del tall
    ttmem.reset_peak_memory_stats()
assert ttmem.max_memory_allocated() == before and peaks(over) == [UNIT]

tags = {}


def work(number):
    with ttmem.track(f"thread {number}"):
        held = tensor()
        tags[number] = [a["tag"] for a in ttmem.memory_snapshot()].count(f"thread {number}")
        del held


with ttmem.track("all threads") as everybody:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
assert tags == dict.fromkeys(range(4), 1) and UNIT <= everybody.extra_bytes() <= 4 * UNIT, (tags, everybody)


async def task():
    with ttmem.track("task") as track:
        held = tensor()
        await asyncio.sleep(0)
        del held
    return track.extra_bytes()


async def tasks():
    return await asyncio.gather(task(), task())


assert all(UNIT <= extra <= 2 * UNIT for extra in asyncio.run(tasks()))

many = [ttmem.track(str(number)) for number in range(70)]
[track.__enter__() for track in many]
[track.__exit__() for track in reversed(many)]
assert many[0].extra_bytes() == 0
try:
    many[69].extra_bytes()
    raise AssertionError("64 are kept, and there is a figure of the 70th")
except ttmem.NotTracked:
    pass

with ttmem.track("reused") as reused:
    held = tensor(2)
    del held
with reused:
    pass
assert peaks(reused) == [0], "of the last time"

weak = ttmem.track("no reference")
with weak:
    held = tensor()
del held
gc.collect()
assert ttmem.memory_allocated() == UNIT, "a track holds no tensor"

child = os.fork()
if child == 0:
    try:
        ttmem.memory_allocated()
    except ttmem.NotTracked:
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7, "a child has nothing of its parent's"
assert ttmem.memory_allocated() == UNIT
ttmem.record_memory_history()
with ttmem.iteration("step"):
    leaked = tensor()
path = os.path.join(os.environ["HOME"], "leak.ttmem")
ttmem.dump_snapshot(path)
left = ttmem.read(path).leaks()
assert [item["op"] for item in left["items"] if item["verdict"] == "leaked"] == ["ttnn.zeros"], left
ttmem.record_memory_history(stacks=True)
lined = tensor()
(stack,) = [item["stack"] for item in ttmem.memory_snapshot() if "stack" in item]
mine = [frame["function"] for frame in stack if frame["file"] == __file__]
assert mine == ["tensor", "<module>"], stack
print("all is as it should be", flush=True)
os._exit(0)
