"""What the commands answer from a capture is what they answered while it happened, or what was so at its end."""
import datetime
import pathlib
import signal
import time

from capture_test import SIM, run_recorded
from scenario import BIN, SIM, check, check_equal, scene, wait_until
from unread_test import commands


def test_a_snapshot_is_what_the_commands_showed():
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul"])
        truth = sim.wait_paused("run1.matmul")
        live = s.json("buffers")
        s.ttmem("snapshot", "-o", s.files / "now.ttmem")
        sim.resume()
        sim.finish()
        kept = s.json("buffers", s.files / "now.ttmem")
        check_equal(len(kept["items"]), len(truth["live"]))
        for item in kept["items"] + live["items"]:
            del item["since"]  # two looks at a running process may convert its ticks a millisecond apart
        check_equal(kept["items"], live["items"])
        status = s.json("status", s.files / "now.ttmem")
        check_equal(len(status["chips"]), len(truth["chips"]))


def test_what_killed_processes_held_at_once_is_in_every_bound():
    """One allocates long after the last event of the other, which is killed later: when, nothing but a look tells."""
    with scene() as s:
        capture = s.files / "run.ttmem"
        recorder = s.start(BIN / "ttmem", "record", "-o", capture)
        wait_until(lambda: capture.exists() and capture.stat().st_size > 0, "the recording begins")
        sims, held = [], 0
        for _ in range(2):
            time.sleep(0.3)
            sims.append(s.mesh_test("n150", ["run1.matmul"], env={"TTMEM_LEVEL": "events"}))
            chip = sims[-1].wait_paused("run1.matmul")["chips"][0]
            held += chip["pools"]["dram"]["reserved_bytes"]
        time.sleep(0.3)
        pids = [sim.pid for sim in sims]
        for sim in sims:
            sim.process.kill()
            sim.process.wait()
        time.sleep(0.3)
        recorder.send_signal(signal.SIGINT)
        recorder.communicate(timeout=60)
        peak = [peak for peak in s.json("peak", capture)["peaks"] if peak["pool"] == "dram"][0]
        check(peak["peak_reserved_bytes"] <= held <= peak["peak_reserved_bytes_max"], held, peak)
        check(peak["moment"]["reserved_bytes"] >= held, "what was live then:", held, peak["moment"]["reserved_bytes"])
        check(peak["moment"]["reserved_bytes"] <= peak["peak_reserved_bytes_max"], peak)
        status = s.json("status", capture)["chips"][0]["pools"]["dram"]
        check(status["peak_reserved_bytes_max"] >= held, status)
        check_equal(sorted(item["pid"] for item in s.json("ps", capture, "--dead")["items"]), sorted(pids))


def test_a_snapshot_with_history_begins_with_its_process():
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul"], env={"TTMEM_LEVEL": "events"})
        sim.wait_paused("run1.matmul")
        time.sleep(0.3)
        s.ttmem("snapshot", "--history", "-o", s.files / "now.ttmem")
        check_equal(s.json("info", s.files / "now.ttmem")["began_at"], s.json("ps")["items"][0]["started_at"])
        check("+0 s" not in s.ttmem("peak", s.files / "now.ttmem").stdout.splitlines()[3])


# Commands whose answers tell of memory that was in use, with what else each is asked.
ABOUT_MEMORY = {"status": (), "ps": (), "buffers": (), "programs": (), "leaks": (), "peak": (), "stats": (), "tree": (), "traces": (), "timeline": (),
                "headroom": (), "replay": (), "growth": (), "map": (), "check": ("--leaks", "0"), "explain": ("0x1000",), "page": ("-o", "{}/page.html"),
                "export": ("csv", "-o", "{}/events.csv")}
# It compares; these are no answers about it: `info` reads no events, the others run programs, copy, serve or know none.
OTHERS = {"diff", "info", "run", "fit", "record", "snapshot", "open", "top", "metrics", "show", "gc", "doctor", "machines", "version", "completion",
          "preload-path", "allocation-server"}


def test_blocks_over_each_other_are_told_by_every_answer():
    with scene() as s:
        check_equal(sorted(commands(s)), sorted(OTHERS | ABOUT_MEMORY.keys()), "commands")
        sentence = "allocators overlap: "
        capture, done = run_recorded(s, SIM, "random", "--machine", "n300", "--seed", "1", "--steps", "400")
        report = s.files / "report.json"
        s.ttmem("run", "-q", "--report", report, "--", SIM, "random", "--machine", "n300", "--seed", "1", "--steps", "400")
        check(sentence in report.read_text(), "the report of a run")
        check(sentence not in s.ttmem("info", capture).stdout, "info")

        def told(command, more, *of):
            words = [str(word).format(s.files) for word in more]
            words = [command, *words[:1], *of, *words[1:]] if command in ("explain", "export") else [command, *of, *words]
            notes = s.json(*words, code=None)["coverage"]["notes"]
            check_equal(sum(sentence in note for note in notes), 1, words)
            done = s.ttmem(*words, *(["--force"] if "-o" in words else []), code=None)
            check_equal((done.stdout + done.stderr).count(sentence), 1, words)

        for command, more in ABOUT_MEMORY.items():
            told(command, more, capture)
        check_equal(sum(sentence in note for note in s.json("diff", capture, capture)["coverage"]["notes"]), 1, "diff")
        for file in ("page.html", "events.csv"):
            (s.files / file).unlink()
        for _ in range(2):
            s.driver("hold", 1)
        for command, more in (ABOUT_MEMORY | {"explain": ("--failures",)}).items():
            told(command, more)
        (s.files / "page.html").unlink()
        s.ttmem("page", capture, "-o", s.files / "page.html")
        check('"allocators_overlap":true,"' in (s.files / "page.html").read_text().replace(" ", ""), "the page has no badge")
        check(sentence in done.stderr, done.stderr)


def test_an_answer_is_the_same_from_a_capture():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "6", "--plant", "leak", "--plant", "missing-cb-free")
        for command in (["leaks"], ["programs", "--dead", "--limit", "0"], ["ps", "--dead"]):
            live, kept = s.json(*command), s.json(*command, capture)
            for item in live["items"] + kept["items"]:
                item.pop("pid_verified", None)  # only while it lived could it be seen
                item.pop("since", None)  # the later a look, the better the clock is known
            for name in ("items", "verdicts", "chips"):
                check_equal(kept.get(name), live.get(name), f"{command} {name}:")


def test_of_a_run_that_has_ended_status_buffers_and_programs_answer_at_once():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "6")
        ended = f"As it was at the end of {capture}, "

        def said(*words):  # in one line, for it is wrapped where the terminal ends
            return " ".join(s.ttmem(*words).stdout.split())

        status, text = s.json("status", capture), said("status", capture)
        check(ended in text and "when its process had ended: 8 chips, 1 process. " in text, text)
        check_equal(len(status["chips"]), 8)
        peaks = {peak["pool"]: peak for peak in s.json("peak", capture)["peaks"]}
        for chip in status["chips"]:
            dram = chip["pools"]["dram"]
            check_equal([dram["reserved_bytes"], dram["peak_reserved_bytes"]], [0, peaks["dram"]["peak_reserved_bytes"]])
        check(ended in said("ps", capture) and " ago " not in said("ps", capture), said("ps", capture))

        buffers, text = s.json("buffers", capture), said("buffers", capture)
        released = [item for item in buffers["items"] if item["verdict"] == "released_by_close"]
        check(released and len(released) == len(buffers["items"]), "nothing else was left")
        check(ended in text and f"none is live any more, released when their device was closed: {len(released)}" in text, text)
        info = s.json("info", capture)
        check_equal(info["chips"], 8)
        check_equal([info["live_at_end"], info["held_at_exit"], info["released_by_close"]], [0, 0, len(released)])

        then = s.json("buffers", capture, "--at", "dram-peak")
        check_equal({item["verdict"] for item in then["items"]} - {None, "cached"}, set())
        in_dram = sum(item["reserved_bytes"] for item in then["items"] if item["pool"] == "dram")
        check_equal(in_dram, peaks["dram"]["peak_reserved_bytes"], "what was live at the peak is the peak")

        began, at = (datetime.datetime.fromisoformat(stamp.rstrip("Z")) for stamp in (info["began_at"], peaks["dram"]["moment"]["at"]))
        after = f"+{(at - began) // datetime.timedelta(milliseconds=1) + 1}ms"
        check(s.json("buffers", capture, "--at", after)["items"], "weights stay after the peak:", after)
        check_equal(s.json("buffers", capture, "--at", "0ms")["items"], [], "nothing lived when it began")

        programs, text = s.json("programs", capture), said("programs", capture)
        check("As it was when a program needed most of a core's L1 in " in text, text)
        check(programs["moment"] in text, programs["moment"], text)
        check(len(programs["items"]) >= 5, programs)
        check_equal({place["resident_on"] for item in programs["items"] for place in item["places"]}, {None})
        check_equal(s.json("programs", capture, "--at", "end")["items"], [])
        check_equal(s.json("buffers", capture, "--at", "end"), buffers)
        check(f"No program matches at the end of {capture}" in said("programs", capture, "--at", "end"))
        other = s.ttmem("buffers", capture, "--at", "failure", code=1).stderr
        check("no allocation failed" in other, other)


def test_a_process_of_a_capture_is_asked_for_alone():
    with scene() as s:
        capture, _ = run_recorded(s, "sh", "-c", f"{SIM} decode --steps 2; {SIM} decode --steps 3")
        pids = [item["pid"] for item in s.json("ps", capture)["items"]]
        check_equal(len(pids), 2)
        check_equal([item["pid"] for item in s.json("ps", capture, "--pid", pids[1])["items"]], pids[1:])
        check_equal(s.json("status", capture, "--pid", pids[0])["coverage"]["notes"], [])
        rows = s.ttmem("programs", capture, "--pid", pids[1]).stdout.splitlines()
        check(any(row.startswith(f"{pids[1]} ") for row in rows), "no mark beside a pid that was told in the past:", rows)
        check("the capture has no process 1\n" in s.ttmem("ps", capture, "--pid", "1", code=3).stderr)


def test_a_capture_alone_is_answered_with_what_can_be_asked_of_it():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "2")
        said = s.ttmem(capture, code=2).stderr
        check(f"`{capture}` is a capture, and no command" in said and f"ttmem peak {capture}" in said, said)


def test_what_is_no_capture_is_refused_in_words():
    with scene() as s:
        path = s.files / "x"
        for content, words in (("", "shorter"), ("x" * 100, "not a capture")):
            path.write_text(content)
            check(words in s.ttmem("info", path, code=1).stderr)
        for command in ("info", "peak", "leaks", "stats", "timeline", "tree"):
            said = s.ttmem(command, s.files / "nothing", code=1).stderr
            check("why: " in said and "next: " in said, command, said)
        check("No such file" in s.ttmem("info", s.files / "nothing", code=1).stderr)


def test_an_empty_capture_is_told_of_and_not_this_machine():
    with scene() as s:
        capture = s.recorded("true", name="empty")
        for command in ("status", "ps", "buffers", "programs", "map", "peak", "stats", "tree", "traces", "timeline", "headroom",
                        "growth", "leaks"):
            said = s.ttmem(command, capture, code=3).stdout
            check("run" not in said.replace(str(capture), "") and "/dev" not in said.replace(str(capture), ""), command, said)
        for gate in (("check", "--leaks", 0), ("check", "--limit", "dram=1G"), ("leaks", "--fail-on-leak")):
            check(s.ttmem(*gate, capture, code=None).returncode in (3, 12), gate, "is green")


SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "golden/samples"


def test_every_answer_takes_a_captured_graph():
    graph, other = SAMPLES / "captured-graph-report.json", SAMPLES / "captured-graph-no-dispatch.json"
    with scene() as s:
        (chip,) = s.json("show", graph)["chips"]
        shown = {pool: use["peak_reserved_bytes"] for pool, use in chip["pools"].items() if use["peak_reserved_bytes"]}
        for command in ("peak", "timeline"):
            pools = s.json(command, graph)["peaks" if command == "peak" else "pools"]
            check_equal({pool["pool"]: pool["peak_reserved_bytes"] for pool in pools}, shown, command)
        for command in (("stats",), ("tree",), ("growth",), ("headroom",), ("traces",), ("diff", other), ("export", "jsonl")):
            done = s.ttmem(*command, graph, *(() if command[0] == "export" else ("--json",)))
            check("This was imported" in done.stdout, command, done.stdout)
        s.ttmem("check", graph, "--leaks", 0, code=12)
        check("not a capture" in s.ttmem("replay", graph, code=1).stderr, "where nothing is told of times and all addresses")


def test_what_lives_where_a_part_of_a_capture_ends_has_not_leaked():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "12")
        s.ttmem("check", capture, "--leaks", 0)
        for milliseconds in (1, 2, 3, 5, 8, 13, 21):
            document = s.json("check", capture, "--leaks", 0, "--to", f"{milliseconds}ms", code=None)
            check(all(line["outcome"] != "failed" for line in document["checks"]), milliseconds, document["checks"])


def test_of_a_capture_each_command_says_who_tells_more():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "6")
        refused = s.ttmem("show", capture, code=2).stderr
        check("is a capture of ttmem" in refused and f"explain --last or info {capture}" in refused, refused)
        check_equal(s.ttmem("explain", "--failures", capture).stdout, s.ttmem("explain", capture).stdout)
        report = s.files / "report.csv"
        report.write_text("not ours\n" * 100)
        for command in ("leaks", "buffers", "status"):
            check("what other programs wrote is for `ttmem show`" in s.ttmem(command, report, code=1).stderr, command)
