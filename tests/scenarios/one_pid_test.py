"""Two processes of one pid, one after the other: --pid means the later one, every answer says so, and a flag shows both."""
import json

from scenario import BIN, check, check_equal, scene
from unread_test import QUESTIONS

MIB = 1 << 20
NOT_SHOWN = "was also that of 1 earlier process, not shown: --all-incarnations shows all"


def two_of_one_pid(s):
    """The first has leaked 5 MiB; the second nothing, and it never had more than 1 MiB and what an operation needs."""
    process = s.start(BIN / "scenario-steps", "marked", "leaks", "then", "marked", "nothing", env={"TTMEM_LEVEL": "events"})
    check_equal(process.wait(), 0, "exit code")
    check_equal([p["pid"] for p in s.json("ps", "--dead")["items"]], [process.pid] * 2, "pids:")
    return str(process.pid)


def notes(document):
    """Of every coverage in a document."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        if key == "coverage":
            yield from value["notes"]
        elif isinstance(value, (dict, list)):
            yield from notes(value)


def test_every_command_takes_the_later_one_and_says_so():
    with scene() as s:
        pid = two_of_one_pid(s)
        questions = [(command, *words, "--pid", pid) for command, each in QUESTIONS.items() if command != "record" for words in each]
        for words in (*questions, ("snapshot", "--dead", "-o", "{}/d.ttmem", "--pid", pid), ("diff", f"pid:{pid}", f"pid:{pid}")):
            for more, shown in ((), True), (("--all-incarnations",), False):
                for file in s.files.iterdir():
                    file.unlink()
                done = s.ttmem(*(word.format(s.files) for word in words), "--json", *more, code=None)
                if done.returncode == 3:
                    continue  # it is about what lives
                found = any(NOT_SHOWN in note for note in notes(json.loads(done.stdout))) if done.stdout.startswith("{") else shown
                check_equal(found, shown, f"{words} {more}: {done.stdout}{done.stderr}")


def test_gates_and_figures_are_of_the_later_one():
    with scene() as s:
        pid = two_of_one_pid(s)
        s.ttmem("check", "--leaks", "0", "--pid", pid)
        s.ttmem("check", "--leaks", "0", "--pid", pid, "--all-incarnations", code=10)
        s.ttmem("growth", "--fail-on-growth", "--pid", pid)
        s.ttmem("growth", "--fail-on-growth", "--pid", pid, "--all-incarnations", code=10)

        def peak(*more):
            return max(pool["peak_reserved_bytes"] for pool in s.json("peak", "--pid", pid, *more)["peaks"])
        check(peak() < 3 * MIB, peak())
        check(peak("--all-incarnations") > 5 * MIB, peak("--all-incarnations"))
