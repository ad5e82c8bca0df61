"""`ttmem map` is the simulator's truth: blocks, holes, gaps above circular buffers, floor holders and what they strand,
wherever the workload `random` is stopped, on every machine."""
import json
import os
import pathlib
import random
import xml.dom.minidom

from scenario import BIN, SIM, PausedSim, check, check_equal, scene, seeds

SEEDS = seeds(2, 500)  # of each machine
PLANTS = ["clash", "fragmentation", "leak"]


def blocks_on(truth, chip, pool):
    """(begin, end, allocation) of what is live, lowest first."""
    found = [(item["address"], item["address"] + item["reserved_bytes"] // item["banks"], item)
             for item in truth["live"] if item["pool"] == pool and chip in item["chips"]]
    return sorted(found, key=lambda block: block[:1])


def holes_between(blocks, begin, end):
    """Free ranges, the plain way: what no block covers."""
    edges = sorted({begin, end} | {edge for block in blocks for edge in block[:2]})
    holes = []
    for low, high in zip(edges, edges[1:]):
        if any(block[0] <= low and high <= block[1] for block in blocks) or low < begin or high > end:
            continue
        if holes and holes[-1][1] == low:
            holes[-1] = (holes[-1][0], high)
        else:
            holes.append((low, high))
    return holes


def check_blocks(bank, blocks, what):
    def told(low, high, item):
        return low, high, str(item["op"]), str(item["tag"]), item["class"]
    check_equal(bank["blocks_left_out"], 0, what)
    check_equal(sorted(told(item["address"], item["end_address"], item) for item in bank["blocks"]),
                sorted(told(*block) for block in blocks), what)


def check_holes(bank, blocks, what):
    check_equal(bank["begin_address_max"], bank["begin_address"], what + " begins where the runtime told")
    begin, end = bank["begin_address"], bank["begin_address"] + bank["capacity_bytes_per_bank"]
    holes = holes_between(blocks, begin, end)
    check_equal([(hole["address"], hole["end_address"]) for hole in bank["holes"]], holes, what)
    check_equal(bank["free_bytes_per_bank"], sum(high - low for low, high in holes), what)
    if not bank["banks_are_partitioned"]:
        check_equal(bank["largest_free_bytes_per_bank"], max((high - low for low, high in holes), default=0), what)


def may_go(item):
    return item["iteration"] != 0 and not item["leaked"] and not item["persistent"]


def check_floor(l1, blocks, what):
    floor, limit = l1["floor_holders"], l1["buffers"]["capacity_bytes_per_bank"] // 100
    holders = []
    for block in blocks:
        same = [other for other in blocks if other[0] == block[0]]  # of several allocators: all hold the floor, or none
        if any(other[1] - other[0] > limit or may_go(other[2]) for other in same):
            break
        holders.append(block)
    above = blocks[len(holders)][0] if len(holders) < len(blocks) else l1["top_address"]
    lowest = blocks[0][0] if blocks else l1["top_address"]
    check_equal(l1["floor_address"], lowest, what)
    check_equal(floor["holders"], len(holders), what + " floor holders")
    check_equal(sum(owner["holders"] for owner in floor["owners"]), len(holders), what)
    stranded = sum(high - low for low, high in holes_between(holders, lowest, max(above, lowest))) if holders else 0
    check_equal(floor["stranded_bytes_per_core"], stranded, what + " stranded")
    if holders:
        check_equal(floor["floor_without_address"], max(above, lowest), what + " floor without them")


def check_cores(l1, reaches, what):
    found = {(core["x"], core["y"]): core["reach_address"] for core in l1["cores"] if core["program"]}
    check_equal(found, {(core["x"], core["y"]): core["reach_address"] for core in reaches}, what + " reach of cores")
    for core in l1["cores"]:
        check_equal(core["gap_bytes_per_core"] - core["overlap_bytes_per_core"],
                    l1["floor_address"] - core["reach_address"], what + " gap")
    check_equal(l1["core"]["reach_address"], max(core["reach_address"] for core in l1["cores"]), what + " the worst core")


def check_margins(l1, programs, what):
    """Of every program that lives: how far it reaches, and what is left above it or lacks. Circular buffers may all lie in tensors."""
    true = {}
    for program in programs:
        for place in program["places"]:
            true.setdefault((program["name"], place["place"]), []).append(max(place["reach_address"], l1["base_address"]))
    check_equal(l1["programs_left_out"], 0, what)
    for program in l1["programs"]:
        reaches = true.get((program["program"], program["place"]), [])
        check(program["reach_address"] in reaches, what, program, "should reach to one of", reaches)
        check_equal(program["gap_bytes_per_core"] - program["overlap_bytes_per_core"], l1["floor_address"] - program["reach_address"],
                    what + " margin")
    check_equal(max([program["reach_address"] for program in l1["programs"]], default=l1["base_address"]),
                max([core["reach_address"] for core in l1["cores"]], default=l1["base_address"]), what + " the furthest")


def check_map(document, truth, what):
    check(document["coverage"]["complete"], what, document["coverage"])
    chips = [chip for item in document["items"] for chip in item["chips"]]
    check_equal(len(chips), len(set(chips)), what + " a chip is in two items")
    for item in document["items"]:
        for chip in item["chips"]:
            where = f"{what} chip {chip}"
            blocks = blocks_on(truth, chip, "l1")
            check_blocks(item["l1"]["buffers"], blocks, where)
            check_holes(item["l1"]["buffers"], blocks, where)
            check_floor(item["l1"], blocks, where)
            check_margins(item["l1"], truth["programs"], where)
            check_cores(item["l1"], next(r["cores"] for r in truth["reaches"] if r["chip_id"] == chip), where)
            for bank in item["banks"]:
                blocks = blocks_on(truth, chip, bank["pool"])
                check_blocks(bank, blocks, f"{where} {bank['pool']}")
                check_holes(bank, blocks, f"{where} {bank['pool']}")
    live = {chip for item in truth["live"] for chip in item["chips"]}
    check(live <= set(chips), what, "chips with live blocks are missing:", live - set(chips))


def is_true(machine, seed):
    chosen = random.Random(f"{machine} {seed}")
    points = [f"step{step}" for step in sorted(chosen.sample(range(1, 301), 3))]
    plant = chosen.choice(PLANTS)
    with scene() as s:
        sim = PausedSim(s, ["random", "--machine", machine, "--seed", seed, "--steps", 300, "--plant", plant], points)
        for point in points:
            truth = sim.wait_paused(point)
            check_map(s.json("map", "--pid", sim.pid), truth, f"{machine}, seed {seed}, {point}, {plant}:")
            sim.resume()
        sim.finish()


def map_is_true(machine):
    for seed in SEEDS:
        is_true(machine, seed)


def test_map_is_the_truth_on_n150():
    map_is_true("n150")


def test_map_is_the_truth_on_n300():
    map_is_true("n300")


def test_map_is_the_truth_on_t3000():
    map_is_true("t3000")


def test_map_is_the_truth_on_galaxy():
    map_is_true("galaxy")


def test_map_is_the_truth_on_p100():
    map_is_true("p100")


def test_map_is_the_truth_on_p150():
    map_is_true("p150")


def test_map_is_the_truth_on_p300():
    map_is_true("p300")


def test_map_is_the_truth_on_4xp150():
    map_is_true("4xp150")


def test_map_is_the_truth_on_8xp150():
    map_is_true("8xp150")


def test_map_is_the_truth_on_bh_galaxy():
    map_is_true("bh_galaxy")


def test_map_of_a_capture_shows_the_clash_at_the_moment_of_the_failure():
    with scene() as s:
        capture, truth = s.simulated("decode", "--machine", "n150", "--steps", "4", "--plant", "clash")
        planted = truth["planted"][0]
        document = s.json("map", capture, "--at", "failure")
        l1 = document["items"][0]["l1"]
        check_equal(l1["floor_address"], planted["l1_buffer"], "the lowest buffer is the one that was met")
        check_equal(l1["buffers"]["blocks"][0]["op"], planted["op"])
        check("when an allocation failed" in document["moment"], document["moment"])
        first = s.ttmem("map", capture, "--at", "failure").stdout.splitlines()[0]
        check(first.startswith("A program of ") and f"were to reach to {planted['cb_region_end']:,}, " in first and
              f"beyond the L1 buffer at {planted['l1_buffer']:,}" in first, first)
        s.ttmem("map", capture, "--at", "failure", "--svg", s.files / "clash.svg")
        picture, short = (s.files / "clash.svg").read_text(), planted["cb_region_end"] - planted["l1_buffer"]
        check(f"({short:,} B)</text>" in picture and ">lacking: " in picture, picture)
        check(f">did not fit: circular buffers up to {planted['cb_region_end']:,}<" in picture, picture)
        check_equal([document["clash"]["end_address"], document["clash"]["overlap_bytes_per_core"]], [planted["cb_region_end"], short])
        check_equal(s.json("map", capture, "--at", "l1-peak")["clash"], None, "of another moment")
        check_equal(s.json("map", capture, "--at", "end")["items"], [], "nothing lives at the end")
        check(s.json("map", capture)["items"], "without --at the fullest moment is shown")


def test_all_commands_tell_the_same_of_a_clash():
    with scene() as s:
        capture, truth = s.simulated("decode", "--machine", "n150", "--steps", "4", "--plant", "clash")
        planted = truth["planted"][0]
        lowest, end = planted["l1_buffer"], planted["cb_region_end"]
        for words in (("map", capture, "--at", "failure"), ("explain", "--last", capture)):
            rows = [line.split() for line in s.ttmem(*words, "--bytes" if words[0] == "map" else "--ascii").stdout.splitlines()]
            check(any("which did not fit" in " ".join(row) for row in rows), words, "shows the program that failed", rows)
            check(any(row[:1] == [f"{lowest:,}"] and "clash" in row for row in rows), words, rows)
            check(not any("CB" in row for row in rows), words, "shows another program's circular buffers", rows)
        replayed = s.json("replay", capture, code=10)
        clash, = replayed["circular_buffers"]["first_fit"]["first"]
        check_equal([clash["failed_when_recorded"], clash["reach_address"], clash["lowest_l1_buffer_address"]], [True, end, lowest])
        check("Clashed then, and here, at " in s.ttmem("replay", capture, code=10).stdout)


def test_an_address_is_explained_as_of_a_moment_however_it_is_written():
    with scene() as s:
        capture, truth = s.simulated("decode", "--machine", "n150", "--steps", "4", "--plant", "clash")
        planted = truth["planted"][0]
        lowest = planted["l1_buffer"]
        told = {s.ttmem("explain", address, capture, "--at", "failure", "--pool", "l1").stdout
                for address in (f"{lowest:,}", str(lowest), hex(lowest))}
        check_equal(len(told), 1, "three ways to write one address")
        text = told.pop()
        check(": live\n" in text and planted["op"] in text and "when an allocation failed" in text, text)
        matches = s.json("explain", lowest, capture, "--at", "end", "--pool", "l1")["matches"]
        check(all(match["state"] != "live" for match in matches), matches)
        check("is neither an address" in s.ttmem("explain", "1,2", capture, code=2).stderr)
        s.ttmem("explain", "--last", capture, "--at", "failure", code=2)


def test_map_of_a_buffer_that_did_not_fit_begins_with_it():
    with scene() as s:
        stream, capture = s.files / "stream.jsonl", s.files / "full.ttmem"
        stream.write_text("".join(json.dumps({"seq": i, "prog": 0, "ev": "alloc", "id": f"%{i}", "bytes": 1200 * 2**20, "mem": "dram",
                                              "layout": "interleaved", "grid": [1, 1], "op": "ttnn.load"}) + "\n" for i in range(12)))
        s.ttmem("run", "-q", "-o", capture, "--", SIM, "replay", stream, "--machine", "n150", code=None)
        failure = s.json("explain", "--last", capture)["failures"][0]
        said = " ".join(s.ttmem("map", capture, "--at", "failure", "--bytes").stdout.split())
        check(said.startswith(f"An allocation of {failure['requested_bytes']:,} by `ttnn.load` did not fit in dram of chip 0: it needed "
                              f"{failure['bytes_per_bank']:,} in each bank, where {failure['free_per_bank']:,} of "), said)
        s.ttmem("map", capture, "--at", "failure", "--svg", s.files / "full.svg")
        check(">did not fit: 100 MiB in one piece</text>" in (s.files / "full.svg").read_text(), "to scale in the bank")
        check("did not fit" not in s.ttmem("map", capture, "--at", "dram-peak").stdout, "of that moment alone")


def test_map_draws_a_picture_and_fits_into_eighty_columns():
    with scene() as s:
        capture, _ = s.simulated("decode", "--machine", "t3000", "--steps", "4")
        picture = s.files / "map.svg"
        s.ttmem("map", capture, "--svg", picture)
        text = picture.read_text()
        check(text.startswith("<svg") and text.endswith("</svg>\n") and len(text) < 300_000, len(text))
        xml.dom.minidom.parseString(text)
        lines = s.ttmem("map", capture, env={"COLUMNS": "80"}).stdout.splitlines()
        check_equal([line for line in lines if len(line) > 80], [], "wide lines")
        check(lines[0].startswith("The circular buffers of core ("), lines[0])
        s.ttmem("map", capture, "--core", "99,0", code=2)
        s.ttmem("map", "77", capture, code=1)
        s.ttmem("map", "0", capture, "--bank", "12", code=2)
        check("Bank 11 " in s.ttmem("map", "0", capture, "--bank", "11").stdout)


def test_the_last_failure_is_explained_with_the_state_of_its_moment():
    with scene() as s:
        capture, truth = s.simulated("decode", "--machine", "n150", "--steps", "4", "--plant", "clash")
        planted = truth["planted"][0]
        document = s.json("explain", "--last", capture)
        check_equal([f["kind"] for f in document["failures"]], ["cb_clash"])
        check_equal(document["failures"][0]["l1_buffer_address"], planted["l1_buffer"])
        l1 = next(pool for pool in document["held"] if pool["pool"] == "l1")
        check_equal(l1["holders"][0]["op"], planted["op"], "who held most of L1")
        check_equal(sum(h["reserved_bytes"] for h in l1["holders"]), l1["reserved_bytes"])
        text = s.ttmem("explain", "--last", capture, env={"COLUMNS": "80"}).stdout
        check("Who held what then" in text and "WHOSE" in text, text)
        for words in (("--last", capture), (capture,)):
            told = s.ttmem("explain", *words).stdout
            check(", at 20" in told and " ago" not in told, "a capture's failures have their time:", told)
        check_equal([line for line in text.splitlines() if len(line) > 80], [], "wide lines")
        check_equal(document["held"][0]["pool"], "l1", "the pool that had no room comes first")
        said = s.ttmem("explain", "--last").stdout
        check("process " in said and ", which has ended; reserved bytes:" in said, "without a file it is the newest:", said)


def test_where_nothing_failed_the_last_failure_is_said_to_have_been_looked_for():
    with scene() as s:
        said = s.ttmem("explain", "--last", code=3).stderr
        check("neither a running nor an ended process" in said, said)
        capture, _ = s.simulated("mesh-test", "--machine", "n150")
        said = s.ttmem("explain", "--last", code=3).stderr
        check("no allocation has failed in 1 process" in said and "0 running, 1 ended" in said, said)
        said = s.ttmem("explain", "--last", capture, code=3).stderr
        check(f"no allocation failed in {capture}" in said.replace("\n", " ") and "running" not in said, said)


def test_a_part_of_a_capture_does_not_deny_the_failure_that_it_lacks():
    with scene() as s:
        whole, _ = s.simulated("decode", "--machine", "n150", "--steps", "4", "--plant", "clash")
        content, cut, denied = whole.read_bytes(), s.files / "cut.ttmem", 0
        for length in range(len(content) // 20, len(content), len(content) // 20):
            cut.write_bytes(content[:length])
            for question in (("explain", "--last"), ("map", "--at", "failure"), ("buffers", "--at", "failure")):
                done = s.ttmem(*question, cut, code=None)
                check("no allocation failed" not in done.stdout + done.stderr, length, question, done.stderr)
                denied += done.returncode == 12 and "is known to have failed" in " ".join(done.stderr.split())
        check(denied != 0, "no cut was before the failure")


def test_a_failure_that_has_left_its_history_gives_way_to_the_next_in_time():
    with scene() as s:
        def failed(count, **environment):
            driver = s.start(BIN / "scenario-driver", "fail", count, env=environment)
            check_equal(driver.wait(), 0, "the driver")
            return driver.pid

        failed(20_000, TTMEM_LEVEL="events", TTMEM_HISTORY_BYTES="4096")
        said = s.ttmem("explain", "--last", code=3).stderr
        check("has no allocation that failed" in said, "one that cannot be told:", said)
        failed(1, TTMEM_LEVEL="counts")
        said = " ".join(s.ttmem("explain", "--last", code=3).stderr.split())
        check("none of the 2 processes in which an allocation failed" in said, "two that cannot be told:", said)
        kept = failed(1, TTMEM_LEVEL="events")
        failed(20_000, TTMEM_LEVEL="events", TTMEM_HISTORY_BYTES="4096")
        failed(1, TTMEM_LEVEL="counts")
        said = s.ttmem("explain", "--last").stdout
        check(f"process {kept}, which has ended" in " ".join(said.split()), "the newest that can be told:", said)
        check(", at 20" in said and " ago" not in said, "an ended process's failure has its time:", said)


def test_a_program_that_fails_leaves_a_file_with_who_held_what():
    with scene() as s:
        for options in ([], ["-o", s.files / "run.ttmem"]):
            report = s.files / "report.json"
            done = s.ttmem("run", *options, "--report", report, "--", "sh", "-c",
                           f"{BIN}/ttmem-sim decode --machine n150 --steps 4 --plant clash; exit 3", code=3,
                           env={"TMPDIR": str(s.files)})
            check("an allocation had failed" in done.stderr and "who held what then" in done.stderr, done.stderr)
            reason, peaks = done.stderr.index("an allocation had failed"), done.stderr.index("reserved at the peak")
            check(reason < peaks and " missing on each core" in done.stderr[:peaks], "the reason first:", done.stderr)
            told = done.stderr.replace("\nttmem:   ", " ").split("the whole of it: ttmem ", 1)[1].splitlines()[0]
            check("Who held what then" in s.ttmem(*told.split()).stdout, "what it names answers:", told)
            named = json.loads(report.read_text())["failure_file"]
            if options:
                check_equal(named, None, "a capture has it for good")
                check("and in a file" not in done.stderr, done.stderr)
                continue
            check(named and f"and in a file: {named}" in done.stderr.replace("\nttmem:   ", " "), named, done.stderr)
            with open(named, encoding="utf-8") as file:
                kept = file.read()
            check("Who held what then" in kept and "did not fit" in kept, kept)
        check_equal(len(list(s.files.glob("ttmem-failure-*"))), 1, "files of two runs")
        done = s.ttmem("run", "--report", report, "--", SIM, "decode", "--machine", "n150", "--plant", "clash")
        check_equal(json.loads(report.read_text())["failure_file"], None, "a program that copes has no need of it")


def test_files_of_runs_that_failed_do_not_pile_up():
    with scene() as s:
        others = [s.files / name for name in ("ttmem-failure-mine.txt", "ttmem-failure-1-abcdefg.txt", "ttmem-failure-1-abcdef.log")]
        for i in range(40):
            old = s.files / f"ttmem-failure-{i}-abcdef.txt"
            old.write_text("")
            os.utime(old, (i, i))
        for other in others:
            other.write_text("")
        link = s.files / "ttmem-failure-7-linked.txt"
        link.symlink_to(others[0])
        report = s.files / "report.json"
        s.ttmem("run", "--report", report, "--", "sh", "-c",
                f"{BIN}/ttmem-sim decode --machine n150 --steps 4 --plant clash; exit 3", code=3, env={"TMPDIR": str(s.files)})
        named = pathlib.Path(json.loads(report.read_text())["failure_file"])
        newest = {named.name} | {f"ttmem-failure-{i}-abcdef.txt" for i in range(21, 40)}
        kept = {path.name for path in s.files.glob("ttmem-failure-*")}
        check_equal(kept - {path.name for path in (*others, link)}, newest)
        check(all(path.exists() for path in (*others, link)), "what is none of these stays")
