"""Holds what ttmem said at the marks of a workload against what ttnn said: every figure that both have, exactly."""
import collections
import json
import re
import sys

ALIGNMENT = {"wormhole": 32, "blackhole": 64}  # to which the allocator rounds, in L1 as well
L1_ALIGNMENT = 16  # of pages in L1
L1_BYTES = {"wormhole": 1499136, "blackhole": 1572864}  # of a core


class Comparison:
    """Counts figures that are equal, and keeps a line for each that differs."""

    def __init__(self):
        self.equal = 0
        self.differences = []
        self.refused = []
        self.marks = 0
        self.known_programs = set()

    def same(self, what, actual, expected):
        if actual == expected:
            self.equal += 1
        else:
            self.differences.append(f"{what}: ttmem says {actual}, ttnn {expected}")

    def read(self, path):
        for document in documents(path):
            if document["mark"] == "refused":
                self.refused.append(f"{document['what']}: {document['error']}")
            elif "meshes" in document:
                self.marks += 1
                self.judge(document)
        return self

    def judge(self, document):
        name = document["mark"]
        for command in ("status", "buffers"):
            if "failed" in document[command]:
                self.differences.append(f"{name}: ttmem {command} failed: {document[command]['failed']}")
                return
        self.same(f"{name}: complete", document["status"]["coverage"]["complete"], True)
        self.chips(name, document)
        self.places(name, document)
        for mesh in document["meshes"]:
            self.buffers(name, mesh, document)
        self.mistakes(name, document)
        if "programs" in document:
            self.programs(name, document)
        if "failures" in document:
            self.failures(name, document)

    def chips(self, name, document):
        """Each chip has what the meshes on it have."""
        chips = {chip["logical_id"]: chip for chip in document["status"]["chips"]}
        expected = collections.Counter()
        for mesh in document["meshes"]:
            for chip in mesh["chips"]:
                for pool, seen in mesh["pools"].items():
                    expected[chip, pool] += seen["banks"] * seen["per_bank"]
        for mesh in document["meshes"]:
            self.same(f"{name}: chips of mesh {mesh['mesh']}", set(mesh["chips"]) - set(chips), set())
        for number, chip in chips.items():
            for pool, use in chip["pools"].items():
                self.same(f"{name}: chip {number} {pool}", use["reserved_bytes"], expected[number, pool])
        for number, pool, seen, kind in document["peaks"]:
            self.peak(f"{name}: peak of chip {number} {pool}", chips.get(number, {"pools": {}})["pools"].get(pool, {}), seen, kind)
        if len(document["meshes"]) == 1:
            for number in document["meshes"][0]["chips"]:
                for pool, seen in document["meshes"][0]["pools"].items():
                    expected_capacity = seen["banks"] * seen["capacity_per_bank"]
                    self.same(f"{name}: capacity of chip {number} {pool}", of_pool(chips, number, pool, "capacity_bytes"), expected_capacity)

    def peak(self, what, use, seen, kind):
        """`seen`: the most that ttnn had after any step. Exact where ttmem says so; its interval has it elsewhere. Between the
        steps of some programs (`least`) more may have been there."""
        low, high = use.get("peak_reserved_bytes"), use.get("peak_reserved_bytes_max")
        if kind == "exact" or use.get("peak_exact") and kind == "within":
            self.same(what, low, seen)
        elif high is None and use.get("peak_exact"):
            self.same(f"{what} is at least {seen}", low >= seen, True)
        else:
            self.same(f"{what}, {low} to {high}, {'has' if kind == 'within' else 'reaches'} {seen}",
                      high is not None and seen <= high and (low <= seen or kind == "least"), True)

    def places(self, name, document):
        sums = collections.Counter()
        for item in document["buffers"]["items"]:
            sums[item["place"], item["pool"]] += item["reserved_bytes"]
        for mesh in document["meshes"]:
            for pool, seen in mesh["pools"].items():
                self.same(f"{name}: mesh {mesh['mesh']} {pool}", sums.pop((f"mesh {mesh['mesh']}", pool), 0), seen["banks"] * seen["per_bank"])
        self.same(f"{name}: buffers elsewhere", dict(sums), {})

    def buffers(self, name, mesh, document):
        """One by one: address, bytes per bank, kind of memory."""
        alignment = next(bytes_ for arch, bytes_ in ALIGNMENT.items() if arch in mesh["arch"].lower())
        actual = collections.Counter()
        for item in document["buffers"]["items"]:
            if item["place"] == f"mesh {mesh['mesh']}":
                banks = mesh["pools"].get(item["pool"], {}).get("banks") or 1
                actual[item["address"], item["pool"], item["reserved_bytes"] // banks] += 1
        found = collections.defaultdict(list)  # by address: what ttmem has there
        for address, pool, bytes_ in actual:
            found[address, pool].append(bytes_)
        expected = collections.Counter()
        for address, pool, asked in mesh["buffers"]:
            fitting = (bytes_ for bytes_ in found[address, pool] if takes(asked, bytes_, pool, alignment))
            expected[address, pool, next(fitting, asked)] += 1
        self.equal += 3 * sum((actual & expected).values())
        for which, missing in (("only ttmem has", actual - expected), ("only ttnn has", expected - actual)):
            for buffer, count in missing.items():
                self.differences.append(f"{name}: mesh {mesh['mesh']}: {which} {count} of {buffer}")

    def programs(self, name, document):
        new = [item for item in document["programs"]["items"] if item["id"] not in self.known_programs]
        self.known_programs.update(item["id"] for item in new)
        if "cached" in document:  # the cache was cleared
            self.same(f"{name}: programs", len(document["programs"]["items"]), 0)
        if document.get("plan") and document["plan"]["buffers"]:
            for item in new:
                self.same(f"{name}: operation of {item['name']}", item["op"], document["plan"]["operation"])
            self.plan(name, document, [place["circular_buffers"] for item in new for place in item["places"]])

    def plan(self, name, document, plans):
        """Sizes and cores as ttnn's own capture has them, for each program of the workload; one after the other from the
        first address of L1 on, where all are on the same cores."""
        planned = [(bytes_, core_ranges(cores)) for bytes_, cores in document["plan"]["buffers"]]
        mesh = document["meshes"][0]
        base = next(bytes_ for arch, bytes_ in L1_BYTES.items() if arch in mesh["arch"].lower())
        base -= sum(mesh["pools"][pool]["capacity_per_bank"] for pool in ("l1", "l1_small"))
        self.same(f"{name}: there is a plan", bool(plans), True)
        for plan in plans:
            actual = sorted((cb["bytes_per_core"], tuple(sorted((r["x0"], r["y0"], r["x1"], r["y1"]) for r in cb["core_ranges"]))) for cb in plan)
            self.same(f"{name}: buffers of the plan", actual, sorted(planned[: len(plan)]))
            self.same(f"{name}: all of them", len(planned) % max(len(plan), 1), 0)
            if len({cores for _, cores in actual}) == 1:
                place = base
                for cb in sorted(plan, key=lambda cb: cb["address"]):
                    self.same(f"{name}: address", cb["address"], place)
                    place += cb["bytes_per_core"]

    def failures(self, name, document):
        """The figures of each failure are those of tt-metal's own message."""
        failures = document["failures"]["failures"]
        if "failed" in document:
            self.same(f"{name}: failures", len(failures), document["failed"])
        if document.get("said"):
            told = [int(number) for pair in re.findall(r"(\d+) B|across (\d+)", document["said"]) for number in pair if number]
            figures = ("requested_bytes", "banks", "bytes_per_bank", "bank_bytes", "allocated_per_bank", "free_per_bank", "largest_free_per_bank")
            same = [failure for failure in failures if [failure["pool"], failure["requested_bytes"]] == [document["pool"], told[0]]]
            self.same(f"{name}: failures of {document['pool']}", len(same), 1)
            for failure in same:
                self.same(f"{name}: figures", [failure[figure] for figure in figures], told)
                self.same(f"{name}: operation", failure.get("op"), "ttnn.empty")

    def mistakes(self, name, document):
        for process in document["status"]["processes"]:
            wrong = {what: count for what, count in process["mistakes"].items() if count and what != "late_frees"}
            self.same(f"{name}: mistakes", wrong, {})
            self.same(f"{name}: untracked", process["coverage"]["untracked_allocations"], 0)


def takes(asked, taken, pool, alignment):
    """Whether pages of together `asked` bytes take so much: each is rounded up to the alignment of its memory, and their sum to
    that of DRAM. ttnn says here how much they are together, and no size of theirs."""
    rounded = lambda bytes_, unit: -(-bytes_ // unit) * unit
    page = L1_ALIGNMENT if pool.startswith("l1") else alignment
    counts = (count for count in range(1, taken // L1_ALIGNMENT + 1) if asked % count == 0)
    return any(rounded(count * rounded(asked // count, page), alignment) == taken for count in counts)


def documents(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def core_ranges(text):
    """((x0, y0, x1, y1), ...) of "{[(x=0,y=0) - (x=7,y=7)]}" or "{[0-0 - 7-7]}"."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return tuple(sorted(tuple(numbers[i : i + 4]) for i in range(0, len(numbers), 4)))


def of_pool(chips, number, pool, figure):
    return chips.get(number, {"pools": {}})["pools"].get(pool, {}).get(figure)


def main(path):
    done = Comparison().read(path)
    for line in done.differences[:400]:
        print("DIFFERENT", line)
    for line in done.refused:
        print("refused:", line)
    print(f"{done.marks} marks, {done.equal} figures equal, {len(done.differences)} different")


if __name__ == "__main__":
    main(sys.argv[1])
