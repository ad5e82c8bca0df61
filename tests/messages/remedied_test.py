"""The remedies of every complete message of ../shared/data, applied in the simulator to a state that is rebuilt from the message:
there the same failure comes again, and after the remedy it does not.

The state is made of what the message's own words say; of the explanation only the remedies are used. A message does not say where
blocks lie: they are put so that what the remedy frees lies between what is free.
"""
import json
import os
import pathlib
import subprocess
import sys

import ask
import recompute

DATA = pathlib.Path(os.environ.get("TTMEM_DATA_DIR", ""))
STATES = pathlib.Path(ask.BIN).resolve().parent.parent / "bin/failed-states"
KB = 1024
# What an explanation may say beside what can be applied here.
UNQUANTIFIED = {"get_figures", "small_buffers", "config_tensors_in_dram", "free_block", "smaller_l1_small"}


class State:
    """Lines for the simulator; `expect` says what the next printed line has to be."""

    def __init__(self):
        self.lines, self.expected = [], []

    def say(self, *words):
        self.lines.append(" ".join(map(str, words)))

    def expect(self, check, why):
        self.expected.append((check, why))

    def objections(self):
        done = subprocess.run([STATES], input="\n".join(self.lines) + "\n", capture_output=True, text=True, check=True)
        printed = done.stdout.splitlines()
        assert len(printed) == len(self.expected), (self.lines, printed)
        return [f"{why}: {line}" for line, (check, why) in zip(printed, self.expected) if not check(line)]


def fits(line):
    return line.isdigit()


class Bank:
    """A bank as the message has it: free pieces, the largest of the size that is said, with blocks between them."""

    def __init__(self, f, between):
        """`between`: bytes of the blocks between the pieces, which a remedy frees."""
        self.f, self.state, self.address, self.blocks = f, State(), 0, []
        pieces, rest = [], f["free"]
        while rest > 0:
            pieces.append(min(rest, f["largest"]))
            rest -= pieces[-1]
        gaps = max(len(pieces) - 1, 1)
        between = min(max(between, gaps), f["allocated"])
        self.between, free = [], []
        self.state.say("bank", f["bank"])
        for i, piece in enumerate(pieces):
            free.append(self.take(piece))
            if i < gaps and between > 0:
                share = between // gaps + (between % gaps if i == 0 else 0)
                self.between.append(self.take(share))
        rest = f["allocated"] - between
        if rest > 0:
            self.take(rest)
        for address in free:
            self.state.say("free", address)
        self.fails()

    def take(self, size):
        address, self.address = self.address, self.address + size
        self.state.say("take", size)
        self.state.expect(fits, "the state is made")
        return address

    def fails(self):
        """With the figures of the message."""
        said = f"full {self.f['largest']} {self.f['free']} {self.f['allocated']}"
        self.state.say("take", self.f["need"])
        self.state.expect(lambda line: line == said, f"the failure comes again as {said}")

    def then(self, size, why):
        self.state.say("take", size)
        self.state.expect(fits, why)
        return self.state.objections()


def bytes_of_bank(remedy, f):
    if remedy["bytes_per"] == "chip":
        assert remedy["bytes"] % f["banks"] == 0, remedy
        return remedy["bytes"] // f["banks"]
    return remedy["bytes"]


def freed(remedy, f):
    size = bytes_of_bank(remedy, f)
    bank = Bank(f, size)
    for address in bank.between:
        bank.state.say("free", address)
    return bank.then(f["need"], "free")


def moved_together(remedy, f):
    bank = Bank(f, 1)
    bank.state.say("bank", f["bank"])
    bank.address = 0
    bank.take(f["allocated"])
    return bank.then(f["need"], "moved together")


def asked_for_less(remedy, f):
    return Bank(f, 1).then(bytes_of_bank(remedy, f), "less")


def on_more_chips(remedy, f):
    return Bank(f, 1).then(-(-f["need"] // remedy["chips"]), "on more chips")


def on_more_cores(remedy, f):
    return Bank(f, 1).then(-(-f["need"] * f["banks"] // remedy["cores"]), "on more cores")


def in_dram(remedy, f):
    """Of an empty chip of the smaller kind, in its banks."""
    machine = recompute.WORMHOLE
    state = State()
    state.say("bank", machine["bank"])
    state.say("take", -(-remedy["bytes"] // machine["banks"]))
    state.expect(fits, "in DRAM")
    return state.objections()


def with_smaller_trace_region(remedy, f):
    """Its bytes are what the region takes at least: all of them go back to the banks."""
    if remedy["bytes"] is None:
        return []
    gained = bytes_of_bank(remedy, f)
    if "not enough" in remedy["text"]:
        assert gained < f["need"] - f["free"], remedy
        return []
    bank = Bank({**f, "bank": f["bank"] + gained, "allocated": f["allocated"] + gained}, gained)
    for address in bank.between:
        bank.state.say("free", address)
    return bank.then(f["need"], "smaller trace region")


def with_larger_l1_small(remedy, f):
    """The region is as large as the message says, or of any size, and full."""
    known = f["bank"] is not None
    full = f["bank"] if known else 64 * KB
    state = State()
    for size in (full, remedy["bytes"] if known else full + remedy["bytes"]):
        state.say("bank", size)
        state.say("take", full)
        state.expect(fits, "the region is full")
        state.say("take", f["need"])
        state.expect(fits if size != full else lambda line: line == f"full 0 0 {full}", f"in a region of {size} B")
    return state.objections()


OF_BANKS = {"free": freed, "move_together": moved_together, "ask_for_less": asked_for_less, "more_chips": on_more_chips,
            "more_cores": on_more_cores, "use_dram": in_dram, "smaller_trace_region": with_smaller_trace_region}
# Whatever else the banks hold.
OF_ANY_BANKS = {"use_dram": in_dram, "larger_l1_small": with_larger_l1_small, "raise_l1_small": with_larger_l1_small}


def of_banks(f, remedies):
    """What is applied, and what is wrong with it."""
    apply_to = OF_BANKS
    if f["bank"] is None or f["free"] is None and f["need"] <= f["bank"]:  # what else is there is not said
        apply_to = OF_ANY_BANKS
    elif f["free"] is None:  # larger than any bank: so it is in an empty one
        f = {**f, "allocated": 0, "free": f["bank"], "largest": f["bank"]}
    applied, wrong = [], []
    for remedy in remedies:
        apply = apply_to.get(remedy["kind"])
        if apply is None or (remedy["bytes"] is None and remedy["chips"] is None and remedy["cores"] is None):
            continue
        applied.append(remedy["kind"])
        wrong += apply(remedy, f)
    return applied, wrong


def core(f):
    """A core whose lowest buffer and whose program are those of the message."""
    limit = f["l1"] or f["max"]
    state = State()
    size = f["max"] or max(f["end"], f["l1"]) + KB
    state.say("core", size, min(limit, f["end"]) - KB)
    if f["l1"]:
        state.say("buffer", f["l1"])
    said = f"clash {f['end']} {f['l1']}" if f["l1"] else f"overflow {f['end']} {f['max']}"
    state.say("program", f["end"])
    state.expect(lambda line: line == said, f"the failure comes again as {said}")
    return state


def of_programs(f, remedies):
    applied, wrong = [], []
    for remedy in remedies:
        state, end = core(f), f["end"]
        if remedy["kind"] == "smaller_circular_buffers" and remedy["bytes"]:
            end -= remedy["bytes"]
        elif remedy["kind"] == "move_l1_buffers":
            assert f["l1"] < remedy["address"], remedy  # that buffer is one of those that are meant
            state.say("drop")
        else:
            assert remedy["kind"] in UNQUANTIFIED | {"smaller_circular_buffers"}, remedy
            continue
        state.say("program", end)
        state.expect(lambda line: line == "ok", remedy["kind"])
        applied.append(remedy["kind"])
        wrong += state.objections()
    return applied, wrong


def in_region(size, need):
    state = State()
    state.say("bank", size)
    state.say("take", need)
    return state


def of_regions(f, remedies):
    """A trace region, on machines of 12 and of 8 banks; the kernel config buffer."""
    applied, wrong = [], []
    for remedy in remedies:
        if remedy["bytes"] is None:
            continue
        if remedy["kind"] == "larger_trace_region":
            cases = [(f["region"] // banks, remedy["bytes"] // banks, -(-f["trace"] // banks), -(-f["trace"] // banks)) for banks in (12, 8)]
        else:
            assert remedy["kind"] == "smaller_kernels", remedy
            cases = [(f["config"], f["config"], f["program_size"], f["program_size"] - remedy["bytes"])]
        applied.append(remedy["kind"])
        for before, after, need, then in cases:
            state = in_region(before, need)
            state.expect(lambda line: line.startswith("full "), "the failure comes again")
            wrong += state.objections()
            state = in_region(after, then)
            state.expect(fits, remedy["kind"])
            wrong += state.objections()
    return applied, wrong


def messages():
    for line in (DATA / "messages/allocation_failures.jsonl").read_text().splitlines():
        yield json.loads(line)["text"]
    for path in sorted((DATA / "cases").glob("*.txt")):
        yield path.read_bytes()


def complete_failures():
    """Every message once."""
    seen = {}
    for text in messages():
        for failure in ask.explained(text)["failures"]:
            if failure["complete"]:
                seen.setdefault(failure["message"], failure)
    return seen


def test_the_remedies_of_every_complete_message_make_it_fit():
    counts, without = {}, 0
    for message, failure in complete_failures().items():
        f = recompute.fields(message)
        remedies = failure["explanation"]["remedies"]
        if failure["kind"] == "out_of_memory":
            applied, wrong = of_banks(f, remedies)
        elif failure["kind"] in ("cb_clash", "cb_overflow"):
            applied, wrong = of_programs(f, remedies)
        elif failure["kind"] in ("trace_region", "kernel_config"):
            applied, wrong = of_regions(f, remedies)
        else:
            assert failure["kind"] == "unsafe_under_trace", failure  # a warning: nothing has failed yet
            continue
        assert not wrong, (message, wrong)
        if not applied:  # then it says what is missing, or that nothing is known to do
            without += 1
            assert any(remedy["kind"] in UNQUANTIFIED for remedy in remedies) or f["bank"] is None, (message, remedies)
        for kind in applied:
            counts[kind] = counts.get(kind, 0) + 1
    print(counts, "without a figure:", without)
    assert sum(counts.values()) > 100 and len(counts) >= 12, counts


if not (DATA / "messages").is_dir():
    print("skipped: there is no", DATA / "messages")
    sys.exit(77)
ask.run(globals())
