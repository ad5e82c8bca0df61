"""Never green when something was not seen: each call by which a command looks at the machine fails, one by one.

Whatever cannot be read, the command either shows the same as without the fault, or says that it is incomplete: its
document, and the exit code of a gate. A command that stops with an error is honest, too, and so is one that ends for
want of memory.
"""
import errno
import itertools
import json

from injected import EACH, FIRST_ERRORS, TRIED, bad_end, check_none_wrong, meets_faults, wrong_with_faults
from scenario import BIN, check, check_equal, differing, scene

# Told anew in each answer; or may say itself that it is not known: times by a note, a pid by `pid_verified`.
NOT_COMPARED = {"generated_at", "age_seconds", "story", "since", "started_at", "ended_at", "notes", "pid_verified"}


def without_times(document):
    if isinstance(document, dict):
        return {key: without_times(value) for key, value in document.items() if key not in NOT_COMPARED}
    return [without_times(value) for value in document] if isinstance(document, list) else document


def document_of(done):
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def dishonest(right, done):
    """Why an answer with a fault is not honest, or None."""
    document = document_of(done)
    if bad_end(done):
        return bad_end(done)
    if document is None:
        return None if done.returncode not in (0, 3) else f"no document, exit code {done.returncode}"
    if document.get("coverage", {}).get("complete") is False:
        return None
    differences = [said for said in differing("", without_times(document), without_times(right))]
    return f"calls itself complete, but {differences[0]}" if differences else None


def faults_are_told(*arguments):
    """A process that lives, with programs, and one that ended and left something are looked at."""
    with scene() as s:
        s.mesh_test("n300", ["run1.matmul"]).wait_paused("run1.matmul")
        done = s.run(BIN / "scenario-driver", "leave", 0)
        check_equal(done.returncode, 0, done.stderr)
        command = [BIN / "ttmem", *arguments, "--json"]
        right = document_of(s.run(*command))
        TRIED.add(arguments[0])
        check(right["coverage"]["complete"], "without a fault it is complete:", right["coverage"])
        check_none_wrong(*wrong_with_faults(s, lambda env: dishonest(right, s.run(*command, env=env))))


@meets_faults("run")
def test_a_leak_that_run_cannot_read_is_no_success():
    """The gate of CI: whatever fails while the report is made, the exit code is not 0."""
    with scene() as s:
        TRIED.add("run")

        for words in (["--", BIN / "scenario-driver", "leave", 0], ["--iterations-by", "test.zeros", "--", BIN / "scenario-steps", "operations", "leaks"]):
            def green(env):
                done = s.run(BIN / "ttmem", "run", "--fail-on-leak", *words, env=env)
                return bad_end(done) or ("exit code 0" if done.returncode == 0 else None)

            check_none_wrong(*wrong_with_faults(s, green, FIRST_ERRORS, EACH // (1 + ("--iterations-by" in words))))


@meets_faults("run")
def test_a_program_ends_as_it_does_however_little_memory_run_has():
    """From some allocation on there is no more: once, for a while, or for good."""
    with scene() as s:
        TRIED.add("run")
        ran, report, tried, wrong = s.files / "ran", s.files / "report.json", 0, []
        for count, (end, codes) in itertools.product((1, 20, 10**9), (("exit 5", [5]), ("exit 0", [10, 12]), ("kill -SEGV $$", [-11]))):
            def other_end(env):
                for path in (ran, report):
                    path.unlink(missing_ok=True)
                done = s.run(BIN / "ttmem", "run", "--fail-on-leak", "--report", report, "--", "sh", "-c",
                             f"echo > {ran}; {BIN}/scenario-driver leave 0; {end}", env=env)
                if not ran.exists():
                    honest_end = done.returncode != 0 and done.stderr
                else:
                    honest_end = done.returncode in codes and (report.exists() or "memory" in done.stderr)
                left = [path.name for path in s.files.iterdir() if path.name not in ("called", "ran", "report.json")]
                return f"{end}: {done.returncode}, {left}: {done.stderr[-200:]}" if not honest_end or left else None

            more = wrong_with_faults(s, other_end, {"malloc": [errno.ENOMEM]}, EACH // 3, count)
            tried, wrong = tried + more[0], wrong + more[1]
        check_none_wrong(tried, wrong)


@meets_faults("status")
def test_whatever_status_cannot_read_it_says():
    faults_are_told("status")


@meets_faults("ps")
def test_whatever_ps_cannot_read_it_says():
    faults_are_told("ps", "--dead")


@meets_faults("buffers")
def test_whatever_buffers_cannot_read_it_says():
    faults_are_told("buffers")


@meets_faults("programs")
def test_whatever_programs_cannot_read_it_says():
    faults_are_told("programs", "--cbs")


@meets_faults("leaks")
def test_whatever_leaks_cannot_read_it_says():
    faults_are_told("leaks")


@meets_faults("explain")
def test_whatever_explain_cannot_read_it_says():
    faults_are_told("explain", "0")
