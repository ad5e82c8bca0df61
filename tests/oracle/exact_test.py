"""No figure is called exact that is not, and no bound is crossed: random programs that share a chip between places and threads, fill
their ledgers, or take more than 2^64 bytes, looked at and recorded while they run, with history and without.

EXACT_SEED=N plays the program of one seed alone. TTMEM_TEST_SEEDS=FIRST-LAST asks for these seeds.
"""
import os
import random
import time

from model import POOLS, World
from scenario import BIN, check, check_equal, document_of, scene, seeds

ARCH = ["wormhole_b0", 12, 1 << 30, 64, 1_397_984, 4, 1 << 30, 64, 32_768, 12, 1 << 24, 8, 8, 1_499_136, 101_152]
LARGEST = [(1 << 44) - 1, (1 << 40) - 1, 4095]  # requested bytes, bytes per bank, banks of one allocation
SLOTS = 1024  # the fewest that a ledger has


class Program:
    """Lines for oracle-player, with ["sync"] among them and at the end."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.threads, self.thread = self.random.randint(1, 3), 0
        self.kind = self.random.choice(["plain", "plain", "full", "sums"])
        self.in_turn = self.random.random() < 0.3
        self.chips = [0xE000 + 7 * i for i in range(self.random.randint(1, 2))]
        self.lines, self.live, self.places, self.handle, self.address = [], [], {}, 0, 32
        for logical, chip in enumerate(self.chips):
            self.say("chip", chip, logical, *ARCH)
        for index in range(self.random.randint(1, 3)):
            self.places[index] = self.chips if index == 0 else self.random.choice([self.chips, self.chips[:1], self.chips[-1:]])
            self.say("place", index, 2, index, "-", len(self.places[index]), *self.places[index])
        steps = self.random.randint(10, 60)
        stops = {self.random.randint(1, steps) for _ in range(2)} | {steps}
        for step in range(1, steps + 1):
            self.step()
            if step in stops:
                self.lines.append(["sync"])

    def say(self, *words):
        self.lines.append([self.thread, *words])

    def step(self):
        if self.random.random() < (0.05 if self.in_turn else 0.4):
            self.thread = self.random.randrange(self.threads)
        what = self.random.random()
        if what < 0.5:
            self.alloc(self.random.choice([1, 1, 1, 3]))
        elif what < 0.85:
            self.free(self.random.choice([1, 1, 2, len(self.live)]))
        elif what < 0.9:
            place = self.random.choice(list(self.places))
            self.say("close", place)
            self.live = [(handle, of) for handle, of in self.live if of != place]
        elif self.kind != "plain":  # what fills a ledger, or the numbers
            self.alloc(self.random.choice([SLOTS // 2, SLOTS, 2 * SLOTS] if self.kind == "full" else [1, 1500, 2100, 4200]), self.kind == "sums")

    def alloc(self, count, largest=False):
        place, pool = self.random.choice(list(self.places)), self.random.choice([0, 0, 1])
        units = self.random.randint(1, 60) if count < 10 else 1
        figures = LARGEST if largest else [units * 3000, units * 256, ARCH[1 + 2 * pool]]
        for _ in range(count):
            self.handle, self.address = self.handle + 1, self.address + 32 * 256 * 60
            self.say("alloc", self.handle, place, pool, 1, 0, self.address, *figures, 1, 0, 0, "-")
            self.live.append((self.handle, place))

    def free(self, count):
        for _ in range(min(count, len(self.live))):
            handle, _ = self.live.pop(self.random.randrange(len(self.live)))
            self.say("free", handle)


class Truth:
    """Holds documents against what is true. `lives`: of what is in use now."""

    def __init__(self, world, lives, what):
        self.world, self.lives, self.what = world, lives, what

    def peak(self, chips, pool, index=1):
        return max(self.world.peaks.get((chip, pool), [0, 0])[index] for chip in chips)

    def between(self, true, low, high, capacity, exact, *what):
        """More than there is does nobody have who has an allocator: a bound that is the capacity is one."""
        most = min(true, capacity) if capacity is not None and high == capacity and low != high else true
        check(low <= true and (high is None or most <= high), self.what, *what, f"is {low} to {high}, should have {true} in it")
        check(not (exact or low == high and true != low) or low == high == true, self.what, *what, f"is called exact: {low}, is {true}")

    def pools(self, document, part):
        complete = document["coverage"]["complete"]
        for shown in document[part]:
            chips = [int(chip, 16) for chip in shown["chips"]]
            what = (document["schema"], shown["chips"], shown["pool"])
            if "peak_reserved_bytes" in shown:
                for chip in chips:
                    low = max(shown["peak_reserved_bytes"], shown.get("earlier_peak_reserved_bytes") or 0)
                    self.between(self.peak([chip], shown["pool"]), low, shown["peak_reserved_bytes_max"], shown["capacity_bytes"], shown.get("peak_exact", False), *what)
            elif complete:
                check_equal(shown["reserved_bytes"], self.peak(chips, shown["pool"]), f"{self.what} {what}")
            if shown.get("headroom_bytes") is not None:
                room = max(0, shown["capacity_bytes"] - self.peak(chips, shown["pool"]))
                check(shown["headroom_bytes"] <= room <= shown["headroom_bytes_max"], self.what, *what, shown["headroom_bytes"], shown["headroom_bytes_max"], "true:", room)
        if complete and part == "pools":
            used = {(chip, pool) for (chip, pool), peak in self.world.peaks.items() if peak[1]}
            found = {(int(chip, 16), shown["pool"]) for shown in document["pools"] for chip in shown["chips"]}
            check(used <= found, self.what, document["schema"], "lacks", used - found)

    def chips(self, chips, *what):
        for chip in chips:
            for pool, use in chip["pools"].items():
                key, about = int(chip["chip_id"], 16), (*what, chip["chip_id"], pool)
                for index, name in enumerate(("requested", "reserved")):
                    self.between(self.peak([key], pool, index), use[f"peak_{name}_bytes"], use[f"peak_{name}_bytes_max"], use["capacity_bytes"], use["peak_exact"], *about, name)
                    now = self.world.totals.get((key, pool), [0, 0])[index]
                    if self.lives:
                        check(use[f"{name}_bytes"] <= now and (use["is_bound"] or use[f"{name}_bytes"] == now), self.what, *about, f"has {name}", use, "true:", now)

    def diff(self, document):
        for pool in document["pools"]:
            for run in pool["runs"]:
                self.between(self.peak(self.world.chips, pool["pool"]), run["peak_reserved_bytes"], run["peak_reserved_bytes_max"], self.capacity(pool["pool"]), False, "diff", pool["pool"])
            low, high = pool["peak_growth_bytes_min"], pool["peak_growth_bytes_max"]
            check((low is None or low <= 0) and (high is None or high >= 0), self.what, "diff", pool["pool"], "grew", low, high)

    def capacity(self, pool):
        return next(iter(self.world.chips.values()))["capacity"][pool]

    def limits(self, document, limit):
        for of in document["checks"]:
            peak = self.peak(self.world.chips, "dram")
            self.between(peak, of["found"], of["found_max"], self.capacity("dram"), False, "check")
            wrong = {"passed": peak > limit, "failed": peak <= limit, "inconclusive": False}
            check(not wrong[of["outcome"]], self.what, f"check dram={limit}", of, "true:", peak)

    def stats(self, document):
        """Sums of all that was ever allocated."""
        every = self.world.allocations
        for name in ("requested", "reserved"):
            true = sum(getattr(a, name) * len(a.place.chips) for a in every)
            found = document["all"][f"{name}_bytes_all_chips"]
            check(found <= true and (not document["coverage"]["complete"] or found == true), self.what, "stats", found, "true:", true)

    def recorded(self, ask, twice):
        for command, part in (("peak", "peaks"), ("timeline", "pools"), ("headroom", "pools"), ("tree", "pools")):
            self.pools(ask(command), part)
        self.stats(ask("stats"))
        limit = self.peak(self.world.chips, "dram")
        for limit in (limit, max(0, limit - 1)):
            if limit < 1 << 53:  # a limit may have a fraction
                self.limits(ask("check", "--limit", f"dram={limit}"), limit)
        if twice:
            self.diff(twice())


def look(s, world, pid, what):
    truth = Truth(world, True, what)
    truth.chips(s.json("status", "--pid", pid)["chips"], "status")
    truth.chips([chip for process in s.json("ps", "--pid", pid)["items"] for chip in process["chips"]], "ps")
    truth.recorded(lambda *words: s.json(*words, "--pid", pid, code=None), None)


def play(seed, level, under_run):
    made = Program(seed)
    what = f"seed {seed}, level {level}, {'under run, ' if under_run else ''}{made.kind}, {made.threads} threads, {len(made.places)} places{', in turn' if made.in_turn else ''}:"
    with scene() as s:
        file, report, capture = s.files / "program.txt", s.files / "report.json", s.files / "run.ttmem"
        file.write_text("\n".join(" ".join(map(str, line)) for line in made.lines) + "\n")
        command = [BIN / "oracle-player", file, *(["in-turn"] if made.in_turn else [])]
        if under_run:
            command = [BIN / "ttmem", "run", "--report", report, "-o", capture, "--", *command]
        slots = {"TTMEM_LEDGER_SLOTS": str(SLOTS)} if made.kind == "full" else {}
        process = s.start(*command, env={"TTMEM_LEVEL": level, "TTMEM_HISTORY_BYTES": str(8 << 20), **slots})
        pid, world, syncs = int(process.stdout.readline().split()[1]), World(made.threads), 0
        for line in made.lines:
            if line != ["sync"]:
                world.thread = line[0]
                getattr(world, line[1])(*line[2:])
                continue
            check_equal(process.stdout.readline().strip(), "sync", what)
            syncs += 1
            time.sleep(made.random.choice([0, 0, 0.1, 0.3, 1.2]))  # whoever records looks, or does not
            if made.random.random() < 0.7:
                look(s, world, pid, f"{what} sync {syncs}")
            process.stdin.write("\n")
            process.stdin.flush()
        process.stdin.close()
        check_equal(process.wait(), 0, process.stderr.read())
        after = Truth(world, False, f"{what} after its end")
        after.chips([chip for of in s.json("ps", "--dead")["items"] for chip in of["chips"]], "ps --dead")
        if under_run:
            after.chips(document_of(report.read_text())["chips"], "report")
            after.recorded(lambda *words: s.json(*words, capture, code=None), lambda: s.json("diff", capture, capture, code=None))


def play_some(first, level, under_run):
    for seed in [int(os.environ["EXACT_SEED"])] if "EXACT_SEED" in os.environ else [first + seed for seed in seeds(6, 100)]:
        play(seed, level, under_run)


def test_figures_without_history_are_exact_or_bounds():
    play_some(1000, "counts", False)


def test_figures_with_history_are_exact_or_bounds():
    play_some(2000, "events", False)


def test_figures_under_run_without_history_are_exact_or_bounds():
    play_some(3000, "counts", True)


def test_figures_under_run_with_history_are_exact_or_bounds():
    play_some(4000, "events", True)
