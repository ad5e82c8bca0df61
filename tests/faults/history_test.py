"""Never green when something was not seen, of the commands that answer from history: of a process that runs, and from a
capture. Each call by which they look fails, one by one (injected.py). A command either shows what it shows without the
fault, or says that it is incomplete, or ends with an error; and a gate that says it is incomplete does not end with 0.
"""
from attempts import *

HISTORY = (["peak"], ["stats"], ["tree"], ["timeline"], ["growth"], ["headroom"], ["traces"], ["replay"], ["leaks"])
MOMENT = (["status"], ["ps"], ["buffers"], ["programs", "--cbs"], ["map", "0"])  # reader_test.py has most of them, live
GATES = (["check", "--leaks", "0", "--limit", "dram=1GiB"], ["growth", "--fail-on-growth"], ["leaks", "--fail-on-leak"], ["replay"])
FORMATS = ("html", "csv", "jsonl", "clickhouse", "collapsed", "speedscope", "pprof", "perfetto", "memory_viz", "ttnn-report")


@meets_faults(*(words[0] for words in HISTORY), "map")
def test_a_command_says_what_it_cannot_read_of_the_history_of_a_process():
    with scene() as s:
        start_a_process_with_history(s, *LEAK)
        attempts = Attempts(s)
        until_now = {"timeline": shown_of_a_timeline_until_now, "stats": shown_of_lifetimes_until_now}
        for words in HISTORY + (["map", "0"], ["map", "0", "--at", "dram-peak"]):
            attempts.told(words, until_now.get(words[0], shown_in_json))
        attempts.check()


@meets_faults(*{words[0] for words in HISTORY + MOMENT}, "info", "explain", "diff")
def test_a_command_says_what_it_cannot_read_of_a_capture():
    with scene() as s:
        capture = captured(s, *LEAK)
        attempts = Attempts(s)
        for words in HISTORY + MOMENT + (["info"], ["explain"]):
            attempts.told([*words, capture])
        attempts.told(["diff", capture, capture])
        attempts.check()


@meets_faults(*(words[0] for words in GATES))
def test_no_gate_is_green_that_could_not_read():
    with scene() as s:
        capture, pid = captured(s), start_a_process_with_history(s)
        attempts = Attempts(s)
        for words in GATES:
            attempts.told([*words, capture], gate=True)
        for words in GATES[:1] + GATES[3:]:
            attempts.told([*words, "--pid", pid], gate=True)
        attempts.check()


@meets_faults(*(words[0] for words in GATES[:3]))
def test_no_gate_is_green_that_could_not_read_a_leak():
    with scene() as s:
        capture, pid = captured(s, *LEAK), start_a_process_with_history(s, *LEAK)
        attempts = Attempts(s)
        for words in GATES[:3]:
            attempts.never_green([*words, capture])
            attempts.never_green([*words, "--pid", pid])
        attempts.check()


@meets_faults("fit")
def test_a_machine_is_not_found_to_fit_by_what_could_not_be_read():
    with scene() as s:
        words = ["fit", "--on", "N150", "--", SIM, "mesh-test", "--machine", "N150"]
        attempts = Attempts(s)
        attempts.told(words, gate=True, command=lambda env: s.run(TTMEM, "fit", "--json", *words[1:], env=env),
                      each=EACH // 3)
        search = ["--on", "N150", "--search", "steps=1,2", "--", BIN / "ttmem-sim", "decode", "--machine", "N150", "--steps", "{steps}"]
        attempts.told(["fit", *search], gate=True, command=lambda env: s.run(TTMEM, "fit", "--json", *search, env=env), each=EACH // 6)
        attempts.check()


@meets_faults("page", "export")
def test_a_page_and_an_export_say_what_they_lack():
    with scene() as s:
        capture, pid, output = captured(s, *LEAK), start_a_process_with_history(s, *LEAK), s.files / "output"
        attempts = Attempts(s)
        attempts.told(["page", "--force", capture, "-o", output], shown_in_file(output, True), each=EACH // 2)
        for form in FORMATS:
            path = s.files / form  # some are a folder
            attempts.told(["export", form, "--force", capture, "-o", path], shown_in_file(path, True), each=EACH // 2)
        other = s.files / "other.ttmem"
        other.write_bytes(capture.read_bytes())
        attempts.told(["page", "--force", capture, "--against", other, "-o", output], shown_in_file(output, True), each=EACH // 2)
        for words in (["page", "--force"], ["export", "jsonl", "--force"]):
            attempts.told([*words, "--pid", pid, "-o", output], shown_in_file(output, False))
        attempts.check()


def shown_as_a_frame(done):
    """Chips and what they hold; the rows of processes tell of times, and of the host's memory."""
    chips = [line for line in done.stdout.splitlines() if "▕" in line]
    return Answer(chips, "incomplete" not in done.stdout.lower()) if done.returncode == 0 else None


@meets_faults("top", "snapshot")
def test_top_and_a_snapshot_say_what_they_cannot_read():
    with scene() as s:
        capture = captured(s, *LEAK)
        start_a_process_with_history(s, *LEAK)
        attempts, kept = Attempts(s), s.files / "kept.ttmem"

        def snapshot(env):
            done = s.run(TTMEM, "snapshot", "--history", "--force", "-o", kept, "--json", env=env)
            return s.run(TTMEM, "peak", kept, "--json") if done.returncode == 0 else done

        attempts.told(["top"], shown_as_a_frame, command=lambda env: s.run(TTMEM, "top", "--frame", "120x40", env=env))
        attempts.told(["top"], shown_as_a_frame, command=lambda env: s.run(TTMEM, "top", capture, "--frame", "120x40", env=env))
        attempts.told(["snapshot"], command=snapshot)
        attempts.check()
