"""The package where there is no ttnn: figures of a process that records through the C API, whatever Python does meanwhile."""
import ast
import asyncio
import ctypes
import gc
import os
import pathlib
import subprocess
import sys
import threading
import weakref

import ttmem
from ttmem import _native

PACKAGE = pathlib.Path(ttmem.__file__).parent
CHIP = 0x123456789
GIB = 1 << 30


class Pool(ctypes.Structure):
    _fields_ = [("banks", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("bytes_per_bank", ctypes.c_uint64)]


class Chip(ctypes.Structure):
    _fields_ = [("chip_id", ctypes.c_uint64), ("logical_id", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("arch", ctypes.c_char_p),
                ("pools", Pool * 5), ("grid_x", ctypes.c_uint32), ("grid_y", ctypes.c_uint32), ("l1_bytes_per_core", ctypes.c_uint64),
                ("l1_base", ctypes.c_uint64)]


class Place(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_uint32), ("number", ctypes.c_uint32), ("parent", ctypes.c_uint32), ("chip_count", ctypes.c_uint32),
                ("chip_ids", ctypes.POINTER(ctypes.c_uint64)), ("name", ctypes.c_char_p)]


class Allocation(ctypes.Structure):
    _fields_ = [("place", ctypes.c_uint32), ("pool", ctypes.c_uint8), ("kind", ctypes.c_uint8), ("flags", ctypes.c_uint8),
                ("reserved", ctypes.c_uint8), ("address", ctypes.c_uint64), ("requested_bytes", ctypes.c_uint64),
                ("bytes_per_bank", ctypes.c_uint64), ("banks", ctypes.c_uint16), ("data_banks", ctypes.c_uint16),
                ("page_bytes", ctypes.c_uint32), ("unique_id", ctypes.c_uint64), ("holder", ctypes.c_uint64)]


library = ctypes.CDLL(str(PACKAGE / "lib" / "libttmem.so.0"))
library.ttmem_record_alloc.restype = ctypes.c_uint64
library.ttmem_record_free.argtypes = [ctypes.c_uint64]


def open_chip():
    pools = (Pool * 5)(Pool(12, 0, GIB), Pool(64, 0, 1 << 20), Pool(64, 0, 1 << 15), Pool(12, 0, 1 << 20), Pool(0, 0, 0))
    chip = Chip(CHIP, 0, 0, b"wormhole_b0", pools, 8, 8, 1499136, 100000)
    assert library.ttmem_register_chip(ctypes.byref(chip)) == 0
    place = library.ttmem_register_place(ctypes.byref(Place(1, 0, 0, 1, ctypes.pointer(ctypes.c_uint64(CHIP)), b"chip")))
    assert place != 0 and library.ttmem_open(place) == 0
    return place


def allocate(bytes_per_bank=1 << 20, pool=0):
    return library.ttmem_record_alloc(ctypes.byref(Allocation(place, pool, 1, 0, 0, 4096, 12 * bytes_per_bank - 5, bytes_per_bank, 12, 12, 0, 0, 0)))


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__}")



def public(names):
    return {name for name in names if not name.startswith("_")}


# The stubs have what the extension has.
stubs = ast.parse((PACKAGE / "_native.pyi").read_text()).body
kinds = {node.name: {part.name for part in node.body if isinstance(part, ast.FunctionDef)} for node in stubs if isinstance(node, ast.ClassDef)}
functions = {node.name for node in stubs if isinstance(node, ast.FunctionDef)} | {"POOLS"}
assert public(vars(_native)) == functions | set(kinds), public(vars(_native)) ^ (functions | set(kinds))
for kind, members in kinds.items():
    assert public(vars(getattr(_native, kind))) == members, (kind, public(vars(getattr(_native, kind))) ^ members)

raises(ttmem.NotTracked, ttmem.memory_allocated)
raises(ttmem.NotTracked, ttmem.on_allocation_failure, print)
place = open_chip()

first = allocate()
assert ttmem.memory_allocated() == 12 << 20 and ttmem.memory_requested() == (12 << 20) - 5
assert ttmem.mem_get_info() == (12 * GIB - (12 << 20), 12 * GIB) and ttmem.max_memory_allocated() == 12 << 20
assert library.ttmem_record_free(first) == 0
assert ttmem.memory_allocated() == 0 and ttmem.max_memory_allocated() == 12 << 20
assert ttmem.memory_stats()["allocated_bytes.dram.peak"] == 12 << 20
kept = allocate()

with ttmem.annotate("weights"):
    tagged = allocate()
with ttmem.iteration("step"):
    leaked = allocate()
tags = sorted(item["tag"] or "" for item in ttmem.memory_snapshot())
assert tags == ["", "", "weights"], tags

# A track that nothing is known of says so, and holds on to nothing.
with ttmem.track("part") as part:
    pass
assert "nothing is known" in repr(part) and "nothing is known" in raises(ttmem.NotTracked, part.peak_bytes)


class Held:
    pass


def in_a_track():
    held = Held()
    watched = weakref.ref(held)
    with ttmem.track("frame"), ttmem.annotate("frame"):
        del held
    gc.collect()
    return watched


assert in_a_track()() is None, "no reference to frames"

# An exception passes through, whatever is open.
raises(KeyError, lambda: ttmem.track("fails")(lambda: {}["absent"])())
with ttmem.annotate("outer"):
    try:
        with ttmem.track("inner"), ttmem.iteration("inner"):
            raise ValueError
    except ValueError:
        pass
    within = allocate()
assert [item["tag"] for item in ttmem.memory_snapshot()].count("outer") == 1, "the tag is what it was before"
library.ttmem_record_free(within)

# Threads have tags of their own, tasks share that of their thread.
seen = {}


def work(name):
    with ttmem.annotate(name):
        handle = allocate()
        seen[name] = sum(item["tag"] == name for item in ttmem.memory_snapshot())
        library.ttmem_record_free(handle)


threads = [threading.Thread(target=work, args=(f"thread {number}",)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert seen == {f"thread {number}": 1 for number in range(8)}, seen


async def task(name):
    with ttmem.track(name):
        await asyncio.sleep(0)
        return allocate()


async def tasks():
    return await asyncio.gather(*(task(f"task {number}") for number in range(4)))


for handle in asyncio.run(tasks()):
    library.ttmem_record_free(handle)
after = allocate()
library.ttmem_record_free(after)

# A collection in the middle of a figure, and many of them.
gc.set_threshold(1)
for _ in range(50):
    ttmem.memory_stats(), ttmem.coverage(), ttmem.mem_get_info()
gc.set_threshold(700)

# A forked child has a ledger of its own.
now = ttmem.memory_allocated()
child = os.fork()
if child == 0:
    code = 1
    try:
        raises(ttmem.NotTracked, ttmem.memory_allocated)
        place = open_chip()
        allocate(1 << 10)
        code = 0 if ttmem.memory_allocated() == 12 << 10 else 2
    finally:
        os._exit(code)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert ttmem.memory_allocated() == now

# Another interpreter of this process has the package or is told why not; this one goes on.
try:
    import _interpreters as interpreters  # 3.13
except ImportError:
    import _xxsubinterpreters as interpreters  # type: ignore
other = interpreters.create()
script = f"import sys; sys.path[:0] = {sys.path!r}\ntry:\n    import ttmem\n    ttmem.memory_allocated()\nexcept ImportError as error:\n    assert 'interpreter' in str(error), error\n"
failed = interpreters.run_string(other, script)
assert failed is None, failed
interpreters.destroy(other)
assert ttmem.memory_allocated() == now

# A capture, and a table of it where pandas is.
path = pathlib.Path(sys.argv[1]) / "now.ttmem"
ttmem.dump_snapshot(path)
capture = ttmem.read(path)
assert sorted((item["tag"] or "") for item in capture.allocations()) == tags
assert [item["verdict"] for item in capture.leaks()["items"]].count("leaked") == 1, capture.leaks()
assert capture.status()["chips"][0]["pools"]["dram"]["reserved_bytes"] == now
raises(ttmem.CommandFailed, ttmem.read, "nothing.ttmem")

# The interpreter ends with everything open, in a thread's end and in atexit as well.
ending = """
import atexit, threading, ttmem
open_for_good = ttmem.track("open"), ttmem.annotate("open")
open_for_good[0].__enter__()
class AtTheEnd:
    def __del__(self):
        ttmem.annotate("late")
kept = AtTheEnd()
kept.itself = kept
def late():
    try:
        ttmem.memory_allocated()
    except ttmem.NotTracked:
        print("ended as it should")
atexit.register(late)
threading.Thread(target=lambda: ttmem.track("in a thread").__enter__()).start()
"""
done = subprocess.run([sys.executable, "-c", ending], capture_output=True, text=True)
assert (done.returncode, done.stdout, done.stderr) == (0, "ended as it should\n", ""), done
print("it is the same on", "%d.%d" % sys.version_info[:2])
