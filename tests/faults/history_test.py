"""Never green when something was not seen, of the commands that answer from history: of a process that runs, and from a
capture. Each call by which they look fails, one by one (injected.py). A command either shows what it shows without the
fault, or says that it is incomplete, or ends with an error; and a gate that says it is incomplete does not end with 0.
"""
import json
import re
import typing

from injected import EACH, FIRST_ERRORS, bad_end, check_none_wrong, wrong_with_faults
from scenario import BIN, check, check_equal, differing, scene

TTMEM = BIN / "ttmem"
PROGRAM, LEAK = [BIN / "ttmem-sim", "decode", "--machine", "N300", "--steps", "5"], ["--plant", "leak"]
HISTORY = (["peak"], ["stats"], ["tree"], ["timeline"], ["growth"], ["headroom"], ["traces"], ["replay"], ["leaks"])
MOMENT = (["status"], ["ps"], ["buffers"], ["programs", "--cbs"], ["map", "0"])  # reader_test.py has most of them, live
GATES = (["check", "--leaks", "0", "--limit", "dram=1GiB"], ["growth", "--fail-on-growth"], ["leaks", "--fail-on-leak"], ["replay"])
FORMATS = ("csv", "jsonl", "collapsed", "speedscope", "pprof", "perfetto", "memory_viz")
# Memory that is missing ends every command in the same way; reader_test.py has it.
FAULTS = {function: errors for function, errors in FIRST_ERRORS.items() if function != "malloc"}
# Told anew in each answer, or as well as the clocks of a running process are known by then.
NOT_COMPARED = {"generated_at", "age_seconds", "story", "since", "started_at", "ended_at", "notes", "pid_verified", "bytes",
                "file", "axis", "from", "to", "at", "first_event_at", "last_event_at", "began_at"}
WITHOUT_TIMES = "times are not shown"  # and what is sorted by them comes in another order
TIMES = re.compile(rb'"generated_at":"[^"]*"')


def figures(value):
    """A document without times."""
    if isinstance(value, dict):
        return {key: figures(part) for key, part in value.items()
                if key not in NOT_COMPARED and not key.endswith(("_ns", "_seconds", "_slot"))}
    return [figures(part) for part in value] if isinstance(value, list) else value


class Answer(typing.NamedTuple):
    shown: object
    complete: bool
    judged: bool = True  # nothing is left open
    times: bool = True   # are known
    moment: str = None  # of which it tells


def shown_in_json(done):
    """The answer of a document; None where there is no document."""
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return None
    if "error" in document:
        return None
    judged = document.get("judgement", {}).get("complete", True) and document.get("verdict") != "unknown"
    times = not any(WITHOUT_TIMES in note for note in document["coverage"]["notes"])
    moment = document.pop("moment", None)
    return Answer(figures(document), document["coverage"]["complete"], judged, times, moment and moment.split(",")[0])


# Of a timeline that goes on until now: what is too short to be drawn becomes more, and the steps longer.
SPANS = {"iterations", "operations", "iterations_left_out", "operations_left_out", "steady"}


def without_steps(value):
    if isinstance(value, dict):
        return {key: without_steps(part) for key, part in value.items() if key not in SPANS}
    if isinstance(value, list):
        return None if len(value) > 100 else [without_steps(part) for part in value]
    return value


def shown_of_a_timeline_until_now(done):
    answer = shown_in_json(done)
    return answer and answer._replace(shown=without_steps(answer.shown))


def captured(s, *more):
    s.ttmem("run", "-o", s.files / "run.ttmem", "--", *PROGRAM, *more)
    return s.files / "run.ttmem"


def start_a_process_with_history(s, *more):
    sim = s.start(*PROGRAM, *more, "--pause-at", "step4", env={"TTMEM_LEVEL": "events"})
    check_equal(sim.stdout.readline().strip(), "paused step4")
    return sim.pid


class Attempts:
    """Commands, each with each fault."""

    def __init__(self, s):
        self.s, self.tried, self.wrong = s, 0, []

    def add(self, words, wrong_with, each=EACH):
        tried, wrong = wrong_with_faults(self.s, wrong_with, FAULTS, each)
        self.tried += tried
        self.wrong += [f"{' '.join(map(str, words))}: {why}" for why in wrong]

    def told(self, words, shown=shown_in_json, gate=False, command=None, each=EACH):
        """Whatever the command could not read it says; where it calls itself complete it shows the same."""
        ask = command or (lambda env: self.s.run(TTMEM, *words, "--json", env=env))
        right = shown(ask({}))
        check(right and right.complete, words, "is complete without a fault:", right)

        def wrong(env):
            done = ask(env)
            answer = shown(done)
            if bad_end(done) or answer is None:
                return bad_end(done) or (f"shows nothing, and ends with {done.returncode}" if done.returncode == 0 else None)
            if not answer.complete or answer.judged < right.judged:
                return "a gate that is incomplete ends with 0" if gate and done.returncode == 0 else None
            if not answer.times or answer.moment != right.moment:  # then it tells of another moment, and says so
                return None
            differences = list(differing("", answer.shown, right.shown))
            return f"calls itself complete, but {differences[0]}" if differences else None

        self.add(words, wrong, each)

    def never_green(self, words):
        code = self.s.run(TTMEM, *words).returncode
        check(code in (10, 12), words, code)

        def green(env):
            done = self.s.run(TTMEM, *words, env=env)
            return bad_end(done) or ("it ends with 0" if done.returncode == 0 else None)

        self.add(words, green)

    def check(self):
        check_none_wrong(self.tried, self.wrong)


def shown_in_file(path, compared):
    """Of a command that writes a file and tells of it in JSON."""
    def shown(done):
        answer = shown_in_json(done)
        content = TIMES.sub(b"", path.read_bytes()) if answer and compared else None
        return answer and answer._replace(shown=[answer.shown, content])
    return shown


def test_a_command_says_what_it_cannot_read_of_the_history_of_a_process():
    with scene() as s:
        start_a_process_with_history(s, *LEAK)
        attempts = Attempts(s)
        for words in HISTORY + (["map", "0"], ["map", "0", "--at", "dram-peak"]):
            attempts.told(words, shown_of_a_timeline_until_now if words == ["timeline"] else shown_in_json)
        attempts.check()


def test_a_command_says_what_it_cannot_read_of_a_capture():
    with scene() as s:
        capture = captured(s, *LEAK)
        attempts = Attempts(s)
        for words in HISTORY + MOMENT + (["info"], ["explain"]):
            attempts.told([*words, capture])
        attempts.told(["diff", capture, capture])
        attempts.check()


def test_no_gate_is_green_that_could_not_read():
    with scene() as s:
        capture, pid = captured(s), start_a_process_with_history(s)
        attempts = Attempts(s)
        for words in GATES:
            attempts.told([*words, capture], gate=True)
        for words in GATES[:1] + GATES[3:]:
            attempts.told([*words, "--pid", pid], gate=True)
        attempts.check()


def test_no_gate_is_green_that_could_not_read_a_leak():
    with scene() as s:
        capture, pid = captured(s, *LEAK), start_a_process_with_history(s, *LEAK)
        attempts = Attempts(s)
        for words in GATES[:3]:
            attempts.never_green([*words, capture])
            attempts.never_green([*words, "--pid", pid])
        attempts.check()


def test_a_machine_is_not_found_to_fit_by_what_could_not_be_read():
    with scene() as s:
        words = ["fit", "--on", "N150", "--", BIN / "ttmem-sim", "mesh-test", "--machine", "N150"]
        attempts = Attempts(s)
        attempts.told(words, gate=True, command=lambda env: s.run(TTMEM, "fit", "--json", *words[1:], env=env),
                      each=EACH // 3)
        attempts.check()


def test_a_page_and_an_export_say_what_they_lack():
    with scene() as s:
        capture, pid, output = captured(s, *LEAK), start_a_process_with_history(s, *LEAK), s.files / "output"
        attempts = Attempts(s)
        for words in [["page", "--force"], *(["export", form, "--force"] for form in FORMATS)]:
            attempts.told([*words, capture, "-o", output], shown_in_file(output, True), each=EACH // 2)
        for words in (["page", "--force"], ["export", "jsonl", "--force"]):
            attempts.told([*words, "--pid", pid, "-o", output], shown_in_file(output, False))
        attempts.check()


def shown_as_a_frame(done):
    """Chips and what they hold; the rows of processes tell of times, and of the host's memory."""
    chips = [line for line in done.stdout.splitlines() if "▕" in line]
    return Answer(chips, "incomplete" not in done.stdout.lower()) if done.returncode == 0 else None


def test_top_and_a_snapshot_say_what_they_cannot_read():
    with scene() as s:
        start_a_process_with_history(s, *LEAK)
        attempts, kept = Attempts(s), s.files / "kept.ttmem"

        def snapshot(env):
            done = s.run(TTMEM, "snapshot", "--history", "--force", "-o", kept, "--json", env=env)
            return s.run(TTMEM, "peak", kept, "--json") if done.returncode == 0 else done

        attempts.told(["top"], shown_as_a_frame, command=lambda env: s.run(TTMEM, "top", "--frame", "120x40", env=env))
        attempts.told(["snapshot"], command=snapshot)
        attempts.check()
