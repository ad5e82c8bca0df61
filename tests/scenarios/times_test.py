"""All times begin at one zero, in every view, and what a view prints is a moment that commands take."""
import json
import re
import time

from scenario import BIN, SIM, check, check_equal, scene, sums_of, wait_until

EVENTS, COUNTS = {"TTMEM_LEVEL": "events"}, {"TTMEM_LEVEL": "counts"}

DURATION = r"(?:[\d.]+ (?:us|ms|s|min|h|d) ?)+"


def capture_of_a_rest(s):
    """A capture of a process that holds memory and rests when the recording begins, and of what it does then."""
    sim = s.mesh_test("T3000", ["run1.matmul"], env={"TTMEM_LEVEL": "events"})
    sim.wait_paused("run1.matmul")
    capture = s.files / "rest.ttmem"
    recorder = s.start(BIN / "ttmem", "record", "-q", "-o", capture, "--pid", sim.pid)

    def holds():  # before, it is no capture yet, or has no process
        said = s.ttmem("buffers", capture, "--json", code=None)
        return said.returncode == 0 and json.loads(said.stdout)["items"]

    wait_until(holds, "what it holds is recorded")
    time.sleep(0.4)
    sim.resume()
    sim.finish()
    check(recorder.wait(timeout=60) == 0, "the recorder ended with", recorder.returncode)
    return capture, s.json("info", capture)


def held(items):
    return sorted((item["address"], item["reserved_bytes"]) for item in items)


def page_of(s, *capture_and_options):
    page = s.files / "page.html"
    s.ttmem("page", *capture_and_options, "-o", page, "--force")
    return json.loads(re.search(r'<script type="application/json" id="data"[^>]*>(.*?)</script>', page.read_text(), re.DOTALL)[1])


def test_every_view_begins_with_the_recording_and_ends_with_it():
    with scene() as s:
        capture, info = capture_of_a_rest(s)
        text = s.ttmem("info", capture).stdout
        duration = re.search(rf"Recorded from \S+ to \S+, ({DURATION})\.\n", text)[1]
        timeline = s.json("timeline", capture)
        check_equal([timeline["from"], timeline["to"]], [info["began_at"], info["ended_at"]], "the axis:")
        dram = next(pool for pool in timeline["pools"] if pool["pool"] == "dram")
        check(dram["reserved_bytes"][0] > 0, "what lived before the first event is drawn")
        axes = [line.split("0 s", 1)[1].strip() for view in (("timeline", capture, "--by", "time", "--from", "0s"), ("top", capture, "--view", "timeline", "--frame", "120x40"))
                for line in s.ttmem(*view).stdout.splitlines() if re.match(r" *0 s  ", line)]
        check(len(axes) > 1 and set(axes) == {duration}, axes, "are not", duration)
        used = s.ttmem("timeline", capture, "--by", "time").stdout
        check(re.search(r"\nDrawn: .* of " + re.escape(duration) + ", from the first allocation to the end of use", used), used)
        page = page_of(s, capture)["timeline"]
        check_equal([page["from"], page["begin"]], [info["began_at"], 0], "the page:")
        s.ttmem("timeline", capture, "--by", "time", "--svg", s.files / "x.svg")
        check(">0 s<" in (s.files / "x.svg").read_text(), "the picture begins with 0 s")


def test_a_moment_is_the_same_however_it_is_told():
    with scene() as s:
        capture, info = capture_of_a_rest(s)
        truth = held(s.json("buffers", capture, "--at", "0")["items"])
        check(truth, "something is held when it begins")
        timeline = s.json("timeline", capture)
        for at in ("200ms", "0.2", ".2s", "+200 ms", "0.2 s", "0 min 0.2 s", "+200000us"):
            then = s.json("buffers", capture, "--at", at)
            check_equal(held(then["items"]), truth, at)
            check("200 ms after the recording began" in then["moment"], at, then["moment"])
        slot = timeline["slots"] // 1000
        for pool in timeline["pools"]:
            one = pool["chips"][0]
            reserved = sums_of(s.json("buffers", capture, "--at", "1ms")["items"]).get(one, {}).get(pool["pool"], [0, 0])[1]
            check_equal(pool["reserved_bytes"][slot], reserved, pool["pool"])


def test_what_views_print_is_taken_back():
    with scene() as s:
        capture = s.recorded(SIM, "decode")
        for part in ((), ("--from", "1ms")):
            said = re.findall(rf"\+{DURATION}", s.ttmem("peak", capture, *part).stdout)
            check(said, "peak says when")
            for when in said:
                words = s.ttmem("buffers", capture, "--at", when.strip()).stdout
                check(f"{when.strip()[1:]} after the recording began" in words, when, words)
        part = s.json("timeline", capture, "--from", "1ms")
        page = page_of(s, capture, "--from", "1ms")["timeline"]
        check_equal([page["from"], page["begin"]], [part["from"], 1_000], "a part is told from the zero of the whole:")
        check(re.search(r"(?m)^ *1 ms  ", s.ttmem("timeline", capture, "--by", "time", "--from", "1ms").stdout), "also its axis")


def test_times_of_processes_begin_with_their_start():
    with scene() as s:
        sim = s.mesh_test("T3000", ["run1.matmul"], env={"TTMEM_LEVEL": "events"})
        sim.wait_paused("run1.matmul")
        started = s.json("ps")["items"][0]["started_at"]
        check_equal(s.json("timeline", "--pid", sim.pid)["from"], started)
        check("after its process started" in s.ttmem("buffers", "--pid", sim.pid, "--at", "1us").stdout)


def test_a_time_that_nothing_tells_of_is_refused_in_words():
    with scene() as s:
        capture, info = capture_of_a_rest(s)
        check("it begins" in s.ttmem("buffers", capture, "--at", "2020-01-01T00:00:00Z", code=1).stderr)
        check(info["ended_at"] in s.ttmem("buffers", capture, "--at", "1d").stdout, "after its end it stands as at its end")
        for wrong in ("1.2.3s", "soon", "1x"):
            check(f"`{wrong}`" in s.ttmem("buffers", capture, "--at", wrong, code=2).stderr)


def test_the_moment_of_a_peak_has_the_peak():
    with scene() as s:
        capture = s.recorded(SIM, "decode", "--steps", "40", code=None)
        for peak in s.json("peak", capture)["peaks"]:
            one = peak["chips"][0]
            then = s.json("buffers", capture, "--at", peak["moment"]["at"])["items"]
            reserved = sums_of(then).get(one, {}).get(peak["pool"], [0, 0])[1]
            check_equal(reserved, peak["peak_reserved_bytes"], peak["pool"])


def reserved_at(s, when, chip, pool, *source):
    return sums_of(s.json("buffers", *source, "--at", when)["items"]).get(chip, {}).get(pool, [0, 0])[1]


def test_what_stands_beside_a_time_stands_at_it():
    with scene() as s:
        capture = s.recorded(SIM, "decode", "--steps", "40", code=None)
        peaks, data = s.json("peak", capture)["peaks"], page_of(s, capture)
        table = s.ttmem("peak", capture, "--bytes").stdout
        for line in table.splitlines():
            said = re.match(rf"\S+ +(dram|l1|l1_small|trace) +([\d,]+) .*\+({DURATION})", line)
            if not said:
                continue
            pool, figure, when = said[1], int(said[2].replace(",", "")), said[3].strip()
            one = next(peak["chips"][0] for peak in peaks if peak["pool"] == pool and peak["peak_reserved_bytes"] == figure)
            check_equal(reserved_at(s, when, one, pool, capture), figure, line)
        frame = s.ttmem("top", capture, "--view", "timeline", "--frame", "160x40").stdout
        when = re.search(rf"AT THE PEAK, \+({DURATION}), step", frame)[1].strip()
        fullest = peaks[0]
        check_equal(reserved_at(s, when, fullest["chips"][0], fullest["pool"], capture), fullest["peak_reserved_bytes"], f"top at {when}")
        for peak, steps in zip(data["peak"]["peaks"], data["timeline"]["pools"]):
            for step in {0, len(steps["slot"]) // 3, len(steps["slot"]) - 1, steps["slot"].index(steps["peak_slot"])}:
                check_equal(reserved_at(s, steps["when"][step], peak["chips"][0], peak["pool"], capture), steps["bytes"][step],
                            f"{peak['pool']} {steps['when'][step]}")


def test_a_process_without_history_makes_no_answer_exact():
    with scene() as s:
        kept = s.mesh_test("T3000", ["run2.tensors_freed"], env=EVENTS)
        kept.wait_paused("run2.tensors_freed")
        between = time.time()
        counted = s.mesh_test("T3000", ["run1.matmul"], env=COUNTS)
        counted.wait_paused("run1.matmul")
        own = {pid: sum(item["reserved_bytes"] for item in s.json("buffers", "--pid", pid)["items"]) for pid in (kept.pid, counted.pid)}
        check(all(own.values()), own)
        answers = {command: s.json(command)["coverage"] for command in ("peak", "stats", "tree", "timeline")}
        answers["page"] = page_of(s)["coverage"]
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(between)) + f".{int(between % 1 * 1e9):09}Z"
        before = s.json("buffers", "--at", at)
        answers["--at"] = before["coverage"]
        for answer, coverage in answers.items():
            check(not coverage["complete"], answer, coverage)
            said = [note for note in coverage["notes"] if "TTMEM_LEVEL" in note]
            check(len(said) == 1 and said[0].startswith(f"process {counted.pid}: "), answer, coverage)
        check_equal({item["pid"] for item in before["items"]}, {kept.pid}, "who held what before the other one began:")
        together = next(peak for peak in s.json("peak")["peaks"] if peak["pool"] == "dram")
        check(not together["peak_exact"] and together["peak_reserved_bytes"] < together["peak_reserved_bytes_max"], together)
        alone = s.json("peak", "--pid", counted.pid)["peaks"]
        exact = {peak["pool"]: peak for peak in s.json("peak", "--pid", kept.pid)["peaks"]}
        for peak in alone:
            check(peak["peak_exact"], "its own counts have it:", peak)
            check_equal(peak["peak_reserved_bytes"], exact[peak["pool"]]["peak_reserved_bytes"], peak["pool"])
