"""Commands, each with each fault of injected.py: what they show is what they show without it, or it is called incomplete,
or they end with an error."""
import json
import re
import typing

from injected import EACH, FIRST_ERRORS, TRIED, bad_end, check_none_wrong, meets_faults, wrong_with_faults  # noqa: F401
from scenario import BIN, SIM, check, check_equal, differing, scene  # noqa: F401

TTMEM = BIN / "ttmem"
PROGRAM, LEAK = [SIM, "decode", "--machine", "N300", "--steps", "5"], ["--plant", "leak"]
# Memory that is missing ends every command in the same way; reader_test.py has it.
FAULTS = {function: errors for function, errors in FIRST_ERRORS.items() if function != "malloc"}
# Told anew in each answer, or as well as the clocks of a running process are known by then.
NOT_COMPARED = {"generated_at", "age_seconds", "story", "since", "started_at", "ended_at", "notes", "pid_verified", "bytes",
                "file", "axis", "last_sign", "from", "to", "at", "first_event_at", "last_event_at", "began_at"}
WITHOUT_TIMES = "times are not shown"  # and what is sorted by them comes in another order
TIMES = re.compile(rb'"generated_at":"[^"]*"')


def figures(value):
    """A document without times."""
    if isinstance(value, dict):
        return {key: figures(part) for key, part in value.items()
                if key not in NOT_COMPARED and not key.endswith(("_ns", "_slot")) and "_seconds" not in key}
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


def shown_of_lifetimes_until_now(done):
    """How long something lived is known as well as the clocks of a running process are by then: which bucket counts it
    may change, and who of two held about as much for longer, not how many there are."""
    answer = shown_in_json(done)
    if answer:
        for pool in answer.shown["pools"]:
            pool["lifetimes"] = sum(bucket["allocations"] for bucket in pool["lifetimes"])
        answer.shown["owners"].sort(key=str)
    return answer


class Attempts:
    """Commands, each with each fault."""

    def __init__(self, s):
        self.s, self.tried, self.wrong = s, 0, []

    def add(self, words, wrong_with, each=EACH):
        TRIED.add(str(words[0]))
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
            if "1970-01-01T00:" in done.stdout:
                return "tells a time that nobody knows"
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

    def never_complete(self, words, shown=shown_in_json, each=EACH):
        """What is incomplete for another reason stays so, whatever fails while that is looked at."""
        right = shown(self.s.run(TTMEM, *words, "--json"))
        check(right and not right.complete, words, "is incomplete without a fault:", right)

        def wrong(env):
            done = self.s.run(TTMEM, *words, "--json", env=env)
            answer = shown(done)
            return bad_end(done) or ("it calls itself complete" if answer and answer.complete else None)

        self.add(words, wrong, each)

    def check(self):
        check_none_wrong(self.tried, self.wrong)


def captured(s, *more):
    s.ttmem("run", "-o", s.files / "run.ttmem", "--", *PROGRAM, *more)
    return s.files / "run.ttmem"


def start_a_process_with_history(s, *more):
    sim = s.start(*PROGRAM, *more, "--pause-at", "step4", env={"TTMEM_LEVEL": "events"})
    check_equal(sim.stdout.readline().strip(), "paused step4")
    return sim.pid


def shown_in_file(path, compared):
    """Of a command that writes a file or folder and tells of it in JSON."""
    def shown(done):
        answer = shown_in_json(done)
        written = sorted(path.rglob("*")) if path.is_dir() else [path]
        content = [TIMES.sub(b"", file.read_bytes()) for file in written if file.is_file()] if answer and compared else None
        return answer and answer._replace(shown=[answer.shown, content])
    return shown
