"""Answers about what happened: peak, timeline, stats, tree and growth of real processes equal the simulator's truth."""
import json
import random
import tempfile
import xml.etree.ElementTree

from scenario import SIM, check, check_equal, scene, seeds

MACHINES = ["n150", "n300", "t3000", "galaxy", "p100", "p150", "p300", "4xp150", "8xp150", "bh_galaxy"]
SEEDS = seeds(24, 500)  # over all machines
STEPS = 120
EVENTS = {"TTMEM_LEVEL": "events"}


def recorded(s, *arguments):
    """The process of a workload that has ended, with its truth."""
    with tempfile.NamedTemporaryFile(dir=s.files, suffix=".json", delete=False) as file:
        truth = file.name
    sim = s.start(SIM, *arguments, "--truth", truth, env=EVENTS)
    output, errors = sim.communicate(timeout=60)
    check(sim.returncode == 0, output, errors)
    with open(truth, encoding="utf-8") as file:
        return sim.pid, json.load(file)


def shares(items, class_of, is_outlived):
    """{(op, tag, class, outlived): [allocations, requested, reserved]}"""
    sums = {}
    for item in items:
        key = (str(item["op"]), str(item["tag"]), class_of(item), is_outlived(item))
        sum_ = sums.setdefault(key, [0, 0, 0])
        sum_[0] += item.get("allocations", 1)
        sum_[1] += item["requested_bytes"]
        sum_[2] += item["reserved_bytes"]
    return sums


def check_peaks(document, truth, what):
    check(document["coverage"]["complete"], what, document["coverage"])
    of = {(chip, peak["pool"]): peak for peak in document["peaks"] for chip in peak["chips"]}
    for chip in truth["points"][-1]["chips"]:
        for pool, use in chip["pools"].items():
            found = of.get((chip["chip_id"], pool))
            check((found is not None) == (use["peak_reserved_bytes"] != 0), what, chip["chip_id"], pool, found, use)
            if found:
                check(found["peak_exact"], what, found)
                check_equal(found["peak_reserved_bytes"], use["peak_reserved_bytes"], what)
                check_equal(found["moment"]["reserved_bytes"], use["peak_reserved_bytes"], what)
    end = truth["points"][-1]
    leaked = {item["unique_id"] for item in end["live"] + end["leaked_and_closed"] if item["leaked"]}
    for peak in truth["peaks"]:
        if not peak["live"]:
            continue
        moment = of[(peak["chip_id"], peak["pool"])]["moment"]
        check_equal(shares(moment["shares"], lambda i: i["class"], lambda i: i["part"] in ("leaked", "outlived")),
                    shares(peak["live"], lambda i: i["class"], lambda i: i["leaked"] or i["unique_id"] in leaked),
                    f"{what} {peak['chip_id']} {peak['pool']}")


def test_peaks_and_what_was_live_then_equal_the_truth():
    with scene() as s:
        for seed in SEEDS:
            machine = MACHINES[seed % len(MACHINES)]
            chosen = random.Random(seed)
            plants = ["--plant", "leak"] if chosen.randrange(2) else []
            pid, truth = recorded(s, "random", "--machine", machine, "--seed", seed, "--steps", STEPS, *plants)
            check_peaks(s.json("peak", "--pid", pid), truth, f"{machine}, seed {seed}, {plants}:")
            s.ttmem("gc", "--yes", "--force", code=None)


def test_peaks_of_a_model_that_decodes_equal_the_truth():
    with scene() as s:
        pid, truth = recorded(s, "decode", "--steps", 12)
        check_peaks(s.json("peak", "--pid", pid), truth, "decode:")


def lowest_addresses(s, pid):
    """{chip: lowest address in a bank of DRAM at which anything ever lay}. The region of traces is above DRAM, so where it
    begins is known as well as where DRAM does: not above that address. Kernel binaries are at the top of DRAM; where there was
    nothing else, hardly anything is known."""
    head, *rows = [json.loads(line) for line in s.ttmem("export", "jsonl", "--allocations", "--pid", pid).stdout.splitlines()]
    lowest = {}
    for row in rows:
        if row.get("pool") != "dram":
            continue
        of_name = [set(place["chip_ids"]) for place in head["places"] if place["place"] == row["place"]]
        for chip in set.intersection(*of_name):  # those of each place of this name
            lowest[chip] = min(row["address_in_bank"], lowest.get(chip, row["address_in_bank"]))
    return lowest


def check_headroom(document, truth, lowest, what):
    check(document["coverage"]["complete"], what, document["coverage"])
    rooms = {(chip, room["pool"]): room for room in document["pools"] for chip in room["chips"]}
    for chip in truth["points"][-1]["chips"]:
        for pool, use in chip["pools"].items():
            if pool == "system" or not use["capacity_bytes"]:
                continue
            room = rooms.get((chip["chip_id"], pool))
            if room is None:  # nothing was ever used on this chip
                check_equal(use["peak_reserved_bytes"], 0, f"{what} {chip['chip_id']} {pool}")
                continue
            left = use["capacity_bytes"] - use["peak_reserved_bytes"]
            least, most = room["circular_buffer_bytes"] or 0, room["circular_buffer_bytes_max"] or 0
            check(most == 0 or pool == "l1", what, pool, room)
            check_equal([room["headroom_bytes"] + most, room["headroom_bytes_max"] + least], [left, left], f"{what} {pool}")
            split = room["kept_at_peak"]["reserved_bytes"] + room["transient_at_peak"]["reserved_bytes"]
            check_equal(split, use["peak_reserved_bytes"], f"{what} {pool}")
            check(room["untouched_bytes"] is not None, what, pool, room)
            check(room["untouched_bytes"] <= room["untouched_bytes_max"] <= left, what, pool, room)
            if pool == "trace" and not room["banks_are_partitioned"] and chip["chip_id"] in lowest:
                open_bytes = room["untouched_bytes_per_bank_max"] - room["untouched_bytes_per_bank"]
                check(open_bytes <= lowest[chip["chip_id"]], what, pool, room)


def test_headroom_is_what_the_truth_leaves():
    with scene() as s:
        for seed in SEEDS:
            machine = MACHINES[seed % len(MACHINES)]
            pid, truth = recorded(s, "random", "--machine", machine, "--seed", seed, "--steps", STEPS)
            check_headroom(s.json("headroom", "--pid", pid), truth, lowest_addresses(s, pid), f"{machine}, seed {seed}:")
            s.ttmem("gc", "--yes", "--force", code=None)


def test_headroom_fits_into_eighty_columns_and_begins_with_the_answer():
    with scene() as s:
        pid, _ = recorded(s, "decode", "--steps", 12)
        text = s.ttmem("headroom", "--pid", pid, env={"COLUMNS": "80"}).stdout
        check(text.startswith("dram of ") and " can take " in text.splitlines()[0] and " more, " in " ".join(text.splitlines()[:2]), text)
        check(all(len(line) <= 80 for line in text.splitlines()), text)


def test_a_diff_finds_a_planted_growth_and_whose_it_is():
    with scene() as s:
        runs = []
        for plants in ([], ["--plant", "leak"], ["--plant", "leak"]):
            pid, truth = recorded(s, "decode", "--steps", 12, *plants)
            chips = truth["points"][-1]["chips"]
            runs.append((f"pid:{pid}", max(chip["pools"]["dram"]["peak_reserved_bytes"] for chip in chips)))
        (clean, low), (leaking, high), (again, _) = runs
        document = s.json("diff", clean, leaking)
        check(document["coverage"]["complete"], document["coverage"])
        dram = next(pool for pool in document["pools"] if pool["pool"] == "dram")
        check_equal([dram["peak_growth_bytes_min"], dram["peak_growth_bytes_max"]], [high - low] * 2, "growth")
        check_equal([run["peak_reserved_bytes"] for run in dram["runs"]], [low, high], "peaks")
        first = dram["owners_at_peak"][0]
        check_equal([first["tag"], first["change"]], ["planted", "new"], dram["owners_at_peak"])
        for name, total, key in (("owners_at_peak", "at_peak", "reserved_bytes"), ("owners_left", "left", "reserved_bytes_all_chips")):
            for run in range(2):
                check_equal(sum(row["runs"][run][key] for row in dram[name]), dram["runs"][run][total][key], name)
        check_equal([row["tag"] for row in dram["owners_left"] if row["change"] != "same"], ["planted"], "left")
        text = s.ttmem("diff", clean, leaking).stdout
        check(text.startswith("The peak of dram grew by ") and "planted" in text, text)
        check(s.ttmem("diff", leaking, again).stdout.startswith("Nothing grew: all is the same."), "twice the same")
        check_equal(len(s.json("diff", clean, leaking, again)["runs"]), 3, "three runs")
        s.ttmem("diff", clean, code=2)
        s.ttmem("diff", clean, "pid:4000000", code=3)
        s.ttmem("diff", clean, "pid:many", code=2)
        s.ttmem("diff", clean, "nothing.ttmem", code=1)


def test_the_circular_buffers_of_programs_at_their_peak_are_the_truth():
    with scene() as s:
        file = s.files / "decode.ttmem"
        with tempfile.NamedTemporaryFile(dir=s.files, suffix=".json", delete=False) as truth_file:
            truth = truth_file.name
        s.ttmem("run", "-o", file, "--", SIM, "decode", "--steps", 6, "--truth", truth)
        with open(truth, encoding="utf-8") as text:
            points = json.load(text)["points"]
        # all of its programs run, and are still cached after a step
        most = max(at["max_bytes_per_core"] for point in points for program in point.get("programs", [])
                   for at in program["places"])
        (core,) = s.json("peak", file)["cores"]
        check_equal(core["most_circular_buffer_bytes_per_core"], most, core)
        check_equal(core["unknown_dispatches"], 0, core)
        check(core["trace_replays"] > 0 and core["is_bound"], "what traces run is not counted", core)
        check_equal(core["needed_bytes_per_core"], core["circular_buffer_bytes_per_core"] + core["dataflow_buffer_bytes_per_core"] +
                    core["scratchpad_bytes_per_core"] + core["buffer_bytes_per_core"], core)
        check(f" when `{core['op']}`" in s.ttmem("peak", file).stdout, core)


def test_a_timeline_tells_the_same_peak_and_draws_a_picture():
    with scene() as s:
        pid, _ = recorded(s, "decode", "--steps", 12)
        peak, timeline = s.json("peak", "--pid", pid), s.json("timeline", "--pid", pid)
        check_equal([p["peak_reserved_bytes"] for p in timeline["pools"]],
                    [p["peak_reserved_bytes"] for p in peak["peaks"]], "peaks")
        for pool in timeline["pools"]:
            check_equal(max(pool["reserved_bytes"]), pool["peak_reserved_bytes"], "the largest slot")
            for i, slot in enumerate(pool["reserved_bytes"]):
                check_equal(sum(band[i] for band in pool["bands"].values()), slot, "bands")
        picture = s.files / "t.svg"
        s.ttmem("timeline", "--pid", pid, "--svg", picture)
        check(picture.stat().st_size <= 300_000, picture.stat().st_size)
        root = xml.etree.ElementTree.parse(picture).getroot()
        check(root.tag.endswith("svg") and len(list(root.iter())) <= 10_000, root.tag)
        text = s.ttmem("timeline", "--pid", pid, "--ascii", env={"COLUMNS": "80"}).stdout
        check(text.isascii() and all(len(line) <= 80 for line in text.splitlines()[2:20]), text)


def test_statistics_and_trees_add_up():
    with scene() as s:
        pid, truth = recorded(s, "random", "--seed", 7, "--steps", STEPS)
        stats = s.json("stats", "--pid", pid)
        total = stats["all"]
        check_equal(total["allocations"], total["freed"] + total["released"] + total["lost"] + total["live"], "all ended")
        for field in ("allocations", "freed", "reserved_bytes_all_chips"):
            check_equal(sum(o[field] for o in stats["owners"]), total[field], field)
        tree = s.json("tree", "--pid", pid, "--by", "op,tag,class")
        def check_node(node):
            if node["children"]:
                check_equal(sum(c["reserved_bytes"] for c in node["children"]), node["reserved_bytes"], "children")
            for child in node["children"]:
                check_node(child)
        for pool in tree["pools"]:
            check_node(pool)
        peaks = s.json("peak", "--pid", pid)["peaks"]
        check_equal([p["reserved_bytes"] for p in tree["pools"]], [p["moment"]["reserved_bytes"] for p in peaks], "roots")
        del truth


def test_a_tree_has_a_level_of_tags_where_anything_has_one():
    with scene() as s:
        pid, _ = recorded(s, "conv")  # weights have tags, and activations have none
        for pool, tagged in (("l1", False), ("dram", True)):
            only = ("--pid", pid, "--pool", pool)
            text = s.ttmem("tree", *only).stdout
            check_equal([("op > tag > part" if tagged else "op > part") in text, "(no tag)" in text], [True, tagged], text)
            check("op > tag > part" in s.ttmem("tree", *only, "--by", "op,tag,part").stdout, "where it is asked for")
            node, levels = s.json("tree", *only)["pools"][0], []
            while node["children"]:
                node = node["children"][0]
                levels.append(node["by"])
            check_equal(levels, ["op", "tag", "part"])


def test_a_process_that_is_not_known_is_an_error_and_nothing_tracked_is_told():
    with scene() as s:
        for command in ("peak", "timeline", "stats", "tree", "growth", "headroom"):
            s.ttmem(command, "--pid", 4000000, code=3)
        check("there is nothing to judge" in s.ttmem("leaks", code=3).stdout)
        for command in ("status", "ps", "buffers", "programs", "peak", "timeline", "stats", "tree", "growth", "headroom"):
            check("Nothing is tracked" in s.ttmem(command, code=3).stdout, command)


def test_a_planted_leak_does_not_pass_as_growth_when_it_happened_once():
    with scene() as s:
        pid, truth = recorded(s, "decode", "--steps", 12, "--plant", "leak")
        check_equal(len(truth["planted"]), 1, "planted")
        growth = s.json("growth", "--pid", pid)
        check(all(owner["certainty"] == "possible" for owner in growth["owners"]), growth["owners"])
        check_equal(growth["judgement"], s.json("leaks", "--pid", pid)["judgement"], "it leaked, and is judged")
        done = s.ttmem("growth", "--pid", pid, "--fail-on-growth", code=12)
        check("1 allocation, " in done.stdout and "though no growth of it is certain" in done.stdout, done.stdout)


def test_leaks_that_are_known_are_counted_and_fail_no_gate():
    with scene() as s:
        known, other = s.files / "known.supp", s.files / "other.supp"
        known.write_text("# planted on purpose\ntag:planted\n")
        other.write_text("op:nothing_of_this_name\n")
        leaking = [SIM, "decode", "--steps", 12, "--plant", "leak"]
        s.ttmem("run", "--fail-on-leak", "--suppressions", other, "--", *leaking, code=10)
        done = s.ttmem("run", "--fail-on-leak", "--suppressions", "tt-metal", "--suppressions", known, "--", *leaking)
        check("ttmem: left after the end: nothing but what is suppressed\n" in done.stderr, done.stderr)
        check("ttmem: 1 suppressed, " in done.stderr and "1 by tag:planted\n" in done.stderr, done.stderr)
        pid, _ = recorded(s, "decode", "--steps", 12, "--plant", "leak")
        s.ttmem("leaks", "--pid", pid, "--fail-on-leak", code=10)
        document = s.json("leaks", "--pid", pid, "--fail-on-leak", "--suppressions", known)
        check_equal([document["items"], [line["line"] for line in document["suppressed"]]], [[], ["tag:planted"]], "leaks")
        check_equal(document["suppressed"][0]["allocations"], 1, "leaks")
        text = s.ttmem("leaks", "--pid", pid, "--suppressions", known).stdout
        check("Of all that is not suppressed, nothing leaked" in text and "1 suppressed, " in text, text)
        s.ttmem("check", "--pid", pid, "--leaks", 0, code=10)
        document = s.json("check", "--pid", pid, "--leaks", 0, "--suppressions", known)
        check_equal([line["line"] for line in document["suppressed"]], ["tag:planted"], "check")
        s.ttmem("leaks", "--suppressions", s.files / "nothing.supp", code=2)
        known.write_text("planted\n")
        s.ttmem("run", "--suppressions", known, "--", "true", code=2)


def test_a_check_passes_fails_and_is_never_green_unseen():
    with scene() as s:
        pid, _ = recorded(s, "decode", "--steps", 12)
        peaks = {p["pool"]: p["peak_reserved_bytes"] for p in s.json("peak", "--pid", pid)["peaks"]}
        most = peaks["dram"]
        document = s.json("check", "--pid", pid, "--limit", f"dram={most}", "--leaks", 0)
        check_equal([c["outcome"] for c in document["checks"]], ["passed", "passed"], document["checks"])
        s.ttmem("check", "--pid", pid, "--limit", f"dram={most - 1}", code=10)
        baseline, junit = s.files / "memory.txt", s.files / "memory.xml"
        s.ttmem("check", "--pid", pid, "--write-baseline", baseline)
        check(f"peak dram {most}  #" in baseline.read_text(), baseline.read_text())
        s.ttmem("check", "--pid", pid, "--baseline", baseline, "--junit", junit)
        baseline.write_text(f"peak dram {most * 100 // 102}\n")
        done = s.ttmem("check", "--pid", pid, "--baseline", baseline, "--tolerance", "1%", "--annotate", "github", "--junit", junit, code=10)
        check(done.stdout.startswith("::error title=ttmem check::baseline of dram: "), done.stdout)
        suite = xml.etree.ElementTree.parse(junit).getroot()[0]
        check_equal(suite.attrib["failures"], "1", "junit")
        s.ttmem("check", "--pid", pid, code=2)
        counted = s.start(SIM, "decode", "--steps", 12, env={"TTMEM_LEVEL": "counts"})
        counted.communicate(timeout=60)  # its peaks are exact without any history
        s.ttmem("check", "--pid", counted.pid, "--limit", f"l1={peaks['l1']}")
        s.ttmem("check", "--pid", counted.pid, "--limit", f"l1={peaks['l1'] - 1}", code=10)


def test_circular_buffers_are_in_stats_and_tree_as_in_peak():
    with scene() as s:
        pid, _ = recorded(s, "decode", "--steps", 4)
        cores = s.json("peak", "--pid", pid)["cores"]
        check(cores and cores[0]["circular_buffer_bytes_per_core"] > 0, "programs have circular buffers")
        for answer in (("stats", "--pid", pid), ("tree", "--pid", pid), ("tree", "--pid", pid, "--pool", "l1")):
            for core, same in zip(s.json(*answer)["cores"], cores, strict=True):  # the rate of its clock is told anew each time
                check_equal({**core, "at": None}, {**same, "at": None}, str(answer))
        check_equal([s.json("tree", "--pid", pid, "--pool", "dram")["cores"], s.json("tree", "--pid", pid, "--end")["cores"]], [[], []])
        for command in ("peak", "stats", "tree"):
            check("A core's L1 was fullest on " in s.ttmem(command, "--pid", pid).stdout, command)


def check_diff_adds_up(document, what):
    for pool in document["pools"]:
        for i, run in enumerate(pool["runs"]):
            peak = sum(owner["runs"][i]["reserved_bytes"] for owner in pool["owners_at_peak"]) + run["unrecorded_bytes_at_peak"]
            check_equal(peak, run["peak_reserved_bytes"], f"{what} {pool['pool']}")
            left = sum(owner["runs"][i]["reserved_bytes_all_chips"] for owner in pool["owners_left"])
            check_equal(left, run["left"]["reserved_bytes_all_chips"], f"{what} {pool['pool']}")


def test_diff_says_first_that_a_capture_is_not_whole_and_adds_up_all_the_same():
    with scene() as s:
        whole, cut = s.files / "whole.ttmem", s.files / "cut.ttmem"
        s.ttmem("run", "-q", "-o", whole, "--", SIM, "decode", "--steps", 12)
        content = whole.read_bytes()
        check_diff_adds_up(s.json("diff", whole, whole), "whole")
        check(s.ttmem("diff", whole, whole).stdout.startswith("Nothing grew: all is the same."), "two that are whole")
        for part in (0.02, 0.2, 0.5, 0.8, 0.95):
            cut.write_bytes(content[:int(len(content) * part)])
            for runs, lacking in (((whole, cut), "B"), ((cut, whole), "A"), ((cut, cut), "A and B")):
                done = s.ttmem("diff", *runs, code=None)  # 12 where nothing of a process was read
                said = " ".join(done.stdout.split())
                check(said.startswith(f"Incomplete: not everything is known of {lacking}, "), part, said[:300])
                check("Nothing grew" not in said and "all is the same" not in said, part, said[:600])
                document = s.json("diff", *runs, code=done.returncode)
                check_diff_adds_up(document, f"{part} {lacking}")
                for pool in document["pools"]:
                    check_equal(pool["left_growth_bytes_all_chips"], None, f"{part} {lacking}")
