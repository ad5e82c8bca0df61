"""What is in a capture, its traces, two recordings beside each other, rows of a table, and figures for Prometheus."""
import collections
import csv

from compare import chip_name
from compare_history import HistoryComparison, figures, sums
from model import POOLS, union

ENDS = {"freed": "freed", "closed": "place_closed"}  # of a row; where it has none, its process ended, or it lives


class CaptureComparison(HistoryComparison):
    """Of a capture of a whole process, which goes on or has ended."""

    def info(self, document):
        self.whole(document)
        self.equal([document["finished"], document["trouble"], document["events_lost"], document["gaps"]], [True, None, 0, []], "info")
        live = self.world.live()
        expected = {"live_before": 0, "live_at_end": len(live) if self.lives else 0, "held_at_exit": 0 if self.lives else len(live),
                    "places": self.world.openings, "chips": len(self.world.known_chips())}
        self.equal({name: document[name] for name in expected}, expected, "info")
        released, late = len(self.world.lives(True)["released"]), self.world.mistakes["late_frees"]  # before or after the close, by times that may be equal
        self.holds(released - late <= document["released_by_close"] <= released, "info: released by a close", document["released_by_close"], "should be", released, "less up to", late)
        used = sum(program.lives for program in self.world.programs)  # what ended, and held nothing at a look, need not be in it
        self.holds(used <= document["programs"] <= len(self.world.programs), "info: programs", document["programs"], "should be", used, "to", len(self.world.programs))
        traces = sum(trace.lives for trace in self.world.traces)
        self.holds(traces <= document["traces"] <= len(self.world.traces), "info: traces", document["traces"], "should be", traces, "to", len(self.world.traces))
        self.chips(self.process(self.mine(document["processes"]))["chips"], "info")

    def traces(self):
        document = self.ask("traces", "--limit", 0)
        self.whole(document)
        expected = [self.trace(trace) for trace in self.world.traces]
        found = [[trace["name"], trace["state"], trace["replays"], sorted(trace["chips"]), trace["captured_before_recording"],
                  figures(trace["commands"])] for trace in document["traces"]]
        self.equal(sorted(map(str, found)), sorted(map(str, expected)), "traces")
        regions, captured = collections.Counter(), collections.Counter()
        for region in document["regions"]:
            regions.update({(name, tuple(sorted(region["chips"]))): region[name] for name in ("traces", "live")})
        for trace in self.world.traces:
            captured.update({(name, tuple(sorted(map(chip_name, trace.place.chips)))): counts for name, counts in (("traces", 1), ("live", int(trace.lives and self.lives)))})
        self.equal(+regions, +captured, "regions of traces")

    def trace(self, trace):
        state = "released" if not trace.lives else "live" if self.lives else "held_at_exit"
        commands = [a for a in self.world.allocations if a.holder is trace and a.kind == "trace"]
        return [trace.name, state, trace.replays, sorted(map(chip_name, trace.place.chips)), False, sums(commands)]

    def rows(self, document, path, in_turn):
        """A row for each allocation, with its whole life. Where threads take turns quickly nothing tells whether a free came before a close."""
        self.whole(document)
        with open(path, newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        at_end = "live" if self.lives else "process_ended"
        expected = [[a.pool, a.kind, a.op or "", a.tag or "", str(a.address), str(a.requested), str(a.reserved), str(a.per_bank), str(a.banks), str(len(a.place.chips)),
                     str(a.persistent).lower(), str(self.threads[a.thread]), ENDS.get(a.ended_by, at_end)] for a in self.world.allocations]
        names = ("pool", "class", "op", "tag", "address_in_bank", "requested_bytes_per_chip", "reserved_bytes_per_chip", "bytes_per_bank", "banks", "chips", "persistent",
                 "thread", "end")
        found, wanted = (collections.Counter(str(row[:None if in_turn else -1]) for row in of) for of in ([[row[name] for name in names] for row in rows], expected))
        self.holds(found == wanted, "export: has", len(rows), "rows, should have", len(expected), "\n  only there:", *list(found - wanted)[:3], "\n  not there:", *list(wanted - found)[:3])
        self.equal(document["items"], len(rows), "items of an export")

    def grown(self, document, before):
        """Of two recordings of one process, `before` (pool: the largest use by then) and now."""
        for pool in document["pools"]:
            what = f"diff of {pool['pool']}"
            for run, true in zip(pool["runs"], (before, self.largest())):
                self.between(true[pool["pool"]], run["peak_reserved_bytes"], run["peak_reserved_bytes_max"], what, pool["pool"])
            low, high = pool["peak_growth_bytes_min"], pool["peak_growth_bytes_max"]
            grown = self.largest()[pool["pool"]] - before[pool["pool"]]
            self.holds((low is None or low <= grown) and (high is None or grown <= high), f"{what}: grown {low} to {high}, should have {grown}")

    def largest(self):
        """{pool: its largest use on any chip}."""
        return {pool: max((moment.reserved for (_, of), moment in self.world.moments.items() if of == pool), default=0) for pool in POOLS}

    def nothing_differs(self, document):
        for pool in document["pools"]:
            what = f"diff of {pool['pool']} with itself"
            first, second = pool["runs"]
            self.equal(first, second, what)
            exact = first["peak_reserved_bytes"] == first["peak_reserved_bytes_max"]
            self.between(self.largest()[pool["pool"]], first["peak_reserved_bytes"], first["peak_reserved_bytes_max"], what, pool["pool"])
            if exact:
                self.equal([pool["peak_growth_bytes_min"], pool["peak_growth_bytes_max"]], [0, 0], what)
            if self.world.mistakes["ambiguous_frees"] == 0:
                self.equal(pool["left_growth_bytes_all_chips"], 0, what)
            for row in pool["owners_at_peak"] + pool["owners_left"]:
                self.equal(row["runs"][0], row["runs"][1], what)

    def metrics(self, text):
        """Lines for Prometheus, of all that runs in the folder: this process."""
        found = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name] = float(value)
        self.equal(found["ttmem_complete"], float(self.world.mistakes["ambiguous_frees"] == 0), "ttmem_complete")
        self.equal(found["ttmem_programs"], float(sum(program.lives for program in self.world.programs)), "ttmem_programs")
        self.equal(found["ttmem_allocation_failures_total"], float(len(self.world.failures)), "ttmem_allocation_failures_total")
        for chip in self.world.known_chips():
            # What circular buffers reserve and no allocation has: those lie alike in each core's bank.
            taken = [(a.address, a.address + a.per_bank) for a in self.world.on(chip, "l1")]
            reserved = sum(union(ranges + taken) - union(taken) for ranges in self.world.cb_ranges(chip).values())
            for pool in POOLS:
                if pool == "system":
                    continue
                live, of = self.world.on(chip, pool), f'{{chip_id="{chip_name(chip)}",pool="{pool}"}}'
                capacity, allocated = self.world.chips[chip]["capacity"][pool], sums(live)[2]
                leaked = sum(a.reserved for a in live if a.is_leak)  # one look, without history: nothing is excused
                kept = reserved if pool == "l1" else 0
                expected = {"capacity_bytes": capacity, "allocated_bytes": allocated, "requested_bytes": sums(live)[1], "live_allocations": len(live), "leaked_bytes": leaked}
                if allocated + kept <= capacity:
                    expected.update(reserved_bytes=kept, free_bytes=capacity - allocated - kept)
                self.equal({name: found.get(f"ttmem_{name}{of}") for name in expected}, {name: float(value) for name, value in expected.items()}, f"metrics of {of}")
