"""A ledger that is there and cannot be read: no command says that there is none, and no gate is green."""
import json
import os
import re

from scenario import check, check_equal, needs_root, scene

SAYS_NONE = re.compile(r"nothing is tracked|not tracked|no process|nothing to (?:check|judge|draw)|no known|no allocation failed|no one holds", re.I)
NOBODY = 65534
# What each command that reads ledgers is asked, {} is the folder of files; and whether it can be asked of one process.
QUESTIONS = {
    "status": [()], "ps": [(), ("--dead",)], "buffers": [()], "programs": [()], "map": [(), ("--svg", "{}/map.svg")],
    "explain": [("0x1000",), ("--failures",), ("--last",)], "peak": [()], "stats": [()], "tree": [()], "traces": [()],
    "timeline": [(), ("--svg", "{}/timeline.svg")], "headroom": [()], "replay": [(), ("--what-if", "policy=best_fit")],
    "growth": [(), ("--fail-on-growth",)], "leaks": [(), ("--fail-on-leak",)], "page": [("-o", "{}/page.html")],
    "check": [("--leaks", "0"), ("--limit", "dram=1G")], "export": [("csv", "-o", "{}/events.csv")],
    "record": [("-q", "--for", "1s", "-o", "{}/r.ttmem")], "snapshot": [("-o", "{}/s.ttmem")],
}
OF_ONE_PROCESS = {"diff": [("pid:{pid}", "pid:{pid}")], "open": [("--pid", "{pid}")]}
OF_THE_MACHINE = {"top": [("--once",)], "doctor": [()], "metrics": [()], "gc": [("--all", "--dry-run", "--force")]}
# They read no ledgers: files, what is built in, or a program that they start.
NO_READERS = {"allocation-server", "completion", "fit", "info", "machines", "preload-path", "run", "show", "version"}


def commands(s):
    section = s.ttmem("--help", env={"COLUMNS": "100"}).stdout.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^  (\S+) ", section, re.MULTILINE))


def completes(document):
    """The `complete` of every coverage in a document."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        if key == "coverage":
            yield value["complete"]
        elif isinstance(value, (dict, list)):
            yield from completes(value)


def ask(s, words, pid, **more):
    words = [str(word).format(s.files, pid=pid) for word in words]
    said = []
    for form in ([], ["--json"] if words[0] not in ("top", "metrics") else None):
        if form is None:
            continue
        for file in s.files.iterdir():
            file.unlink()
        done = s.ttmem(*words, *form, code=None, **more)
        told = done.stdout + done.stderr
        check(not SAYS_NONE.search(re.sub(r"(?m)^.*without being tracked.*$", "", told)), words, form, told)
        if form and done.stdout:  # a picture is all of an answer
            check(not any(completes(json.loads(done.stdout))), words, "is complete:", done.stdout)
        said.append((done.returncode, told))
    return said


def answers_say_so(s, pid, reason, **more):
    """Every question, of all and of one process: the answer ends with 12 and says why."""
    known = QUESTIONS.keys() | OF_ONE_PROCESS.keys() | OF_THE_MACHINE.keys()
    check_equal(sorted(commands(s)), sorted(known | NO_READERS), "commands")
    asked = [(command, *words) for command, each in (QUESTIONS | OF_ONE_PROCESS).items() for words in each]
    asked += [(command, *words, "--pid", "{pid}") for command, each in QUESTIONS.items() for words in each]
    for words in (*asked, ("top", "--once")):
        for code, told in ask(s, words, pid, **more):
            check_equal(code, 12, f"{words}: {told}")
            told = " ".join(told.split())
            check(reason in told or words[0] in ("export", "page", "top") or "--svg" in words, words, "says why:", told)
    for code, told in ask(s, ("doctor",), pid, **more):
        check(reason in " ".join(told.split()), told)
    check("ttmem_complete 0" in s.ttmem("metrics", **more).stdout, "metrics are not complete")


def one_ledger(s):
    """Of a process that has allocated and goes on."""
    _, (pid,) = s.driver("hold")
    (ledger,) = s.ledgers.glob("*.ledger")
    return pid, ledger


def replace(ledger, content):
    """Under the same name another file: who has it open does not notice."""
    ledger.unlink()
    ledger.write_bytes(content)


def test_a_truncated_ledger_alone_is_never_nothing():
    with scene() as s:
        pid, ledger = one_ledger(s)
        replace(ledger, ledger.read_bytes()[:5000])
        answers_say_so(s, pid, "it should have")


def test_a_ledger_of_another_format_alone_is_never_nothing():
    with scene() as s:
        pid, ledger = one_ledger(s)
        content = bytearray(ledger.read_bytes())
        content[8] = 99
        replace(ledger, content)
        answers_say_so(s, pid, "newer ttmem")


def test_a_folder_that_cannot_be_read_is_never_nothing():
    needs_root()
    with scene() as s:
        pid, _ = one_ledger(s)
        for folder in (s.files, s.ledgers):
            folder.chmod(0o700)
        os.chown(s.files, NOBODY, NOBODY)

        def nobody():
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        answers_say_so(s, pid, "cannot be read", preexec_fn=nobody, cwd="/")


def test_what_cannot_be_read_as_a_ledger_has_no_pid():
    with scene() as s:
        (s.ledgers / f"{1:032x}.ledger").write_text("a text\n" * 1000)
        words = ("gc", "--all", "--dry-run", "--force")
        done = s.ttmem(*words, code=12)
        check("0 ledgers of ended processes and 1 file that cannot be read as a ledger" in " ".join(done.stdout.split()), done.stdout)
        check_equal([item["pid"] for item in s.json(*words, code=12)["items"]], [None], "pids:")


def test_gc_is_incomplete_by_what_cannot_be_read_and_ends_with_12():
    with scene() as s:
        rubbish = s.ledgers / f"{1:032x}.ledger"
        for content in (b"a text\n" * 1000, b"short"):
            rubbish.write_bytes(content)
            for words in (("gc",), ("gc", "--all", "--dry-run", "--force"), ("gc", "--all", "--yes")):
                for code, told in ask(s, words, 0):
                    check_equal(code, 12, f"{words}: {told}")
                    check("was not read" in " ".join(told.split()), told)
        s.driver("hold")
        for code, told in ask(s, ("gc",), 0):
            check_equal(code, 12, told)  # also beside a process that runs
        rubbish.unlink()
        check(s.json("gc")["coverage"]["complete"], "complete")


def test_a_folder_in_place_of_a_file_is_refused_in_words():
    with scene() as s:
        for words in (("leaks", "--suppressions", s.files), ("check", "--leaks", 0, "--baseline", s.files), ("peak", s.files),
                      ("explain", s.files), ("show", s.files)):
            done = s.ttmem(*words, code=None)
            check(done.returncode in (1, 2) and "itself has failed" not in done.stderr, words, done.returncode, done.stderr)
