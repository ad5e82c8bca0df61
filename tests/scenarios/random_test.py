"""Every figure of `status`, `programs`, `buffers` and `leaks` equals what the simulator knows to be true, wherever the
workload `random` is stopped; and each bug that is planted in it is found, and nothing else is called one."""
import json
import random
import tempfile

from scenario import FULL, SIM, PausedSim, check, check_chips, check_equal, scene

MACHINES = ["n150", "n300", "t3000", "galaxy", "p150", "bh_galaxy"]
PLANTS = ["leak", "missing-cb-free", "double-free", "clash", "fragmentation", "reopen"]
STEPS = 300
SEEDS = 300  # over all machines, for figures
PLANT_SEEDS = 300 if FULL else 50  # on each machine, for plants
AT_ONCE = 25  # ended processes whose ledgers are kept and read together


def check_status(actual, truth, what):
    """Like check_chips. Peaks of a chip that several places share may be known as bounds: the truth lies between."""
    for chip in actual:
        for pool, use in chip["pools"].items():
            if use["peak_exact"]:
                continue
            true = next(t for t in truth if t["chip_id"] == chip["chip_id"])["pools"][pool]
            for peak in ("peak_requested_bytes", "peak_reserved_bytes"):
                check(use[peak] <= true[peak] <= use[peak + "_max"], what, chip["chip_id"], pool, peak, use, true)
                use[peak] = use[peak + "_max"] = true[peak]
            use["peak_exact"] = True
    check_chips(actual, truth, what)


def by(items, *keys):
    return sorted((tuple(str(item[key]) for key in keys) for item in items))


def live_programs(document):
    """As the truth has them: what a close released is no more."""
    programs = []
    for item in document["items"]:
        places = [{key: place[key] for key in ("place", "reserved_bytes", "resident_bytes_all_chips", "max_bytes_per_core")}
                  for place in item["places"] if place["state"] != "released_by_close"]
        if item["state"] == "live" or places:
            programs.append({"name": item["name"], "destroyed": item["state"] == "destroyed",
                             "unique_id": int(item["unique_id"], 16) if item["unique_id"] else None,
                             "places": sorted(places, key=lambda place: place["place"])})
    return programs


def check_programs(actual, truth, what):
    """Of a destroyed program the number is not kept: it is told by its name."""
    expected = [dict(program, places=sorted(({key: value for key, value in place.items() if key != "reach_address"}
                                             for place in program["places"]), key=lambda place: place["place"]))
                for program in truth]
    for program in expected:
        if program["destroyed"]:
            program["unique_id"] = None
    order = lambda program: (program["unique_id"] or 0, program["name"])
    check_equal(sorted(live_programs(actual), key=order), sorted(expected, key=order), what)


ALLOCATION = ("place", "chips", "pool", "address", "requested_bytes", "reserved_bytes", "class", "op", "tag", "program",
              "persistent")


def check_buffers(actual, truth, what):
    def keyed(items, identity, leaked):
        return {identity(item): dict({key: item[key] for key in ALLOCATION}, leaked=leaked(item)) for item in items}
    found = keyed(actual["items"], lambda i: int(i["unique_id"], 16), lambda i: i["verdict"] == "leaked")
    check_equal(len(found), len(actual["items"]), what + " an allocation is listed twice")
    check_equal(found, keyed(truth, lambda i: i["unique_id"], lambda i: i["leaked"]), what)


def check_leaks(actual, truth, what):
    """`truth`: a point."""
    leaked = [item for item in truth["live"] if item["leaked"]] + truth["leaked_and_closed"]
    found = [item for item in actual["items"] if item["class"] != "cb_plan"]
    keys = ("place", "address", "requested_bytes", "class", "op", "tag")
    check_equal(by(found, *keys), by(leaked, *keys), what + " leaked allocations")
    plans = [(program["name"], place["place"]) for program in truth["programs"] if program["destroyed"]
             for place in program["places"]]
    behind = [(item["program"], item["place"]) for item in actual["items"] if item["class"] == "cb_plan"]
    check_equal(sorted(behind), sorted(plans), what + " circular buffers left behind")
    sums = sum(item["requested_bytes"] * len(item["chips"]) for item in leaked)
    check_equal(actual["verdicts"]["leaked_bytes_all_chips"], sums, what + " leaked bytes")


def figures_equal_truth(machine, seed):
    chosen = random.Random(seed)
    points = [f"step{step}" for step in sorted(chosen.sample(range(1, STEPS + 1), 2))] + ["closed"]
    plants = [word for name in chosen.sample(PLANTS, chosen.randrange(4)) for word in ("--plant", name)]
    with scene() as s:
        sim = PausedSim(s, ["random", "--machine", machine, "--seed", seed, "--steps", STEPS, *plants], points)
        for point in points:
            truth = sim.wait_paused(point)
            what = f"{machine}, seed {seed}, {point}, {plants}:"
            status = s.json("status", "--pid", sim.pid)
            check(status["coverage"]["complete"], what, status["coverage"])
            check_status(status["chips"], truth["chips"], what)
            check_programs(s.json("programs", "--pid", sim.pid), truth["programs"], what)
            check_buffers(s.json("buffers", "--pid", sim.pid), truth["live"], what)
            check_leaks(s.json("leaks", "--pid", sim.pid), truth, what)
            sim.resume()
        sim.finish()


def figures_of_seeds(part):
    """A sixth of the seeds: all of one machine."""
    for seed in range(part + 1, SEEDS + 1, len(MACHINES)):
        figures_equal_truth(MACHINES[part], seed)


def test_every_figure_equals_the_truth_on_an_n150():
    figures_of_seeds(0)


def test_every_figure_equals_the_truth_on_an_n300():
    figures_of_seeds(1)


def test_every_figure_equals_the_truth_on_a_t3000():
    figures_of_seeds(2)


def test_every_figure_equals_the_truth_on_a_galaxy():
    figures_of_seeds(3)


def test_every_figure_equals_the_truth_on_a_blackhole():
    figures_of_seeds(4)


def test_every_figure_equals_the_truth_on_a_blackhole_galaxy():
    figures_of_seeds(5)


def check_found(planted, leaks, process, failures, what):
    """Exactly the planted bug, with its operation, class and place."""
    plant = planted["plant"]
    mistakes = {name: count for name, count in process["mistakes"].items() if count}
    expected = {"double-free": {"double_frees": 1}, "reopen": {"late_frees": 1}}.get(plant, {})
    check_equal(mistakes, expected, what + " mistakes")
    if plant in ("leak", "missing-cb-free"):
        check_equal([(i["verdict"], i["op"], i["class"], i["place"]) for i in leaks],
                    [("leaked", planted["op"], planted["class"], planted["place"])], what)
        if plant == "leak":
            check_equal([leaks[0]["address"], leaks[0]["requested_bytes"]],
                        [planted["address"], planted["requested_bytes"]], what)
    else:
        check_equal(leaks, [], what + " leaks")
    if plant == "clash":
        found = [f for f in failures if f["kind"] == "cb_clash" and f["cb_region_end"] == planted["cb_region_end"]]
        check_equal([(f["op"], f["place"], f["l1_buffer_address"]) for f in found],
                    [(planted["op"], planted["place"], planted["l1_buffer"])], what)
    if plant == "fragmentation":
        found = [f for f in failures if f["explanation"]["cause"] == "fragmented" and f["op"] == planted["op"]]
        check((planted["place"], planted["requested_bytes"], planted["free_per_bank"],
               planted["largest_free_per_bank"]) in
              [(f["place"], f["requested_bytes"], f["free_per_bank"], f["largest_free_per_bank"]) for f in found],
              what, found)


def plants_are_found(machine):
    for begin in range(1, PLANT_SEEDS + 1, AT_ONCE):
        with scene() as s:
            sims = []
            for seed in range(begin, begin + AT_ONCE):
                with tempfile.NamedTemporaryFile(dir=s.files, suffix=".json", delete=False) as file:
                    truth = file.name
                plant = PLANTS[seed % len(PLANTS)]
                sim = s.start(SIM, "random", "--machine", machine, "--seed", seed, "--steps", 60,
                              "--plant", plant, "--truth", truth)
                output, errors = sim.communicate(timeout=60)
                check(sim.returncode == 0, output, errors)
                with open(truth, encoding="utf-8") as file:
                    sims.append((seed, sim.pid, json.load(file)["planted"]))
            leaks, processes = s.json("leaks")["items"], s.json("ps", "--dead")["items"]
            failures = s.json("explain", "--failures")["failures"]
            for seed, pid, planted in sims:
                check_equal(len(planted), 1, "planted")
                of_pid = lambda items: [item for item in items if item["pid"] == pid]
                check_equal(len(of_pid(processes)), 1, f"ledgers of {pid}")
                check_found(planted[0], of_pid(leaks), of_pid(processes)[0], of_pid(failures),
                            f"{machine}, seed {seed}, {planted[0]['plant']}:")


def test_planted_bugs_are_found_and_nothing_else_on_an_n150():
    plants_are_found("n150")


def test_planted_bugs_are_found_and_nothing_else_on_an_n300():
    plants_are_found("n300")


def test_planted_bugs_are_found_and_nothing_else_on_a_t3000():
    plants_are_found("t3000")


def test_planted_bugs_are_found_and_nothing_else_on_a_galaxy():
    plants_are_found("galaxy")


def test_planted_bugs_are_found_and_nothing_else_on_a_blackhole():
    plants_are_found("p150")


def test_planted_bugs_are_found_and_nothing_else_on_a_blackhole_galaxy():
    plants_are_found("bh_galaxy")
