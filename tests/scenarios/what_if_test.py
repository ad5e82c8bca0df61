"""`ttmem replay` is the truth: without a change the addresses of the simulator's allocator, with other sizes those of a
simulator that was opened with them, and whatever is asked what an allocator of a few lines of Python does."""
import json
import random

from scenario import SIM, check, check_equal, scene, seeds

SEEDS = seeds(1, 500)  # of each machine


class Bank:
    """Free and taken addresses, as a list of blocks: nothing is clever here."""

    def __init__(self, begin, end, policy):
        self.begin, self.end, self.policy, self.blocks = begin, end, policy, {}

    def holes(self):
        found, at = [], self.begin
        for address in sorted(self.blocks):
            if address > at:
                found.append((at, address))
            at = address + self.blocks[address]
        return found + ([(at, self.end)] if at < self.end else [])

    def place(self, size, up):
        fitting = [hole for hole in (self.holes() if up else self.holes()[::-1]) if hole[1] - hole[0] >= size]
        if not fitting:
            return None
        begin, end = fitting[0] if self.policy == "first_fit" else min(fitting, key=lambda hole: hole[1] - hole[0])
        return begin if up else end - size

    def largest(self):
        return max((end - begin for begin, end in self.holes()), default=0)

    def used(self):
        return sum(self.blocks.values())


class Model:
    """One pool of one mesh under one policy, fed with a recording's events."""

    def __init__(self, arena, policy):
        self.bank = Bank(arena["begin_address"], arena["end_address"], policy)
        self.where, self.failed, self.peak, self.largest = {}, 0, 0, self.bank.largest()

    def allocate(self, identity, size, up):
        address = self.bank.place(size, up)
        if address is None:
            self.failed += 1
            return
        self.bank.blocks[address] = size
        self.where[identity] = address
        if self.bank.used() > self.peak:
            self.peak, self.largest = self.bank.used(), self.bank.largest()

    def free(self, identity):
        address = self.where.pop(identity, None)
        if address is not None:
            del self.bank.blocks[address]


def answer_of(rows, arena, policy, place):
    """What the Python model makes of the events of one pool of one mesh. From which end a block was allocated follows
    from where the recorded one lay."""
    recorded, model = Bank(arena["recorded"]["begin_address"], arena["recorded"]["end_address"], "first_fit"), \
        Model(arena["replayed"], policy)
    for row in rows:
        if row["event"] == "place_closed" and row.get("place") == place:
            for identity in list(model.where):
                model.free(identity)
            recorded.blocks.clear()
        if row.get("pool") != arena["pool"] or mesh_of(row) != place:
            continue
        size = row.get("bytes_per_bank", 0)
        if row["event"] == "allocated":
            up = row["pool"] == "dram" and row["class"] != "program"
            if recorded.place(size, up) != row["address_in_bank"]:
                up = not up
            check_equal(recorded.place(size, up), row["address_in_bank"], f"the simulator uses first fit: {row}")
            recorded.blocks[row["address_in_bank"]] = size
            model.allocate(row["id"], size, up)
        elif row["event"] == "freed" and row["address_in_bank"] in recorded.blocks:
            del recorded.blocks[row["address_in_bank"]]
            model.free(row["id"])
        elif row["event"] == "failed" and size != 0:
            up = row["pool"] == "dram"
            check_equal(recorded.place(size, up), None, f"what failed did not fit: {row}")
            model.failed += model.bank.place(size, up) is None
    return model


def mesh_of(row):
    """Parts of a mesh have the mesh's memory; the simulator makes parts of its first mesh alone. Only what is planted
    fails, which is there, too; a row of a failure has no place."""
    place = row.get("place", "mesh 0")
    return "mesh 0" if place.startswith("part ") else place


def rows_of(s, capture):
    rows = [json.loads(line) for line in s.ttmem("export", "jsonl", capture).stdout.splitlines()][1:]
    return [row for row in rows if "place" in row or row.get("event") == "failed"]


def check_arenas(document, rows, what):
    """Every pool of every mesh, under both policies."""
    for arena in document["arenas"]:
        for policy in ("first_fit", "best_fit"):
            model = answer_of(rows, arena, policy, arena["place"])
            told, where = arena[policy], f"{what} {arena['place']} {arena['pool']} {policy}:"
            check_equal(told["failed"], model.failed, where + " failed")
            check_equal(told["peak"]["used_bytes_per_bank"], model.peak, where + " peak")
            check_equal(told["peak"]["largest_free_bytes_per_bank"], model.largest, where + " largest free block")


def sizes_of(chosen):
    """Multiples of 64 B in each bank of 7, 8 or 12: how a runtime rounds other sizes is not recorded."""
    return {"l1_small": chosen.choice([0, 4096, 65536, 999_936, 1_390_016]),
            "trace_region": 64 * 7 * 8 * 12 * chosen.choice([0, 20, 1500, 24_000])}


def is_true(machine, seed):
    chosen = random.Random(f"what if {machine} {seed}")
    what = f"{machine}, seed {seed}:"
    plant = chosen.choice(["clash", "fragmentation", "leak"])
    words = ["random", "--machine", machine, "--seed", seed, "--steps", 250]
    with scene() as s:
        capture = s.recorded(SIM, *words, "--plant", plant, name="as_it_was")
        rows = rows_of(s, capture)
        if plant == "clash":  # which is no failure of an allocator
            rows = [row for row in rows if row["event"] != "failed"]
        same = s.json("replay", capture, code=None)
        check(all(arena["exact"] for arena in same["arenas"]), what, same["arenas"])
        failed = sum(arena["first_fit"]["failed"] for arena in same["arenas"])
        check_equal(failed, sum(arena["failed_when_recorded"] for arena in same["arenas"]), what + " failed")
        check(plant != "fragmentation" or failed != 0, what + " what was planted failed")
        clashes = [clash["failed_when_recorded"] for clash in same["circular_buffers"]["first_fit"]["first"]]
        check_equal(clashes, [True] if plant == "clash" else [], what + " what was dispatched had room, what was refused had none")
        check_arenas(same, rows, what)
        sizes = sizes_of(chosen)
        asked = ",".join(f"{name}={size}" for name, size in sizes.items())
        other = s.json("replay", capture, "--what-if", asked, code=None)
        check_arenas(other, rows, f"{what} {asked}")
        check_equal(other["what_if"], asked)

        # And in the simulator itself, where it goes on as it did.
        if any(arena["first_fit"]["failed"] for arena in other["arenas"]) or plant != "leak":
            return
        opened = s.recorded(SIM, *words, "--plant", plant, "--l1-small", sizes["l1_small"],
                            "--trace-region", sizes["trace_region"], name="opened_so")
        truth = s.json("replay", opened, code=None)

        def figures(document):
            return sorted([arena["place"], arena["pool"], arena["replayed"]["begin_address"],
                           arena["replayed"]["end_address"], arena["first_fit"]["peak"]["used_bytes_per_bank"],
                           arena["first_fit"]["peak"]["largest_free_bytes_per_bank"]] for arena in document["arenas"])
        check_equal(figures(other), figures(truth), f"{what} {asked} in the simulator")


def is_true_on(machine):
    for seed in SEEDS:
        is_true(machine, seed)


def test_a_replay_is_the_truth_on_n150():
    is_true_on("n150")


def test_a_replay_is_the_truth_on_n300():
    is_true_on("n300")


def test_a_replay_is_the_truth_on_t3000():
    is_true_on("t3000")


def test_a_replay_is_the_truth_on_galaxy():
    is_true_on("galaxy")


def test_a_replay_is_the_truth_on_p100():
    is_true_on("p100")


def test_a_replay_is_the_truth_on_p150():
    is_true_on("p150")


def test_a_replay_is_the_truth_on_p300():
    is_true_on("p300")


def test_a_replay_is_the_truth_on_4xp150():
    is_true_on("4xp150")


def test_a_replay_is_the_truth_on_8xp150():
    is_true_on("8xp150")


def test_a_replay_is_the_truth_on_bh_galaxy():
    is_true_on("bh_galaxy")


def test_a_fragmented_pool_is_explained_and_the_exit_code_tells():
    with scene() as s:
        capture = s.recorded(SIM, "random", "--machine", "n150", "--seed", 3, "--steps", 40, "--plant", "fragmentation", name="fragmented")
        done = s.ttmem("replay", capture, code=10, env={"COLUMNS": "80"})
        check(done.stdout.startswith("It does not fit: 1 allocation fails."), done.stdout)
        check("Moved together, it would fit." in done.stdout and "splits the space most" in done.stdout, done.stdout)
        check_equal([line for line in done.stdout.splitlines() if len(line) > 80], [], "wide lines")
        s.ttmem("replay", s.recorded(SIM, "decode", "--machine", "n150", name="fine"))
        s.ttmem("replay", capture, "--what-if", "l1_smal=3", code=2)
        s.ttmem("replay", capture, "--what-if", "policy=worst_fit", code=2)
        s.ttmem("replay", capture, "--what-if", "l1_small=many", code=2)
        s.ttmem("replay", capture, "--what-if", "l1_small=32K,l1_small=64K", code=2)
        s.ttmem("replay", capture, "--what-if", "policy=best_fit,policy=first_fit", code=2)
        said = s.ttmem("replay", capture, "--what-if", "l1_small=2M", code=2).stderr
        check("a core of this recording has" in said, said)
        s.ttmem("replay", capture, "--what-if", "trace_region=99999G", code=2)


def test_another_machine_is_asked_about_by_a_capture_of_it():
    with scene() as s:
        capture = s.recorded(SIM, "decode", "--machine", "t3000", "--steps", 4, name="decode")
        other = s.recorded(SIM, "decode", "--machine", "p150", "--steps", 4, name="other")
        document = s.json("replay", capture, "--what-if", f"machine={other}")
        there = s.json("replay", other)
        check_equal(document["verdict"], "fits", document)
        for pool in ("dram", "l1", "trace"):
            asked, = [arena for arena in document["arenas"] if arena["pool"] == pool]
            truth, = [arena for arena in there["arenas"] if arena["pool"] == pool]
            check_equal(asked["replayed"]["banks"], truth["recorded"]["banks"], pool)
            peak = truth["first_fit"]["peak"]["used_bytes_per_bank"]
            check(asked["first_fit"]["peak"]["used_bytes_per_bank"] >= peak, "it is taken as large as it may be", pool)
        s.ttmem("replay", capture, "--what-if", "machine=nowhere.ttmem", code=2)
