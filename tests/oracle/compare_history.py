"""Every JSON document about a recording against the model."""
import collections

from compare import Comparison, chip_name
from model import POOLS, union

SUMS = ("allocations", "requested_bytes", "reserved_bytes")


def sums(allocations):
    return [len(allocations), sum(a.requested for a in allocations), sum(a.reserved for a in allocations)]


def over_chips(allocations):
    return [len(allocations), *(sum(getattr(a, name) * len(a.place.chips) for a in allocations) for name in ("requested", "reserved"))]


def figures(shown, suffix=""):
    return [shown[name + (suffix if "bytes" in name else "")] for name in SUMS]


def grouped(allocations, *names):
    groups = collections.defaultdict(list)
    for allocation in allocations:
        groups[tuple(getattr(allocation, name) for name in names)].append(allocation)
    return groups


class HistoryComparison(Comparison):
    """`ask(words...)` is the document of a command about the recording, and (code, document) with code=True."""

    def __init__(self, ask, *of_comparison):
        super().__init__(*of_comparison)
        self.ask = ask

    def all(self):
        for compare in (self.peak, self.tree, self.timeline, self.stats, self.growth, self.headroom, self.map, self.check, self.buffers_then):
            compare()

    def bounds(self):
        """Of threads that take turns within a tick of the clock nothing tells the order: no figure is called exact that is not."""
        for command, part in (("peak", "peaks"), ("timeline", "pools"), ("headroom", "pools")):
            found = {}
            for shown in self.ask(command)[part]:
                found.update({(int(chip, 16), shown["pool"]): shown for chip in shown["chips"]})
            for key in self.keys(found, self.world.moments, command, ("system",) if command == "headroom" else ()):
                self.between(self.world.moments[key].reserved, found[key]["peak_reserved_bytes"], found[key]["peak_reserved_bytes_max"], f"{command} of {key}", key[1])
        for pool in POOLS:
            true = max((moment.reserved for (_, of), moment in self.world.moments.items() if of == pool), default=0)
            for of in self.ask("check", "--limit", f"{pool}={true}")["checks"]:
                self.between(true, of["found"], of["found_max"], f"check {pool}", pool)
                self.holds(of["outcome"] != "failed", f"check {pool}={true} failed")

    def between(self, true, low, high, what, pool):
        """Where it is not known, it is no more than there is: these programs take more than the capacity all the same."""
        room = next(iter(self.world.chips.values()))["capacity"][pool]
        most = true if low == high else min(true, room)
        self.holds(low <= true and (high is None or most <= high), f"{what}: is {low} to {high}, should have {true} in it")

    def whole(self, document):
        """It lacks nothing, but which of several allocations a free by address meant."""
        self.equal(document["coverage"]["complete"], self.world.mistakes["ambiguous_frees"] == 0, f"{document['schema']} {document['coverage']['notes']} complete")

    def by_chip(self, document, part="pools"):
        """{(chip, pool): what is shown of it}."""
        self.whole(document)
        found = {}
        for shown in document[part]:
            for chip in shown["chips"]:
                key = (int(chip, 16), shown["pool"])
                self.holds(key not in found, document["schema"], key, "is shown twice")
                found[key] = shown
        return found

    def keys(self, found, moments, what, without=()):
        """Pools that were used; one in which only blocks of no bytes lay may be shown or not."""
        used = {key for key, moment in moments.items() if moment.reserved}
        self.holds(used - {key for key in used if key[1] in without} <= set(found), what, "has", sorted(found), "should have", sorted(used))
        for key in set(found) - used:
            self.equal(found[key].get("peak_reserved_bytes", found[key].get("reserved_bytes")), 0, f"{what} of {key}, which was not used")
        return [key for key in sorted(found) if key in used]

    def size(self, shown, chip, pool, what):
        true = self.world.moments[chip, pool].reserved
        capacity = self.world.chips[chip]["capacity"][pool]
        self.equal([shown["peak_reserved_bytes"], shown["peak_reserved_bytes_max"], shown["capacity_bytes"]], [true, true, capacity], what)

    # ---- the largest use

    def peak(self):
        document = self.ask("peak", "--by", "owner", "--limit", 0)
        self.equal(document["iterations_ended"], self.world.iterations_ended, "iterations that ended")
        found = self.by_chip(document, "peaks")
        for chip, pool in self.keys(found, self.world.moments, "peak"):
            shown, what = found[chip, pool], f"peak of {chip:#x} {pool}"
            self.size(shown, chip, pool, what)
            self.equal([shown["peak_exact"], shown["is_bound"], shown["earlier_peak_reserved_bytes"]], [True, False, None], what)
            self.moment(shown["moment"], self.world.moments[chip, pool], what)
            steady = self.world.steady.get((chip, pool))
            if not self.world.iterations_ended or steady is None or steady.made_by is self.world.moments[chip, pool].made_by:
                self.equal(shown["steady"], None, f"steady {what}")
            elif self.is_shown(shown["steady"], f"steady {what}"):
                self.moment(shown["steady"], steady, f"steady {what}")

    def is_shown(self, value, what):
        self.holds(value is not None, what, "is missing")
        return value is not None

    def moment(self, shown, true, what):
        self.equal(figures(shown), sums(true.live), what)
        made_by = true.made_by
        self.equal([shown["op"], shown["tag"]], [made_by.op, made_by.tag] if made_by else [None, None], f"{what}, made by")
        for of in (shown["parts"].values(), shown["shares"]):
            added = [sum(column) for column in zip(*map(figures, of))] or [0, 0, 0]
            self.equal(added, figures(shown), f"{what}, added up")
        owners = collections.Counter()
        for share in shown["shares"]:
            owners[str((share["op"], share["tag"], share["class"], self.thread_number(share["thread"])))] += share["reserved_bytes"]
        expected = {str(owner): sums(of)[2] for owner, of in grouped(true.live, "op", "tag", "kind", "thread").items()}
        self.equal(dict(owners), expected, f"{what}, by owner")
        leaked = sums([a for a in true.live if a.is_called_leak and a.state in ("live", "closed")])
        self.holds(figures(shown["parts"]["leaked"]) >= leaked, what, "leaked", shown["parts"]["leaked"], "should have at least", leaked)

    def thread_number(self, tid):
        return self.threads.index(tid)

    def tree(self):
        at_end = lambda key: self.world.on(*key) if self.lives else []  # noqa: E731
        for words, then in (((), lambda key: self.world.moments[key].live), (("--end",), at_end)):
            document = self.ask("tree", "--by", "op,tag,class,thread", "--limit", 0, *words)
            found = self.by_chip(document)
            for key in self.keys(found, self.world.moments, f"tree {words}") if not words else found:
                what = f"tree {' '.join(words)} of {key[0]:#x} {key[1]}"
                self.node(found[key], then(key), ("op", "tag", "kind", "thread"), what)
            if words:
                used = {(chip, pool) for chip in self.world.chips for pool in POOLS if any(a.reserved for a in at_end((chip, pool)))}
                self.holds(used <= set(found), "tree --end lacks", sorted(used - set(found)))

    def node(self, shown, true, levels, what):
        self.equal(figures(shown), sums(true), what)
        if not levels:
            return
        groups = {key[0]: of for key, of in grouped(true, levels[0]).items()}
        names = [self.thread_number(child["name"]) if levels[0] == "thread" else child["name"] for child in shown["children"]]
        self.equal(sorted(map(str, names)), sorted(map(str, groups)), f"{what}, {levels[0]}")
        for name, child in zip(names, shown["children"]):
            self.node(child, groups.get(name, []), levels[1:], f"{what}, {levels[0]} {name}")

    def timeline(self):
        document = self.ask("timeline")
        found = self.by_chip(document)
        for chip, pool in self.keys(found, self.world.moments, "timeline"):
            shown, what = found[chip, pool], f"timeline of {chip:#x} {pool}"
            self.size(shown, chip, pool, what)
            peak = self.world.moments[chip, pool]
            self.equal([max(shown["reserved_bytes"]), shown["reserved_bytes"][shown["peak_slot"]]], [peak.reserved] * 2, what)
            self.equal(shown["reserved_bytes"], [sum(of) for of in zip(*shown["bands"].values())], f"{what}, bands")
            self.equal(len(shown["reserved_bytes"]), document["slots"], f"{what}, slots")

    # ---- all that was allocated

    def stats(self):
        document = self.ask("stats", "--limit", 0)
        self.whole(document)
        self.lifes(document["all"], self.world.allocations, "stats, all")
        for field, names, shown in (("pools", ("pool",), document["pools"]), ("owners", ("op", "tag", "class", "pool"), document["owners"])):
            expected = grouped(self.world.allocations, *("kind" if name == "class" else name for name in names))
            found = {tuple(row[name] for name in names): row for row in shown}
            self.equal(sorted(map(str, found)), sorted(map(str, expected)), f"stats, {field}")
            for key in found:
                self.lifes(found[key], expected.get(key, []), f"stats of {key}")
        for pool in document["pools"]:
            of = [a for a in self.world.allocations if a.pool == pool["pool"]]
            for bucket in pool["sizes"]:
                inside = [a for a in of if bucket["from_bytes"] <= a.requested <= bucket["to_bytes"]]
                self.equal(bucket["allocations"], len(inside), f"stats, {pool['pool']} {bucket}")
            self.equal(sum(bucket["allocations"] for bucket in pool["sizes"]), len(of), f"stats, sizes in {pool['pool']}")
            ended = sum(bucket["allocations"] for bucket in pool["lifetimes"])
            self.equal(ended, pool["freed"] + pool["released"], f"stats, lifetimes in {pool['pool']}")

    def lifes(self, shown, true, what):
        self.equal(figures(shown, "_all_chips"), over_chips(true), what)
        lives = self.world.lives(self.lives)
        became = {name: len([a for a in lives[name] if a in true]) for name in ("freed", "released", "live")}
        self.equal({name: shown[name] for name in became}, became, what)
        self.equal([shown["lost"], shown["temporary"]], [0, sum(a.is_temporary for a in true)], f"{what}: lost, temporary")

    def growth(self):
        document = self.ask("growth", "--suppressions", "none")
        self.whole(document)
        expected = [[self.world.iterations_ended, self.world.outermost_ended]] if self.world.iterations_ended else []
        self.equal([[process["iterations_ended"], process["outermost_iterations"]] for process in document["processes"]], expected, "growth")
        for process in document["processes"]:
            for end, at in (("first", process["warm_up"]), ("last", self.world.outermost_ended)):
                if at:
                    self.equal([process[f"{of}_{end}"] for of in ("programs", "traces")], self.world.at_ends[at - 1][:2], f"growth, {end}")
            for owner in document["owners"]:
                key = [owner[name] for name in ("op", "tag", "class", "pool")]
                every = [a for a in self.world.allocations if [a.op, a.tag, a.kind, a.pool] == key]
                # What a program or trace caches, or somebody marks, counts only once that is over: whose growth that is rules say.
                plain = all(a.holder is None and not a.persistent and a.kind not in ("program", "trace") for a in every)
                if not plain or owner["several"] or owner["outlived"] is not None or owner["until_freed"] is not None:
                    continue
                for end, at in (("first", process["warm_up"]), ("last", self.world.outermost_ended)):
                    of = [a for a in self.world.at_ends[at - 1][2] if a in every] if at else []
                    self.equal(figures(owner[end], "_all_chips"), over_chips(of), f"growth of {owner['op']}, {end}")

    # ---- moments and limits

    def headroom(self):
        document = self.ask("headroom")
        found = self.by_chip(document)
        for chip, pool in self.keys(found, self.world.moments, "headroom", ("system",)):
            shown, what = found[chip, pool], f"headroom of {chip:#x} {pool}"
            self.size(shown, chip, pool, what)
            moment = self.world.moments[chip, pool]
            added = [sum(of) for of in zip(figures(shown["kept_at_peak"]), figures(shown["transient_at_peak"]))]
            self.equal(added, sums(moment.live), f"{what}: kept and transient")
            free = max(0, shown["capacity_bytes"] - moment.reserved)
            if pool != "l1":
                self.equal([shown["headroom_bytes"], shown["headroom_bytes_max"]], [free, free], what)
            else:
                self.holds(shown["headroom_bytes"] <= shown["headroom_bytes_max"] <= free, what, shown["headroom_bytes"], shown["headroom_bytes_max"], "of", free)
            self.equal(shown["now"] is not None, self.lives, f"{what}: now")
            if shown["now"]:
                now = self.world.on(chip, pool)
                self.equal([*figures(shown["now"]), shown["now"]["free_bytes"]], [*sums(now), max(0, shown["capacity_bytes"] - sums(now)[2])], f"{what}: now")

    def map(self):
        """Of banks: what lives, or after the end what lived at the peak of DRAM on a chip that had most."""
        document = self.ask("map", *(() if self.lives else ("--at", "dram-peak")))
        self.whole(document)
        most = max((moment.reserved for (_, pool), moment in self.world.moments.items() if pool == "dram"), default=0)
        for item in document["items"]:
            for chip in (int(chip, 16) for chip in item["chips"]):
                for banks in item["banks"]:
                    if self.lives:
                        self.banks(banks, self.world.on(chip, banks["pool"]), f"map of {chip:#x} {banks['pool']}")
                if self.lives:
                    self.l1(item["l1"], chip, f"map of {chip:#x} l1")
        if not self.lives and most:
            differences, then = self.differences, []
            for item in document["items"]:
                for chip in (int(chip, 16) for chip in item["chips"]):
                    moment = self.world.moments.get((chip, "dram"))
                    if moment is not None and moment.reserved == most:
                        self.differences = []
                        self.banks(next(banks for banks in item["banks"] if banks["pool"] == "dram"), moment.live, f"map --at dram-peak of {chip:#x}")
                        then.append(self.differences)
            self.differences = differences + min(then, key=len, default=["map --at dram-peak lacks the fullest chip"])

    def banks(self, shown, live, what):
        blocks = sorted((block["address"], block["bytes_per_bank"], block["op"] or "", block["tag"] or "", block["class"]) for block in shown["blocks"])
        self.equal(blocks, sorted((a.address, a.per_bank, a.op or "", a.tag or "", a.kind) for a in live), what)
        self.equal(shown["used_bytes_per_bank"], union((a.address, a.address + a.per_bank) for a in live), f"{what}: used")

    def l1(self, shown, chip, what):
        """Buffers from the top, and on each core the live program that reaches furthest from the base."""
        live = self.world.on(chip, "l1")
        self.banks(shown["buffers"], live, what)
        self.banks(shown["small"], self.world.on(chip, "l1_small"), f"{what}_small")
        floor = min((a.address for a in live), default=shown["top_address"])
        self.equal(shown["floor_address"], floor, f"{what}: floor")
        if any(program["replaced"] for program in shown["programs"]):
            return  # no core is shown with those: docs/map.md
        reach = collections.defaultdict(list)  # core: ends, and what each program takes of it
        for program in self.world.programs:
            for plan in (plan for place, plan in program.plans.items() if chip in place.chips):
                for core, ranges in plan.cores().items():
                    if ranges:
                        reach[core].append((max(end for _, end in ranges), union(ranges)))
        for core in shown["cores"]:
            ends = reach.pop((core["x"], core["y"]), [])
            end = max((end for end, _ in ends), default=shown["base_address"])
            found = [core[name] for name in ("reach_address", "gap_bytes_per_core", "overlap_bytes_per_core")]
            self.equal(found, [end, max(0, floor - end), max(0, end - floor)], f"{what}: core {core['x']},{core['y']}")
            taken = {bytes for other, bytes in ends if other == end} or {0}
            self.holds(core["circular_buffer_bytes_per_core"] in taken, f"{what}: core {core['x']},{core['y']} takes", core["circular_buffer_bytes_per_core"], "should be", taken)
        self.equal(sorted(reach), [], f"{what}: cores that are not shown")

    def check(self):
        """Which of several allocations a free by address meant is not known, so that nothing passes then."""
        is_whole = self.world.mistakes["ambiguous_frees"] == 0
        for pool in POOLS:
            peak = max((moment.reserved for (_, of), moment in self.world.moments.items() if of == pool), default=0)
            for limit, outcome in ((peak, "passed" if is_whole else "inconclusive"), (peak - 1, "failed")):
                if limit >= 0:
                    document = self.ask("check", "--limit", f"{pool}={limit}")
                    self.equal([(of["outcome"], of["limit"], of["found"], of["found_max"]) for of in document["checks"]],
                               [(outcome, limit, peak, peak if is_whole else None)], f"check {pool}={limit}")

    def buffers_then(self):
        """What was live at the peak of DRAM, on the chips that had most."""
        moments = {chip: moment for (chip, pool), moment in self.world.moments.items() if pool == "dram" and moment.reserved}
        if not moments:
            return
        most = max(moment.reserved for moment in moments.values())
        items = self.ask("buffers", "--at", "dram-peak", "--pool", "dram", "--limit", 0)["items"]
        had = {chip: sum(item["reserved_bytes"] for item in items if chip_name(chip) in item["chips"]) for chip in moments}
        self.holds(any(had[chip] == moment.reserved == most for chip, moment in moments.items()), "buffers --at dram-peak: is", had, "should have", most)
