"""Captures: what is recorded while it happens is what happened, whoever is killed meanwhile, whatever becomes of the file."""
import collections
import json
import os
import pathlib
import signal
import time

from scenario import (BIN, SIM, check, check_equal, document_of, figures_of, needs_mounts, process_state, scene,
                      sums_of, wait_until)

ALLOCATED, FREED, CLOSED = 1, 2, 5
DESTROYED, PLANNED, CBS_FREED = 11, 12, 14


def events_of(s, capture):
    """What was live before, and the events of a capture."""
    done = s.run(BIN / "scenario-capture-events", capture)
    check_equal(done.returncode, 0, "the capture can be read to its end:")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check_equal(lines[0]["events"], len(lines) - 1)
    return lines[0], lines[1:]


def block(entry, chips):
    """What the truth and the events both know of an allocation."""
    return (entry["pool"], entry["address"], entry["requested_bytes"], entry["reserved_bytes"], entry["class"],
            entry["op"] or "", entry["tag"] or "", tuple(sorted(chips)))


def block_of_event(event):
    return block(event, [hex(chip) for chip in event["place"]["chips"]])


def replayed(events):
    """After each event the multiset of what is live, as a counter that is changed in place."""
    live, by_place, now = {}, collections.defaultdict(set), collections.Counter()

    def remove(key):
        old = live.pop(key)
        now[old[0]] -= 1
        if not now[old[0]]:
            del now[old[0]]
        by_place[old[1]].discard(key)

    for event in events:
        key = (event["pid"], event["subject"])
        if event["kind"] == ALLOCATED:
            live[key] = (block_of_event(event), event["place"]["index"])
            by_place[event["place"]["index"]].add(key)
            now[live[key][0]] += 1
        elif event["kind"] == FREED and key in live:
            remove(key)
        elif event["kind"] == CLOSED:
            for released in list(by_place[event["place"]["index"]]):
                remove(released)
        yield now


def check_against_truth(s, capture, truth):
    """At each point of the truth, in their order, exactly that was live at some moment of the recording."""
    before, events = events_of(s, capture)
    check_equal(before["live_before"], 0, "it was recorded from its start:")
    points = [(point["name"], collections.Counter(block(item, item["chips"]) for item in point["live"]))
              for point in truth["points"]]
    check(max(sum(wanted.values()) for _, wanted in points) > 2, "the truth has points with content:", [name for name, _ in points])
    found = 0
    for now in replayed(events):
        while found < len(points) and now == points[found][1]:
            found += 1
    check_equal(found, len(points), f"points that were met; the next is {points[min(found, len(points) - 1)][0]}:")
    return events


def run_recorded(s, *command, options=(), **more):
    capture = s.files / "run.ttmem"
    done = s.ttmem("run", "-o", capture, *options, "--", *command, **more)
    return capture, done


def test_a_run_is_recorded_as_it_was():
    with scene() as s:
        for workload in (["mesh-test", "--machine", "t3000"], ["decode", "--machine", "n300", "--steps", "6"],
                         ["conv", "--steps", "3"], ["random", "--seed", "7", "--steps", "400"],
                         ["decode", "--machine", "n150", "--steps", "5", "--plant", "leak"]):
            truth = s.files / "truth.json"
            capture, done = run_recorded(s, SIM, *workload, "--truth", truth, options=["--force"])
            info = s.json("info", capture)
            check_equal([info["finished"], info["trouble"], info["gaps"], info["live_before"]], [True, None, [], 0],
                        f"{workload}: {done.stderr}")
            check_against_truth(s, capture, json.loads(truth.read_text()))


def test_events_that_a_ledger_has_overwritten_since_are_not_lost():
    with scene() as s:
        program = [SIM, "decode", "--machine", "n150", "--steps", "300", "--rate", "4000"]
        capture, _ = run_recorded(s, *program, options=["--report", s.files / "report.json"],
                                  env={"TTMEM_HISTORY_BYTES": "65536"})
        info, ledger = s.json("info", capture), s.json("ps", "--dead")
        check(ledger["coverage"]["events_lost"] > 100, "the ledger has overwritten some:", ledger["coverage"])
        report = json.loads((s.files / "report.json").read_text())
        told = [report["coverage"]["events_lost"], report["capture"]["events_lost"], info["coverage"]["events_lost"]]
        check_equal(told, [info["events_lost"]] * 3, "as many as its gaps have:")
        if info["gaps"] == []:  # as on any machine that is not overrun
            check_equal(told, [0] * 3)


def test_a_run_of_many_processes_is_recorded_together():
    with scene() as s:
        capture, _ = run_recorded(s, "sh", "-c", f"for i in 1 2 3 4; do {SIM} random --seed $i --steps 100 & done; wait")
        info = s.json("info", capture)
        check_equal([len(info["processes"]), info["finished"], info["gaps"]], [4, True, []])
        _, events = events_of(s, capture)
        for pid in {event["pid"] for event in events}:
            own = [event for event in events if event["pid"] == pid]
            check_equal([event["order"] for event in own], list(range(1, len(own) + 1)), "the order of one process:")
            check(all(a["at"] <= b["at"] for a, b in zip(own, own[1:])), "its times follow its order")


def test_a_running_process_is_recorded_from_now_on():
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul", "run2.matmul"])
        before = sim.wait_paused("run1.matmul")
        capture = s.files / "%p.ttmem"
        recorder = s.start(BIN / "ttmem", "record", "--pid", sim.pid, "-o", capture)
        capture = s.files / f"{sim.pid}.ttmem"
        wait_until(lambda: capture.exists() and capture.stat().st_size > 100, "the recording begins")
        sim.resume()
        sim.wait_paused("run2.matmul")
        sim.resume()
        sim.finish()
        recorder.communicate(timeout=60)
        check_equal(recorder.returncode, 0)
        info = s.json("info", capture)
        check_equal([info["finished"], info["live_before"]], [True, len(before["live"])])


def test_a_process_that_comes_and_goes_between_two_looks_is_recorded():
    with scene() as s:
        s.run(SIM, "decode", "--steps", "3", env={"TTMEM_LEVEL": "events"})
        for options in ([], ["--every", "3s"]):
            capture = s.files / f"all{len(options)}.ttmem"
            recorder = s.start(BIN / "ttmem", "record", "-o", capture, *options)
            wait_until(lambda: capture.exists() and capture.stat().st_size > 0, "the recording begins")
            time.sleep(0.5)
            for _ in range(3):
                s.run(SIM, "decode", "--steps", "12", "--plant", "leak", env={"TTMEM_LEVEL": "events"})
            recorder.send_signal(signal.SIGINT)
            recorder.communicate(timeout=60)
            check_equal(len(s.json("info", capture)["processes"]), 3, f"{options}, without the one before")
            # Looks do not tell whether the one that stays replaced another.
            said = s.ttmem("leaks", capture, "--fail-on-leak", code=12 if options else 10).stdout
            check(said.count(" left 1 allocation") == 3 or not options, said)


def test_for_a_time_and_until_interrupted():
    with scene() as s:
        driver, _ = s.driver("hold", 1)
        s.ttmem("record", "--for", "1s", "-o", s.files / "a.ttmem")
        recorder = s.start(BIN / "ttmem", "record", "-o", s.files / "b.ttmem")
        wait_until(lambda: (s.files / "b.ttmem").exists(), "the recording begins")
        time.sleep(0.2)
        recorder.send_signal(signal.SIGINT)
        recorder.communicate(timeout=60)
        check_equal(recorder.returncode, 0)
        for name in ("a.ttmem", "b.ttmem"):
            check_equal(s.json("info", s.files / name)["finished"], True)
        driver.stdin.close()


def test_of_a_long_recording_the_newest_stretches_are_kept():
    """Two captures, each whole: what lived when the newer one began is what its events go on from, and peaks of before are known."""
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul", "run2.matmul"])
        before = sim.wait_paused("run1.matmul")
        newest, earlier = s.files / "long.ttmem", s.files / "long.ttmem.1"
        recorder = s.start(BIN / "ttmem", "record", "--json", "--pid", sim.pid, "--keep", "1s", "-o", newest)
        wait_until(earlier.exists, "the second stretch")
        first = earlier.stat().st_ino
        wait_until(lambda: earlier.stat().st_ino != first, "the third one")
        sim.resume()
        sim.wait_paused("run2.matmul")
        sim.resume()
        sim.finish()
        document = document_of(recorder.communicate(timeout=60)[0])
        check_equal([recorder.returncode, document["file"], document["earlier_file"]], [0, str(newest), str(earlier)])
        check_equal(sorted(path.name for path in s.files.iterdir() if "long" in path.name), [newest.name, earlier.name], "nothing else is left:")
        for path in (newest, earlier):
            check_equal(s.json("info", path)["finished"], True, path)
        check_equal(s.json("info", earlier)["live_before"], len(before["live"]), "what lived when a stretch began")
        peaks = {(tuple(peak["chips"]), peak["pool"]): max(peak["peak_reserved_bytes"], peak["earlier_peak_reserved_bytes"] or 0)
                 for peak in s.json("peak", newest)["peaks"]}
        for chip in s.json("status", newest, code=None)["chips"]:
            for pool, use in chip["pools"].items():
                known = [bytes_ for (chips, name), bytes_ in peaks.items() if chip["chip_id"] in chips and name == pool]
                check(not known or known[0] >= (use["reserved_bytes"] or 0), pool, known, use)
        s.ttmem("record", "--keep", "1s", "-o", s.files / "other.ttmem", "--for", "1s", code=3)
        newest.unlink()
        s.ttmem("record", "--keep", "1s", "-o", newest, code=1)  # the earlier stretch is not lost by accident


def test_a_recording_of_looks_has_what_was_live_at_them_and_says_what_it_lacks():
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul", "run2.matmul"])
        sim.wait_paused("run1.matmul")
        capture = s.files / "looks.ttmem"
        recorder = s.start(BIN / "ttmem", "record", "--pid", sim.pid, "--every", "1s", "-o", capture)
        wait_until(lambda: capture.exists() and capture.stat().st_size > 100, "the recording begins")
        sim.resume()
        live = sim.wait_paused("run2.matmul")["live"]
        what = lambda items: sorted((item["pool"], item["requested_bytes"], item["op"] or "") for item in items)
        wait_until(lambda: what(s.json("buffers", capture)["items"]) == what(live), "a look at what is live is written")
        sim.resume()
        sim.finish()
        recorder.communicate(timeout=60)
        check_equal(recorder.returncode, 0)
        info = s.json("info", capture)
        check_equal([info["finished"], len(info["gaps"])], [True, 1])
        check(info["gaps"][0]["why"].startswith("it was looked at every 1 s"), info["gaps"])
        peaks = s.json("peak", capture)
        check_equal(peaks["coverage"]["complete"], False)
        check(any(peak["moment"]["parts"]["kept_to_the_end"]["reserved_bytes"] for peak in peaks["peaks"]), peaks)
        check_equal(s.json("timeline", capture)["gaps"], [])
        s.ttmem("growth", capture, "--fail-on-growth", code=12)
        s.ttmem("leaks", capture, "--fail-on-leak", code=12)


def test_looks_tell_which_programs_had_circular_buffers():
    with scene() as s:
        sim = s.start(SIM, "random", "--seed", "3", "--steps", "1000000", "--rate", "2000", env={"TTMEM_LEVEL": "events"})
        wait_until(lambda: any(process["pid"] == sim.pid for process in s.json("ps", code=None)["items"]), "it is tracked")
        capture = s.files / "looks.ttmem"
        s.ttmem("record", "--pid", sim.pid, "--every", "1s", "--for", "3s", "-o", capture)
        sim.kill()
        sim.wait()
        planned = collections.defaultdict(set)
        for event in events_of(s, capture)[1]:
            if event["kind"] == PLANNED:
                planned[event["subject"]].add(event["place"]["index"])
            elif event["kind"] in (DESTROYED, CBS_FREED):
                planned.pop(event["subject"], None)
            elif event["kind"] == CLOSED:
                for places in planned.values():
                    places.discard(event["place"]["index"])
        there = {int(item["id"], 16) for item in s.json("programs", capture)["items"]
                 if any(place["state"] == "reserved" for place in item["places"])}
        check(len(there) > 2, there)
        check_equal({program for program, places in planned.items() if places}, there)


def test_a_file_is_never_written_over_by_accident():
    with scene() as s:
        path = s.files / "a.ttmem"
        path.write_text("mine")
        for command in (["run", "-o", path, "--", "true"], ["record", "--for", "1s", "-o", path], ["snapshot", "-o", path]):
            done = s.ttmem(*command, code=1)
            check("--force" in done.stderr, done.stderr)
        check_equal(path.read_text(), "mine")
        s.ttmem("snapshot", "--force", "-o", path, code=3)
        check_equal(s.json("info", path)["finished"], True)


def test_a_capture_of_nothing_says_what_to_do():
    with scene() as s:
        for words in (("record", "--for", "1s"), ("snapshot",)):
            said = " ".join(s.ttmem(*words, "-o", s.files / "empty.ttmem", "--force", code=3).stdout.split())
            check("Nothing is in it: no running process was tracked." in said and "`ttmem run -o FILE -- PROGRAM`" in said, said)
        s.driver("hold")
        check("Nothing is in it" not in s.ttmem("snapshot", "-o", s.files / "one.ttmem").stdout)
        check(": nothing was recorded." in s.ttmem("info", s.files / "empty.ttmem").stdout)
        coverage = s.json("diff", s.files / "empty.ttmem", s.files / "one.ttmem")["coverage"]
        check(not coverage["complete"] and "nothing was recorded in it" in coverage["notes"][0], coverage)


def test_names_of_captures():
    with scene() as s:
        s.ttmem("snapshot", "-o", s.files / "%h-%t-%%.ttmem", code=3)
        name = next(s.files.glob("*.ttmem")).name
        check(name.startswith(os.uname().nodename + "-20") and name.endswith("-%.ttmem"), name)
        check("%" in s.ttmem("snapshot", "-o", s.files / "%x.ttmem", code=2).stderr)


def killed_while_recording(s, kill):
    """The events of a capture after `kill(recorder, program)`, which were recorded before."""
    capture = s.files / "run.ttmem"
    recorder = s.start(BIN / "ttmem", "run", "-o", capture, "--", SIM, "random", "--seed", "3", "--steps", "1000000",
                       "--rate", "2000", start_new_session=True)
    wait_until(lambda: capture.exists() and capture.stat().st_size > 32, "its head is written")
    wait_until(lambda: s.json("info", capture)["events"] > 2000, "events are recorded")
    program = int(pathlib.Path(f"/proc/{recorder.pid}/task/{recorder.pid}/children").read_text().split()[0])
    kill(recorder, program)
    recorder.wait(timeout=60)
    if process_state(program) not in ("", "Z"):
        os.kill(program, signal.SIGKILL)
    return capture, s.json("info", capture)


def test_a_killed_recorder_leaves_what_it_had():
    with scene() as s:
        capture, info = killed_while_recording(s, lambda recorder, program: recorder.kill())
        check_equal([info["finished"], info["coverage"]["complete"]], [False, False])
        check("not whole" in " ".join(info["coverage"]["notes"]), info["coverage"])
        _, events = events_of(s, capture)
        check(len(events) > 2000, len(events))
        check("Not whole" in s.ttmem("info", capture).stdout)
        buffers, status = s.json("buffers", capture), s.json("status", capture)
        check_equal([buffers["coverage"]["complete"], status["moment"]], [False, buffers["moment"]])
        live = [item for item in buffers["items"] if item.get("verdict") != "released_by_close"]
        check_equal(figures_of(status["chips"]), sums_of(live), "of one moment, status and buffers:")
        peaks = {(chip, of["pool"]): of["peak_reserved_bytes"] for of in s.json("peak", capture)["peaks"] for chip in of["chips"]}
        for chip in status["chips"]:
            for pool, use in chip["pools"].items():
                check_equal(use["peak_reserved_bytes"] or 0, peaks.get((chip["chip_id"], pool), 0), f"peak of {pool}")


def test_a_killed_program_is_recorded_to_its_end():
    with scene() as s:
        capture, info = killed_while_recording(s, lambda recorder, program: os.kill(program, signal.SIGKILL))
        check_equal([info["finished"], info["gaps"], info["processes"][0]["state"]], [True, [], "killed"])
        _, events = events_of(s, capture)
        now = collections.Counter()
        for now in replayed(events):
            pass
        held = [item for item in s.json("leaks", capture)["items"] if item["verdict"] in ("held_at_exit", "leaked")]
        check_equal(sum(now.values()), len(held), "what its events leave is what it held:")


def test_both_killed():
    def kill(recorder, program):
        os.kill(program, signal.SIGKILL)
        recorder.kill()

    with scene() as s:
        capture, info = killed_while_recording(s, kill)
        check(info["events"] > 2000, info)
        events_of(s, capture)


def test_a_tmpfs_that_is_full():
    with scene() as s:
        needs_mounts()
        folder = s.files / "small"
        folder.mkdir()
        check_equal(s.run("mount", "-t", "tmpfs", "-o", "size=200k", "none", folder).returncode, 0)
        capture = folder / "run.ttmem"
        done = s.ttmem("run", "-o", capture, "--report", s.files / "r.json", "--", SIM, "random", "--seed", "3", "--steps",
                       "40000")
        check("No space left on device" in done.stderr and "recorded in part" in done.stderr, done.stderr)
        report = document_of((s.files / "r.json").read_text())
        check("No space left" in report["capture"]["ended_early"], report["capture"])
        info = s.json("info", capture)
        check_equal([info["finished"], info["trouble"]], [False, None], "it ends with a whole block:")
        check(info["bytes"] <= 200 * 1024, info)
        said = s.ttmem("diff", capture, capture).stdout
        check(said.startswith("Incomplete: not everything is known of A and B, "), said)
        events_of(s, capture)


def test_decode_takes_less_than_ten_bytes_per_event():
    with scene() as s:
        capture, _ = run_recorded(s, SIM, "decode", "--steps", "500", "--machine", "n300")
        info = s.json("info", capture)
        check(info["events"] > 3_000, info["events"])
        check(info["bytes"] / info["events"] < 10, info["bytes"], info["events"], info["bytes"] / info["events"])


def test_a_capture_of_a_run_that_recorded_nothing_gives_way_to_the_next():
    with scene() as s:
        capture = s.recorded("false", code=1)
        check_equal(s.json("info", capture)["events"], 0)
        decode = (SIM, "decode", "--steps", "2", "--machine", "n150")
        s.ttmem("run", "-q", "-o", capture, "--", *decode)
        events = s.json("info", capture)["events"]
        check(events > 0, "the second run is in it")
        refused = s.ttmem("run", "-q", "-o", capture, "--", *decode, code=1)
        check("a recording is never lost by accident" in refused.stderr, refused.stderr)
        check_equal(s.json("info", capture)["events"], events)
