"""Sentences of failed allocations that nobody has seen, in the forms in which tt-metal throws and logs them."""

WHAT = ("Sharded tile cache", "Halo staging area of core {a}", "the ring joint's circular buffers", "Prefetcher scratchpad {a}",
        "DRAM slab pool {a}", "L1 spill area", "persistent semaphore arena", "the left half's dataflow buffers",
        "Streaming DFB {a}", "kernel config of program {a}", "trace region of mesh {a}", "conv3d weights CB")
SAYS = ("of {x} B does not fit into L1: only {y} B are left",
        "needs {x} bytes of DRAM but the bank has {y} B",
        "is too small: {x} B asked, {y} B of L1 there",
        "requires {x} bytes, but only {y} bytes of the allocator's L1 span are available",
        "cannot allocate {x} B in DRAM (aligned to 64, {y} B free)",
        "exceeds the L1 budget: {x} B > {y} B",
        "could not allocate {x} B; L1 has {y} B in its largest hole")
MORE = ("", "", " at chunk shape ({a}, {b})", " on cores [{a}-{b} - 7-7]", " for layer {a} of {b}, which is what the planner asked for",
        ". Consider (1) a smaller block, (2) fewer cores, or (3) a DRAM layout for operand {a}",
        " after {a} of {b} pages, with the page size of {b} that the tensor's layout asks for and a row of tiles kept")
SOURCES = ("assert.hpp:104", "buffer.cpp:77", "program_descriptor.cpp:1204")
FRAMES = """backtrace:
 --- tt::tt_metal::SlabPool::take(unsigned long, bool)
 --- ttnn::operations::x::{op}DeviceOperation::create_output_tensors(int)
 --- /lib/libc.so.6(+0x29d90) [0x7f0000029d90]
"""


def sentence(r):
    """One that no pattern knows."""
    words = f"{r.choice(WHAT)} {r.choice(SAYS)}{r.choice(MORE)}"
    small = r.randrange(2000, 900000)
    return words.format(x=small + r.randrange(1, 10**6), y=small, a=r.randrange(1, 30), b=r.randrange(30, 99))


def stamp(at):
    return f"2026-08-13 01:{at // 60 % 60:02}:{at % 60:02}.341"


def logged(r, words, at=0):
    level = r.choice(("critical |          Always |", "critical | Metal |", "error    |             Op |"))
    throw = "TT_FATAL: " if level.startswith("c") else ""
    return f"{stamp(at)} | {level} {throw}{words} ({r.choice(SOURCES)})\n"


def thrown(r, words):
    kind, place = r.choice(("TT_FATAL", "TT_THROW", "TT_ASSERT")), "/project/tt_metal/impl/x.cpp:430"
    said = "tt::exception" if kind == "TT_THROW" else "false"
    return f"RuntimeError: {kind} @ {place}: {said}\ninfo:\n{words}\n" + FRAMES.format(op=r.choice(("Matmul", "Conv2d", "Halo")))


FORMS = {
    "logged": (logged, 1),
    "thrown": (thrown, 1),
    "logged and thrown": (lambda r, words: logged(r, words) + thrown(r, words), 2),
    "by pytest": (lambda r, words: logged(r, words) + "".join(f"E       {line}\n" for line in thrown(r, words).splitlines()), 2),
    "short": (lambda r, words: f"TT_THROW: {words}\n", 1),
    "out of memory": (lambda r, words: f"TT_FATAL: Out of Memory: {words} (bank_manager.cpp:430)\n", 1),
}
