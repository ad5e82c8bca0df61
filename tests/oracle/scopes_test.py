"""Every byte field of every document is of what its name and its schema say (docs/json/README.md).

One program of calls is played on one chip, on eight of them, and on one with twice the banks and cores, where each
allocation takes as much of a bank as before. A figure over all chips is then eight times, and twice, as large; one of
a chip the same, and twice; one of a bank or a core the same, and the same. Nothing else tells how large they are.
"""
import collections
import json

import schemas
from scenario import BIN, check, check_equal, document_of, scene

POOLS = [(4, 1 << 24, 1 << 16), (16, 1 << 20, 1 << 14), (4, 1 << 24, 1 << 12), (16, 1 << 15, 1 << 10), (4, 1 << 20, 1 << 12)]  # banks, a bank's size, what a block takes of each
GROWS = {"all chips": (8, 2), "chip": (1, 2), "bank": (1, 1), "core": (1, 1)}
ADDRESS = (1 << 24) - (1 << 16)  # of the first block in DRAM
SHAPES = ((1, 1), (8, 1), (1, 2))  # chips, times the banks and cores


def program(chips, times):
    """Lines for oracle-player: something of every kind that a document has bytes of."""
    lines, ids = [], [0xA000 + chip for chip in range(chips)]
    say = lambda *words: lines.append(" ".join(map(str, (0, *words))))  # noqa: E731
    for logical, chip in enumerate(ids):
        say("chip", chip, logical, "wormhole_b0", *(figure for banks, size, _ in POOLS for figure in (banks * times, size)), 4 * times, 4, 1 << 20, 1 << 12)
    for place in (0, 1):
        say("place", place, 2, place, "-", chips, *ids)
        say("open", place)
    taken = collections.Counter()

    def alloc(handle, pool, kind=1, holder="-", flags=0, blocks=1, place=0):
        banks, size, block = POOLS[pool]
        taken[pool] += blocks
        address = size - taken[pool] * block
        say("alloc", handle, place, pool, kind, flags, address, (block * blocks - 8) * banks * times, block * blocks, banks * times, banks * times, 0, handle, holder)

    def plan(handle, size):
        say("plan", handle, 0, 2, 0, 0, 1 << 12, size, 1, 0, 0, 4 * times - 1, 3, 1, 0, (1 << 12) + size, size, 1, 0, 0, 4 * times - 1, 3)

    for pool in range(len(POOLS)):
        alloc(10 + pool, pool, flags=1)
    for handle, kind in ((15, 4), (16, 0)):
        alloc(handle, 0, kind=kind)
    for handle in (17, 18, 19):
        alloc(handle, 3)
    say("free", 18)
    say("program", 2, "matmul", 2)
    plan(2, 1 << 12)
    alloc(20, 0, kind=2, holder=2)
    say("program", 3, "left", 3)
    plan(3, 1 << 13)
    say("dispatch", 3, 0)
    say("destroy", 3)
    say("trace_begin", 0)
    say("dispatch", 2, 0)
    say("trace_end", 4, "decode", 1)
    alloc(21, 4, kind=3, holder=4)
    for step in range(8):
        say("iteration_begin", "step")
        say("op_begin", "add")
        alloc(30 + 3 * step, 0)
        alloc(31 + 3 * step, 0, blocks=2)
        alloc(32 + 3 * step, 1)
        say("dispatch", 2, 0)
        say("replay", 4)
        say("free", 31 + 3 * step)
        say("free", 32 + 3 * step)
        say("op_end")
        say("iteration_end")
    say("free", 10)
    alloc(60, 0, place=1)
    say("close", 1)
    say("program", 5, "clash", 5)
    plan(5, (1 << 19) - (1 << 10))
    say("dispatch", 5, 0)
    banks, size, _ = POOLS[0]
    lines.append("sync")
    asked = size - 4096
    say("failure", 0, 1, 0, banks * times, asked * banks * times, asked, size, 1 << 22, size - (1 << 22), 1 << 23)
    lines.append("sync")
    return "\n".join(lines) + "\n"


DURING = [["status"], ["ps"], ["buffers"], ["buffers", "--chip", "0xa000"], ["leaks"], ["leaks", "--chip", "0xa000"], ["programs", "--cbs"], ["map", "0xa000"], ["headroom"], ["tree"]]
OF_CAPTURE = [["peak"], ["peak", "--by", "op"], ["timeline"], ["stats"], ["tree"], ["tree", "--end"], ["growth"], ["headroom"], ["traces"], ["replay", "--what-if", "l1_small=1K"], ["leaks"], ["buffers", "--at", "dram-peak"],
              ["programs", "--cbs", "--at", "dram-peak"], ["map", "0xa000", "--at", "dram-peak"], ["map", "0xa000", "--at", "failure"], ["explain", "--last"], ["explain", ADDRESS], ["explain", ADDRESS - 8], ["status"], ["ps"],
              ["info"], ["check", "--leaks", "0", "--limit", "dram=1MiB"]]


def documents(chips, times):
    """{what was asked: document} of the program on a machine."""
    found = {}
    with scene() as s:
        file, report, capture = s.files / "program.txt", s.files / "report.json", s.files / "run.ttmem"
        file.write_text(program(chips, times))
        run = s.start(BIN / "ttmem", "run", "--report", report, "-o", capture, "--", BIN / "oracle-player", file)
        pid = run.stdout.readline().split()[1]
        check_equal(run.stdout.readline().strip(), "sync")
        for words in DURING:
            found["live " + " ".join(map(str, words))] = s.json(*words, *(["--pid", pid] if words[0] != "ps" else []), code=None)
        run.stdin.write("\n")
        run.stdin.flush()
        check_equal(run.stdout.readline().strip(), "sync")
        found["live explain"] = s.json("explain", "--failures", code=None)
        run.stdin.write("\n")
        run.stdin.close()
        check_equal(run.wait(), 0, run.stderr.read())
        found["run"] = document_of(report.read_text())
        for words in OF_CAPTURE:
            found[" ".join(map(str, words))] = s.json(*words, capture, code=None)
        suppressions = s.files / "suppressions.txt"
        suppressions.write_text("op:add\n")
        for words in (["leaks"], ["leaks", "--chip", "0xa000"], ["check", "--leaks", "0"], ["growth"]):
            found[" ".join(words) + " --suppressions"] = s.json(*words, "--suppressions", suppressions, capture, code=None)
        found["diff"] = s.json("diff", capture, capture, code=None)
    return found


class Fields:
    """Byte fields of documents of the first machine, beside the same ones of another."""

    def __init__(self):
        self.wrong, self.seen = [], set()  # seen: paths in schemas, of figures other than 0

    def walk(self, path, schema, first, other, shape):
        if isinstance(first, dict) and isinstance(other, dict):
            for name, inner in {**schema.get("definitions", {}), **schema.get("properties", {})}.items():
                if name in first and name in other and name != "lifetimes":  # which are counted by how long they were
                    if schemas.is_of_bytes(name, inner) and "seconds" not in name:  # which take longer on more chips
                        self.number(f"{path}.{name}", schemas.scope(name, inner.get("description", "")), first[name], other[name], shape)
                    else:
                        self.walk(f"{path}.{name}", inner, first[name], other[name], shape)
        elif isinstance(first, list) and isinstance(other, list) and first and isinstance(first[0], dict):
            if len(other) % len(first):
                self.wrong.append(f"{path}: {len(first)} items, and {len(other)}")
            each = len(other) // len(first)
            for i, item in enumerate(first):
                for same in other[i * each:(i + 1) * each]:
                    self.walk(f"{path}[]", schema.get("items", {}), item, same, shape)

    def number(self, path, scope, first, other, shape):
        if isinstance(first, list) and first:
            first, other = max(first), max(other)
        if scope not in GROWS or not isinstance(first, int):
            return
        factor = GROWS[scope][SHAPES.index(shape) - 1]
        if first:
            self.seen.add(path)
        if other != first * factor + (factor - 1 if path.endswith(".to_bytes") else 0):  # the last size before the next power of 2
            self.wrong.append(f"{path}, {scope}: {first}, and {other} with {shape[0]} chips, {shape[1]} x the banks")


def test_a_byte_field_is_of_what_it_says():
    first, fields = documents(1, 1), Fields()
    for shape in SHAPES[1:]:
        other = documents(*shape)
        for asked, document in first.items():
            name = document["schema"].split("/")[0].removeprefix("ttmem.")
            schema = json.loads((schemas.FOLDER / f"{name}.schema.json").read_text())
            fields.walk(name, schema, document, other[asked], shape)
    print(len(fields.seen), "byte fields")
    check(not fields.wrong, f"{len(fields.wrong)} differ:\n ", "\n  ".join(fields.wrong[:80]))
    check(len(fields.seen) > 400, "byte fields that were not 0:", len(fields.seen))
