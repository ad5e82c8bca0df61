"""Holds what ttmem said at the marks of a workload against what ttnn said: every figure that both have, exactly."""
import collections
import json
import sys

ALIGNMENT = {"wormhole": 32, "blackhole": 64}  # to which the allocator rounds, in L1 as well


class Comparison:
    """Counts figures that are equal, and keeps a line for each that differs."""

    def __init__(self):
        self.equal = 0
        self.differences = []
        self.refused = []
        self.marks = 0

    def same(self, what, actual, expected):
        if actual == expected:
            self.equal += 1
        else:
            self.differences.append(f"{what}: ttmem says {actual}, ttnn {expected}")

    def read(self, path):
        for line in open(path):
            document = json.loads(line)
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
        for number, pool, expected_peak in document["peaks"]:
            self.same(f"{name}: peak of chip {number} {pool}", of_pool(chips, number, pool, "peak_reserved_bytes"), expected_peak)
        if len(document["meshes"]) == 1:
            for number in document["meshes"][0]["chips"]:
                for pool, seen in document["meshes"][0]["pools"].items():
                    expected_capacity = seen["banks"] * seen["capacity_per_bank"]
                    self.same(f"{name}: capacity of chip {number} {pool}", of_pool(chips, number, pool, "capacity_bytes"), expected_capacity)

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
        expected = collections.Counter((address, pool, -(-bytes_ // alignment) * alignment) for address, pool, bytes_ in mesh["buffers"])
        actual = collections.Counter()
        for item in document["buffers"]["items"]:
            if item["place"] == f"mesh {mesh['mesh']}":
                banks = mesh["pools"].get(item["pool"], {}).get("banks") or 1
                actual[item["address"], item["pool"], item["reserved_bytes"] // banks] += 1
        self.equal += 3 * sum((actual & expected).values())
        for which, missing in (("only ttmem has", actual - expected), ("only ttnn has", expected - actual)):
            for buffer, count in missing.items():
                self.differences.append(f"{name}: mesh {mesh['mesh']}: {which} {count} of {buffer}")

    def mistakes(self, name, document):
        for process in document["status"]["processes"]:
            wrong = {what: count for what, count in process["mistakes"].items() if count and what != "late_frees"}
            self.same(f"{name}: mistakes", wrong, {})
            self.same(f"{name}: untracked", process["coverage"]["untracked_allocations"], 0)


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
