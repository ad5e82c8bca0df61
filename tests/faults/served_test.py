"""Never green when something was not seen, of the commands whose answer is no document of one look: what they write, serve,
remove or check. Each call by which they look fails, one by one (injected.py).
"""
import contextlib
import os
import pathlib
import shutil
import types
import urllib.request

from attempts import *
from scenario import BIN, check, check_equal, scene

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "golden/samples"
# `ttmem record` is told to end before it begins: it looks once, at the end.
ENDS_AT_ONCE = ["env", "--block-signal=TERM", "sh", "-c", 'kill -TERM $$; exec "$@"', "sh"]
# Of a page of processes that run: what goes on while they stand still is how long ago everything was.
LASTING = ("chips", "peak", "leaks", "growth", "headroom", "explain")


def leave_something(s):
    done = s.run(BIN / "scenario-driver", "leave", 0)
    check_equal(done.returncode, 0, done.stderr)


def shown_in_metrics(done):
    lines = [line for line in done.stdout.splitlines() if not line.startswith("ttmem_read_")]
    return Answer(lines, "ttmem_complete 1" in lines) if lines else None


@meets_faults("metrics")
def test_metrics_are_complete_only_when_all_ledgers_were_read():
    """Those of ended processes as well: how many of them hold something is one of the figures."""
    with scene() as s:
        start_a_process_with_history(s, *LEAK)
        leave_something(s)
        attempts = Attempts(s)
        attempts.told(["metrics"], shown_in_metrics, command=lambda env: s.run(TTMEM, "metrics", env=env))
        attempts.check()


def shown_of_what_lives(done):
    """Without verdicts: of a process that a fault hid from the first look all history is recorded, so more is judged."""
    answer = shown_in_json(done)
    for item in answer.shown.get("items", []) if answer else []:
        item.pop("verdict")
    return answer


@meets_faults("record")
def test_a_recording_says_what_it_could_not_read():
    with scene() as s:
        pid, kept = start_a_process_with_history(s, *LEAK), s.files / "kept.ttmem"

        def record(*more):
            def recorded(env):
                kept.unlink(missing_ok=True)
                done = s.run(*ENDS_AT_ONCE, TTMEM, "record", *more, "--json", "-o", kept, env=env)
                answer = shown_in_json(done)
                return s.run(TTMEM, "buffers", kept, "--json") if answer and answer.complete else done
            return recorded

        attempts = Attempts(s)
        attempts.told(["record"], shown_of_what_lives, command=record())
        attempts.told(["record", "--pid"], shown_of_what_lives, command=record("--pid", pid))
        attempts.told(["record", "--keep"], shown_of_what_lives, command=record("--keep", "1h"), each=EACH // 2)
        attempts.check()


@meets_faults("run")
def test_the_capture_of_a_run_says_what_it_could_not_read():
    with scene() as s:
        kept = s.files / "kept.ttmem"

        def run(env):
            kept.unlink(missing_ok=True)
            done = s.run(TTMEM, "run", "-q", "-o", kept, "--", *PROGRAM, *LEAK, env=env)
            return s.run(TTMEM, "leaks", kept, "--json") if kept.exists() and not bad_end(done) else done

        def shown(done):  # each is of another process
            answer = shown_in_json(done)
            items = answer and [[item["op"], item["requested_bytes"], item["chips"]] for item in answer.shown["items"]]
            return answer and answer._replace(shown=[items, answer.shown["verdicts"]])

        attempts = Attempts(s)
        attempts.told(["run", "-o"], shown, command=run, each=EACH // 2)
        attempts.check()


def page_of(s, words, env):
    """The second document that a server has, which is of another look than the first."""
    server = s.start(TTMEM, "open", *words, "--json", env=env)
    try:
        said = "".join(iter(server.stdout.readline, "}\n")) if server.stdout.readline() == "{\n" else ""
        url = json.loads("{" + said + "}").get("url") if said else None
        if url is None:
            return types.SimpleNamespace(stdout="", stderr=server.stderr.read(), returncode=server.wait())
        with contextlib.suppress(OSError), urllib.request.urlopen(url + "data.json") as answer:
            return types.SimpleNamespace(stdout=answer.read().decode(), stderr="", returncode=0)
        return types.SimpleNamespace(stdout="", stderr="", returncode=1)
    finally:
        server.kill()
        server.communicate()


def shown_on_a_page(done):
    answer = shown_in_json(done)
    return answer and answer._replace(shown={name: answer.shown[name] for name in LASTING})


@meets_faults("open")
def test_a_page_that_is_served_says_what_it_lacks():
    with scene() as s:
        pid, attempts = start_a_process_with_history(s, *LEAK), Attempts(s)
        for words in ([], ["--pid", pid]):
            attempts.told(["open", *words], shown_on_a_page, command=lambda env: page_of(s, words, env), each=EACH // 2)
        token = s.files / "token"
        with_token = ["--token-file", token, "--pid", pid]
        attempts.told(["open", *with_token], shown_on_a_page, command=lambda env: page_of(s, with_token, env), each=EACH // 3)
        check_equal(len(token.read_text()), 33, "the token that was kept")
        capture = captured(s, *LEAK)
        attempts.told(["open", capture], shown_on_a_page, command=lambda env: page_of(s, [capture], env), each=EACH // 2)
        attempts.check()


@meets_faults("show")
def test_what_a_file_says_is_whole_or_refused():
    with scene() as s:
        attempts = Attempts(s)
        for name in ("captured-graph-text.json", "memory-report-list.json", "failures.log", "memory-csv-detailed.csv",
                     "tt-mlir-log-dram-view.log", "allocation-server.log"):
            file = s.files / name
            shutil.copy(SAMPLES / name, file)
            right = shown_in_json(s.run(TTMEM, "show", file, "--json"))
            check(right, name, "is shown")

            def wrong(env):
                done = s.run(TTMEM, "show", file, "--json", env=env)
                answer = shown_in_json(done)
                if bad_end(done) or answer is None or answer.complete < right.complete:
                    return bad_end(done) or (None if answer or done.returncode else "shows nothing, and ends with 0")
                differences = list(differing("", answer.shown, right.shown))
                return f"shows less, and is no less complete: {differences[0]}" if differences else None

            attempts.add(["show", name], wrong)
        attempts.check()


def findings(done):
    """Of what it counts; where else something is in order, that was seen."""
    return [(item["health"], item["check"], item["found"]) for item in json.loads(done.stdout)["items"]
            if item["check"] in ("ledgers", "runtime", "untracked", "devices")]


@meets_faults("doctor")
def test_a_check_of_the_machine_that_sees_less_warns():
    with scene() as s:
        start_a_process_with_history(s)
        leave_something(s)
        right = findings(s.run(TTMEM, "doctor", "--json"))
        sound = {(check, found) for health, check, found in right if health == "ok"}

        def wrong(env):
            done = s.run(TTMEM, "doctor", "--json", env=env)
            if bad_end(done) or not done.stdout:
                return bad_end(done) or ("says nothing, and ends with 0" if done.returncode == 0 else None)
            now = findings(done)
            more = [finding for finding in now if finding[0] != "ok" and finding not in right]
            lost = sound - {(check, found) for health, check, found in now if health == "ok"}
            return f"warns of nothing, and does not say {lost}" if lost and not more else None

        attempts = Attempts(s)
        attempts.add(["doctor"], wrong)
        attempts.check()


@meets_faults("gc")
def test_what_is_to_be_removed_is_all_or_an_error():
    with scene() as s:
        start_a_process_with_history(s)
        leave_something(s)
        words = ["gc", "--all", "--force", "--dry-run"]

        def listed(done):
            document = json.loads(done.stdout) if done.returncode in (0, 1, 12) and done.stdout else {"error": ""}
            return None if "error" in document else Answer(figures(document), document["coverage"]["complete"])

        attempts = Attempts(s)
        attempts.told(words, listed, gate=True)
        attempts.check()


def leave_word_of_one_that_recorded_nothing(s, run):
    """As a process does that found no room: here it is this one, which goes on."""
    ticks = pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]
    (s.ledgers / f"untracked.{os.getpid()}.{ticks}.{run}.room.1048576.1024").touch()


OF_HISTORY = ("peak", "timeline", "stats", "tree", "growth", "headroom", "traces", "replay", "check")


@meets_faults("status", "ps", "buffers", "leaks", "metrics", *OF_HISTORY)
def test_a_process_that_recorded_nothing_is_never_forgotten():
    with scene() as s:
        start_a_process_with_history(s)
        leave_word_of_one_that_recorded_nothing(s, "0" * 32)
        attempts = Attempts(s)
        for words in (["status"], ["ps"], ["buffers"], ["leaks"]):
            attempts.never_complete(words)
        for command in OF_HISTORY:
            attempts.never_complete([command, *["--limit", "dram=1GiB"] * (command == "check")], each=EACH // 3)
        check(not shown_in_metrics(s.run(TTMEM, "metrics")).complete, "metrics are incomplete without a fault")

        def complete(env):
            done = s.run(TTMEM, "metrics", env=env)
            answer = shown_in_metrics(done)
            return bad_end(done) or ("metrics are complete" if answer and answer.complete else None)

        attempts.add(["metrics"], complete)
        attempts.check()


def test_a_recording_and_a_snapshot_know_of_a_process_that_recorded_nothing():
    with scene() as s:
        start_a_process_with_history(s)
        leave_word_of_one_that_recorded_nothing(s, "0" * 32)
        for words in (["snapshot"], ["snapshot", "--history"], ["record", "--for", "1s"]):
            kept = s.files / f"{len(words)}{words[0]}.ttmem"
            s.ttmem(*words, "-o", kept, code=None)
            for asked in (["leaks"], ["peak"], ["status"], ["check", "--limit", "dram=1GiB"]):
                check_equal(s.json(*asked, kept, code=None)["coverage"]["complete"], False, f"{asked} of {words}")
            s.ttmem("leaks", "--fail-on-leak", kept, code=12)


@meets_faults("leaks", "peak")
def test_what_is_missing_of_a_run_is_never_forgotten():
    """A ledger of it gave way to others, and `ttmem run` has left word of its end."""
    with scene() as s:
        report = s.files / "report.json"
        s.ttmem("run", "--report", report, "--", *PROGRAM, env={"TTMEM_LEVEL": "events"})
        run = json.loads(report.read_text())["run_id"]
        (s.ledgers / f"untracked.{'a' * 32}.{run}.removed").touch()
        attempts = Attempts(s)
        for words in (["leaks", "--run", run], ["peak", "--run", run]):
            attempts.never_complete(words)
        attempts.check()
