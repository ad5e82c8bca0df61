"""Messages of every kind with other numbers each time, and what carriers do to them."""
import random

CORES = ("[(x=0,y=0) - (x={x},y={y})]", "[0-0 - {x}-{y}]")


def dram_or_l1(r):
    pool = r.choice(("DRAM", "L1"))
    banks = r.choice((12, 8, 7)) if pool == "DRAM" else r.choice((56, 64, 110, 130))
    need = 32 * r.randrange(1, 40000)
    return pool, banks, need, need * banks - 32 * r.randrange(0, banks)


def out_of_memory(r, form):
    pool, banks, need, asked = dram_or_l1(r)
    text = f"Out of Memory: Not enough space to allocate {asked} B {pool} buffer across {banks} banks, where each bank needs to store {need} B"
    bank = need + 32 * r.randrange(1, 40000)
    if form == 1:
        return text
    if form == 2:
        return f"{text}, but bank size is only {bank} B"
    free = r.randrange(0, bank)
    largest = min(r.randrange(0, free + 1), max(0, need - 1))
    return f"{text}, but bank size is {bank} B (allocated: {bank - free} B, free: {free} B, largest free block: {largest} B)"


def overlapping(r):
    pool, banks, need, asked = dram_or_l1(r)
    bank = need + r.randrange(1, 10**6)
    free = r.randrange(need, bank + 1)
    return (f"Out of Memory: Not enough space after considering dependencies to allocate {asked} B {pool} across {banks} banks "
            f"({need} B per bank), bank size is {bank} B (allocated: {bank - free} B, free: {free} B, largest free block: {need} B). "
            f"After subtracting 2 dependency range(s) and 3 additional occupied range(s), {need // 2} B remained placeable across "
            f"4 window(s), largest {need // 3} B.")


def small(r):
    banks, need = r.choice((62, 64, 110)), 32 * r.randrange(1, 100)
    text = f"Out of Memory: Not enough space to allocate {banks * need} B L1_SMALL buffer across {banks} banks, where each bank needs to store {need} B"
    return text + r.choice(("", f", but bank size is only {need + 32 * r.randrange(0, 900)} B"))


def nearly_full(r):
    banks, bank = r.choice(((12, 1071821792), (12, 1070773184), (8, 4273390016), (7, 4272341376)))
    free = r.randrange(bank // 50, bank // 11)
    need = free // 2 + 32 * r.randrange(1, 99)
    largest = need - 32 * r.randrange(1, 90)
    return (f"Out of Memory: Not enough space to allocate {need * banks} B DRAM buffer across {banks} banks, where each bank needs to store "
            f"{need} B, but bank size is {bank} B (allocated: {bank - free} B, free: {free} B, largest free block: {largest} B)")


def beside_a_trace_region(r):
    banks, bank = r.choice(((12, 1073741792), (8, 4278190016)))
    less, need = 32 * r.randrange(1, 10**6), 32 * r.randrange(1, 10**5)
    return (f"Out of Memory: Not enough space to allocate {need * banks} B DRAM buffer across {banks} banks, where each bank needs to store "
            f"{need} B, but bank size is only {bank - less} B")


def larger_than_any_core(r):
    banks, need = r.choice((64, 110, 130)), 1572864 + 32 * r.randrange(1, 10**5)
    return f"Out of Memory: Not enough space to allocate {need * banks} B L1 buffer across {banks} banks, where each bank needs to store {need} B"


def clash_at_the_top(r):
    low = 1572864 - 64 * r.randrange(1, 500)
    return (f"Statically allocated circular buffers in program {r.randrange(1, 9999)} clash with L1 buffers on core range [0-0 - 10-9]. "
            f"L1 buffer allocated at {low} and static circular buffer region ends at {low + 64 * r.randrange(1, 100)}")


def region_of(r):
    low = 32 * r.randrange(10**3, 10**5)
    return low, low + 32 * r.randrange(1, 10**4)


def state_region(r):
    low, high = region_of(r)
    return (f"Failed to apply state: cannot allocate region [{low}, {high}) of size {high - low} B at address {low} in "
            f"{r.choice(('DRAM', 'L1'))} buffer type. Region may already be occupied or invalid.")


def sub_device(r):
    low, high = region_of(r)
    return (f"Sub-device {r.randrange(4)} local L1 region [{low}, {high}) exceeds allocatable worker L1 limit {high - r.randrange(1, high - low)} "
            "after persistent allocations")


def cores(r):
    return r.choice(CORES).format(x=r.randrange(0, 13), y=r.randrange(0, 10))


def clash(r, word):
    low = r.randrange(110000, 1450000)
    return (f"Statically allocated {word}s in program {r.randrange(1, 9999)} clash with L1 buffers on core range {cores(r)}. "
            f"L1 buffer allocated at {low} and static {word} region ends at {low + r.randrange(1, 100000)}")


def overflow(r, word, with_cores=True):
    most = r.choice((1499136, 1572864))
    on = f" on core range {cores(r)}" if with_cores else ""
    return f"Statically allocated {word}s{on} grow to {most + r.randrange(1, 10**6)} B which is beyond max L1 size of {most} B"


def trace(r):
    region = r.choice((0, 32 * r.randrange(1, 10**6)))
    return (f"Creating trace buffers of size {region + r.randrange(1, 10**7)}B on {r.choice(('MeshDevice', 'device'))} {r.randrange(0, 4)}, "
            f"but only {region}B is allocated for trace region.")


def kernel_config(r):
    size = r.choice((25600, 70656))
    return f"Program size ({size + r.randrange(1, 9000)}) too large for kernel config buffer ({size}) on {r.choice(('ACTIVE_ETH', 'IDLE_ETH', 'TENSIX'))}"


def trace_overlap(r):
    at = r.randrange(10**6, 10**9)
    mark = at + r.randrange(1, 10**6)
    return f"Trace buffer at address {at} overlaps with " + r.choice((
        f"DRAM activity captured by another live trace (maximum live trace high water mark: {mark}). Release the existing trace",
        f"DRAM activity during trace capture. Allocation high water mark: {mark}, Deletion high water mark: {at}. Reduce",
        f"buffers allocated during trace capture (allocation high water mark: {mark}). Reduce",
        f"buffers deallocated during trace capture (deletion high water mark: {mark}). Avoid"))


def small_that_was_set(r):
    """Of 0.81.1, which says what to do."""
    banks, need, region = r.choice((62, 64, 110)), 32 * r.randrange(100, 200), r.choice((0, 32 * r.randrange(1, 99)))
    text = f"Out of Memory: Not enough space to allocate {banks * need} B L1_SMALL buffer across {banks} banks, where each bank needs to store {need} B"
    return (f"{text}, but bank size is {region} B (allocated: 0 B, free: {region} B, largest free block: {region} B). The L1_SMALL region is " +
            ("sized at device open; increase l1_small_size when opening the device." if region else
             "0 B because it is reserved at device open; set l1_small_size large enough for this allocation when opening the device."))


def pipe(r):
    low, high = region_of(r)
    core = r.choice(("3-4", "(x=3,y=4)"))
    return (f"PrefetcherPipe{r.choice(('', 'Space'))} persistent L1 region [{low}, {high}) overlaps an existing L1 allocation at "
            f"{low + 16} on core {core}")


KINDS = {
    "out_of_memory v1": ("out_of_memory", lambda r: out_of_memory(r, 1)),
    "out_of_memory v2": ("out_of_memory", lambda r: out_of_memory(r, 2)),
    "out_of_memory v3": ("out_of_memory", lambda r: out_of_memory(r, 3)),
    "out_of_memory overlapping": ("out_of_memory", overlapping),
    "l1_small": ("out_of_memory", small),
    "clash": ("cb_clash", lambda r: clash(r, "circular buffer")),
    "clash of dataflow buffers": ("cb_clash", lambda r: clash(r, "dataflow buffer")),
    "overflow": ("cb_overflow", lambda r: overflow(r, "circular buffer")),
    "overflow of dataflow buffers": ("cb_overflow", lambda r: overflow(r, "dataflow buffer")),
    "overflow of scratchpads": ("cb_overflow", lambda r: overflow(r, "scratchpad")),
    "overflow without cores": ("cb_overflow", lambda r: overflow(r, "circular buffer", with_cores=False)),
    "trace region": ("trace_region", trace),
    "kernel config": ("kernel_config", kernel_config),
    "trace overlap": ("trace_overlap", trace_overlap),
    "service cores": ("service_core_clash", lambda r: (
        f"{r.choice(('Circular', 'Dataflow'))} buffers on service-core range {cores(r)} in program {r.randrange(9)} clash with "
        f"ServiceCoreManager-allocated L1 (lowest service allocation at {r.randrange(10**5, 10**6)}, CB region ends at "
        f"{10**6 + r.randrange(1, 10**5)})")),
    "address limit": ("address_limit", lambda r: (
        f"Out of Memory: Cannot allocate at an address below {10**6 + r.randrange(10**5)}. Allocation at {r.randrange(10**6)}")),
    "persistent arena": ("persistent_l1", lambda r: (
        f"Persistent L1 arena is out of memory: cannot place {r.randrange(1, 99999)} bytes aligned to 16 on cores "
        f"{{{', '.join(cores(r) for _ in range(r.randrange(1, 4)))}}} in [{r.randrange(10**5)}, {10**6 + r.randrange(10**5)})")),
    "l1_small that was set": ("out_of_memory", small_that_was_set),
    "persistent pipe": ("persistent_l1", pipe),
    "persistent L1 too late": ("persistent_l1", lambda r: (
        f"Cannot allocate persistent L1 on core {r.choice(('3-4', '(x=3,y=4)'))} after program-local L1 placement")),
    "nearly full": ("out_of_memory", nearly_full),
    "beside a trace region": ("out_of_memory", beside_a_trace_region),
    "larger than any core": ("out_of_memory", larger_than_any_core),
    "clash at the top": ("cb_clash", clash_at_the_top),
    "clash of scratchpads": ("cb_clash", lambda r: clash(r, "scratchpad")),
    "state region": ("region_taken", state_region),
    "sub-device": ("persistent_l1", sub_device),
    "kernel config with what is over": ("kernel_config", lambda r: kernel_config(r) + ", 80 B over: kernels"),
    "unsafe": ("unsafe_under_trace", lambda r: (
        f"Allocating device buffers is {r.choice(('', 'potentially '))}unsafe due to the existence of an active trace. "
        "These buffers may be corrupted once a trace is executed.")),
}

PREFIXES = ("", "E       ", "(RayTrainWorker pid=41{n}, ip=10.0.0.1) ", "[1,{n}]<stderr>:", "web-{n}  | ", "[pod/llm-{n}/main] ",
            "2026-07-06T01:00:0{n}.1234567Z ", "2026-07-06T01:00:0{n}.5Z stderr F ", "# ", "> ", "worker {n} says: ",
            "Nov 28 21:00:0{n} host app[77]: ", "rank{n}: ", "| ", "##[error]", "[rank{n}]: ", "[default{n}]:",
            "(EngineCore_DP0 pid=69{n}) ERROR 09-28 01:43:2{n} [core.py:805] ")


def wrapped(text, width, prefix):
    """Hard-wrapped between words, each line with the prefix; the numbers in prefixes differ as those of times do."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return "".join(prefix.replace("{n}", str(i % 10)) + part + "\n" for i, part in enumerate(lines))


def coloured(r, text):
    at = sorted(r.sample(range(1, len(text)), 3))
    return text[:at[0]] + "\x1b[31m" + text[at[0]:at[1]] + "\x1b[1;33m" + text[at[1]:at[2]] + "\x1b[0m" + text[at[2]:]


def disguises(r, text):
    """(what was done, the text) — all still the whole message."""
    for prefix in PREFIXES:
        yield f"behind {prefix!r}", prefix.replace("{n}", "3") + "TT_FATAL: " + text + " (assert.hpp:104)\n"
    for prefix in PREFIXES:
        yield f"wrapped under {prefix!r}", wrapped("TT_THROW: " + text, r.randrange(40, 100), prefix)
    yield "coloured", coloured(r, text) + "\n"
    yield "with spaces that do not break", text.replace(" ", "\u00a0") + "\n"
    yield "in JSON", '{"error": "RuntimeError: TT_THROW @ /a.cpp:1: tt::exception\\ninfo:\\n' + text + '\\nbacktrace:\\n --- x"}'
    yield "in docker's JSON", '{"log":"TT_FATAL: ' + text + ' (assert.hpp:104)\\n","stream":"stderr","time":"2026-07-06T01:00:00.1Z"}\n'
    yield "UTF-16", ("\ufeff" + text + "\r\n").encode("utf-16-le")
    yield "UTF-8 with a mark", ("\ufeff" + text + "\n").encode()


def generator(seed):
    return random.Random(seed)
