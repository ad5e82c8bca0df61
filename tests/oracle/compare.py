"""Every JSON document of the command against the model."""
import collections
import os

from scenario import check, check_equal

from model import MISTAKES, POOLS, union

KINDS = {1: "chip", 2: "mesh", 3: "mesh part"}


def chip_name(chip):
    return f"{chip:#x}"


def place_name(place):
    """A place as `place` of an item names it."""
    if place.kind == 3:
        return f"part {place.number} of a mesh"
    return f"{KINDS[place.kind]} {place.number}"


class Comparison:
    """One process at one moment: `world` is what it did, `threads` the ids of its threads, `lives` whether it does."""

    def __init__(self, world, pid, threads, lives, what):
        self.world, self.pid, self.threads, self.lives, self.what = world, pid, threads, lives, what
        self.differences = []

    def equal(self, actual, expected, what):
        try:
            check_equal(actual, expected, f"{what}:")
        except AssertionError as error:
            self.differences.append(str(error))

    def holds(self, condition, *said):
        if not condition:
            self.differences.append(" ".join(map(str, said)))

    def end(self):
        """Fails with the first differences of all comparisons."""
        check(not self.differences, self.what, f"{len(self.differences)} differences\n", "\n".join(self.differences[:int(os.environ.get("ORACLE_SHOW", "12"))]))

    def mine(self, items):
        return [item for item in items if item["pid"] == self.pid]

    def complete(self, document):
        """Which of several allocations a free by address meant is not known; all else is."""
        shown = self.lives or document["schema"] not in ("ttmem.buffers/1", "ttmem.programs/1")  # these show the living
        self.equal(document["coverage"]["complete"], not shown or self.world.mistakes["ambiguous_frees"] == 0,
                   f"{document['schema']} {document['coverage']['notes']} complete")
        for name in ("events_lost", "untracked_allocations", "untracked_bytes"):
            self.equal(document["coverage"][name], 0, name)

    # ---- chips

    def chips(self, actual, what):
        self.equal(sorted(chip["chip_id"] for chip in actual),
                   sorted(chip_name(chip) for chip in self.world.known_chips()), f"{what} chips")
        for chip in actual:
            self.chip(chip, f"{what} chip {chip['chip_id']}")

    def chip(self, actual, what):
        chip = int(actual["chip_id"], 16)
        known = self.world.chips[chip]
        self.equal([actual["logical_id"], actual["arch"]], [known["logical_id"], known["arch"]], what)
        self.equal(sorted(actual["pools"]), sorted(POOLS), f"{what} pools")
        for pool, use in actual["pools"].items():
            self.pool(use, chip, pool, f"{what} {pool}")
        reserved, resident, greatest = self.world.cb_figures(chip)
        self.equal({name: actual["cb"][name] for name in ("reserved_bytes", "resident_bytes")},
                   {"reserved_bytes": reserved, "resident_bytes": resident}, f"{what} cb")
        largest = [value for name, value in actual["cb"].items() if "core" in name]
        self.equal(largest, [greatest], f"{what} cb of one core")

    def pool(self, actual, chip, pool, what):
        live = [a for a in self.world.live() if chip in a.place.chips and a.pool == pool]
        expected = {"requested_bytes": sum(a.requested for a in live), "reserved_bytes": sum(a.reserved for a in live),
                    "allocations": len(live), "capacity_bytes": self.world.chips[chip]["capacity"][pool]}
        self.equal({name: actual[name] for name in expected}, expected, what)
        peaks = self.world.peaks.get((chip, pool), [0, 0])
        for name, peak in zip(("peak_requested_bytes", "peak_reserved_bytes"), peaks):
            self.holds(actual[name] <= peak <= actual[name + "_max"], what, name, actual, "true:", peak)
            if actual["peak_exact"]:
                self.equal(actual[name], peak, f"{what} {name}, exact")
        if len(self.world.covered_by.get((chip, pool), ())) <= 1:
            self.holds(actual["peak_exact"], what, "one place has allocations, so the peak is exact:", actual)

    # ---- lists

    def item(self, allocation):
        return {"place": place_name(allocation.place), "chips": sorted(map(chip_name, allocation.place.chips)),
                "pool": allocation.pool, "address": allocation.address, "requested_bytes": allocation.requested,
                "reserved_bytes": allocation.reserved, "class": allocation.kind, "op": allocation.op,
                "tag": allocation.tag, "program": self.program_name(allocation.holder),
                "holder_ended": bool(allocation.holder) and not allocation.holder.lives,
                "thread": self.threads[allocation.thread], "persistent": allocation.persistent,
                "unique_id": f"{allocation.unique_id:#x}" if allocation.unique_id else None}

    def program_name(self, holder):
        """None once it is destroyed: what its slot tells is gone when the slot is used again."""
        return holder.name if holder in self.world.programs and holder.lives else None

    def same_items(self, actual, expected, what, more=()):
        """Lists of items in any order, told apart by all of their fields."""
        names = [*self.item(self.world.allocations[0]), *more] if expected else []
        found = sorted(str({**{name: item[name] for name in names}, **({"chips": sorted(item["chips"])} if names else {})})
                       for item in actual)
        wanted = sorted(str(item) for item in expected)
        if found != wanted:
            only_found, only_wanted = list(found), list(wanted)
            for item in wanted:
                if item in only_found:
                    only_found.remove(item)
            for item in found:
                if item in only_wanted:
                    only_wanted.remove(item)
            self.holds(False, what, f"has {len(found)}, should have {len(wanted)};\n  only shown:",
                  *only_found[:3], "\n  not shown:", *only_wanted[:3])

    def with_verdict(self, allocation):
        verdict = self.world.verdict(allocation)
        if not self.lives and verdict in (None, "cached"):
            verdict = "held_at_exit"
        return {**self.item(allocation), "verdict": verdict}

    def status(self, document):
        self.complete(document)
        self.chips(document["chips"], "status")
        self.process(self.mine(document["processes"]))

    def process(self, found):
        self.equal(len(found), 1, "processes of this pid")
        if not found:
            return {"chips": []}
        process = found[0]
        self.equal({name: process["mistakes"][name] for name in MISTAKES}, self.world.mistakes, "mistakes")
        self.equal(process["failed_allocations"], len(self.world.failures), "failed_allocations")
        self.equal(process["state"], "live" if self.lives else "exited", "state")
        return process

    def ps(self, document):
        self.complete(document)
        self.chips(self.process(self.mine(document["items"]))["chips"], "ps")

    def buffers(self, document):
        self.complete(document)
        live = self.world.live() if self.lives else []
        self.same_items(self.mine(document["items"]), [self.with_verdict(a) for a in live], "buffers", ["verdict"])
        chips = lambda name: sum(getattr(a, name) * len(a.place.chips) for a in live)  # noqa: E731
        total = document["total"]
        self.equal([total["allocations"], *[value for name, value in sorted(total.items()) if "bytes" in name]],
                   [len(live), *[chips(name) for name in ("requested", "reserved")]], "total of buffers")

    def leaks_of(self, items, what):
        allocations = [item for item in items if item["class"] != "cb_plan"]
        expected = [{**self.item(a), "verdict": "leaked"} for a in self.world.leaked()]
        if not self.lives:
            expected += [self.with_verdict(a) for a in self.world.live() if not a.is_called_leak]
        self.same_items(allocations, expected, what, ["verdict"])
        behind = sorted((item["program"], item["place"]) for item in items if item["class"] == "cb_plan")
        self.equal(behind, sorted((program.name, place_name(place)) for program, place, _ in self.world.left_behind),
                   f"{what}: plans left behind")

    def judge(self, items, judgement):
        """What outlived its iteration is a leak, unless what replaced it says otherwise, or nothing can say: then it is counted as
        kept or as not judged. No more than that many are excused; which those should be tests/scenarios and src/analysis/leaks say.
        What was excused while its process lived, and is told as held at its exit, is in neither: the exit counts it."""
        before = [allocation for allocation in self.world.allocations if allocation.is_excused]
        for allocation in self.world.allocations:
            allocation.is_excused = False
        leaked = self.world.leaked()
        names = list(self.item(leaked[0])) if leaked else []
        shown = collections.Counter(str({**{name: item[name] for name in names}, "chips": sorted(item["chips"])}) for item in items if item["verdict"] == "leaked" and item["class"] != "cb_plan" and names)
        missing = []
        for allocation in leaked:
            item = str(self.item(allocation))
            missing += [allocation] * (shown[item] == 0)
            shown[item] -= 1
        counted = judgement["kept"] + judgement["not_judged"]
        if not self.lives:
            counted += sum(allocation in before and allocation.state == "live" for allocation in missing)
        self.holds(len(missing) <= counted, "leaks: not shown", len(missing), "and kept or not judged", counted, "\n  as", *map(self.item, missing[:2]))
        if len(missing) <= counted:
            for allocation in missing:
                allocation.is_excused = True

    def leaks(self, document):
        self.complete(document)
        self.leaks_of(self.mine(document["items"]), "leaks")
        self.verdicts(document["verdicts"], "leaks")

    def verdicts(self, actual, what):
        live = self.world.live()
        over_chips = lambda of: sum(a.requested * len(a.place.chips) for a in of)  # noqa: E731
        cached = [a for a in live if self.world.verdict(a) == "cached"]
        held = [a for a in live if not a.is_called_leak]
        expected = {"leaked": over_chips(self.world.leaked()), "released_by_close": self.world.released_by_close + over_chips(a for a in self.world.allocations if a.is_leak and a.is_excused and a.state == "closed"),
                    "cached": over_chips(cached) if self.lives else 0, "unknown": 0,
                    "held_at_exit": 0 if self.lives else over_chips(held)}
        self.equal({name.removesuffix("_bytes").removesuffix("_all_chips").removesuffix("_bytes"): value
                    for name, value in actual.items() if "bytes" in name and "bound" not in name}, expected,
                   f"verdicts of {what}")

    def programs(self, document):
        self.complete(document)
        if not self.lives:
            return
        expected = {}
        for program in self.world.programs:
            if program.lives:
                expected[f"{program.unique_id:#x}"] = self.program(program)
        found = {item["unique_id"]: self.shown_program(item) for item in self.mine(document["items"])
                 if item["state"] == "live"}
        self.equal(found, expected, "programs")
        behind = sorted((item["name"], place["place"]) for item in self.mine(document["items"])
                        if item["state"] == "destroyed" for place in item["places"]
                        if place["state"] != "released_by_close")
        open_behind = [(program.name, place_name(place)) for program, place, _ in self.world.left_behind]
        self.holds(set(behind) <= set(open_behind), "programs that ended with plans:", behind, open_behind)
        traces = [trace for trace in self.world.traces if trace.lives]
        self.equal(len(self.mine(document["traces"])), len(traces), "traces")

    def program(self, program):
        return {"name": program.name, "op": program.op, "tag": program.tag, "thread": self.threads[program.thread],
                "places": {place_name(place): self.plan(program, place, plan)
                           for place, plan in program.plans.items()}}

    def plan(self, program, place, plan):
        reserved = {core: union(ranges) for core, ranges in plan.cores().items()}
        resident = sum(reserved[core] for core in reserved
                       if self.world.dispatched.get((place.chips[0], core)) == (program, place, plan))
        buffers = [{"index": index, "aliased": aliased, "address": None if aliased else address,
                    "bytes_per_core": size, "core_ranges": [list(r) for r in ranges]}
                   for index, aliased, address, size, ranges in plan.buffers]
        return {"chips": sorted(map(chip_name, place.chips)), "reserved": sum(reserved.values()),
                "largest": max(reserved.values(), default=0), "buffers": sorted(buffers, key=str),
                **({"resident": resident} if len(place.chips) == 1 else {})}

    def shown_program(self, item):
        places = [place for place in item["places"] if place["state"] != "released_by_close"]
        return {"name": item["name"], "op": item["op"], "tag": item["tag"], "thread": item["thread"],
                "places": {place["place"]: self.shown_plan(place) for place in places}}

    @staticmethod
    def figure(place, start):
        return next(value for name, value in place.items() if name.startswith(start) and "bytes" in name)

    def shown_plan(self, place):
        buffers = [{"index": cb["index"], "aliased": cb["aliased"], "address": cb["address"],
                    "bytes_per_core": cb["bytes_per_core"],
                    "core_ranges": [[r[side] for side in ("x0", "y0", "x1", "y1")] for r in cb["core_ranges"]]}
                   for cb in place["circular_buffers"]]
        largest = next(value for name, value in place.items() if "core" in name and "bytes" in name)
        return {"chips": sorted(place["chips"]), "reserved": self.figure(place, "reserved"), "largest": largest,
                "buffers": sorted(buffers, key=str),
                **({"resident": self.figure(place, "resident")} if len(place["chips"]) == 1 else {})}

    def explain(self, document, address):
        """Matches that live: the allocations whose range in each bank covers the address."""
        live = self.world.live() if self.lives else []
        covering = [a for a in live if a.address <= address < a.address + max(a.per_bank, 1)]
        covering = [a for a in covering if a.per_bank or a.address == address]
        shown = [match for match in self.mine(document["matches"]) if match["state"] == "live"]
        self.same_items(shown, [self.with_verdict(a) for a in covering], f"explain {address}", ["verdict"])

    def failures(self, document):
        self.complete(document)
        names = ("kind", "place", "op", "thread")
        memory = ("pool", "requested_bytes")  # of circular buffers other figures are told
        shown = [{name: f[name] for name in names + memory * (f["kind"] == "out_of_memory")}
                 for f in self.mine(document["failures"])]
        expected = [{name: f[name] for name in names + memory * (f["kind"] == "out_of_memory")}
                    for f in ({**failure, "place": place_name(failure["place"]),
                               "thread": self.threads[failure["thread"]]} for failure in self.world.failures)]
        self.equal(sorted(map(str, shown)), sorted(map(str, expected)), "failures")

    def report(self, document, code):
        """Of `ttmem run`."""
        self.complete(document)
        self.equal(document["exit_code"], code, "exit code")
        self.chips(document["chips"], "report")
        self.judge(self.mine(document["leaks"]), document["judgement"])
        self.leaks_of(self.mine(document["leaks"]), "report")
        self.verdicts(document["verdicts"], "report")
