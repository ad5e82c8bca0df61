"""Never green when something was not seen: each call by which a command looks at the machine fails, one by one.

Whatever cannot be read, the command either shows the same as without the fault, or says that it is incomplete: its
document, and the exit code of a gate. A command that stops with an error is honest, too, and so is one that ends for
want of memory.
"""
import errno
import itertools
import json

from scenario import BIN, FULL, check, check_equal, differing, scene

LIBRARY = BIN.resolve().parent / "lib/libreader_faults.so"
# How each function fails in life; after the first EACH calls of one, the steps to the next grow by FASTER.
ERRORS = {"opendir": [errno.EMFILE, errno.EACCES], "fdopendir": [errno.ENOMEM], "readdir": [errno.EIO],
          "open": [errno.EMFILE, errno.EACCES], "openat": [errno.EMFILE, errno.EACCES], "fstat": [errno.EIO],
          "fstatat": [errno.EIO, errno.EACCES], "stat": [errno.EACCES], "fstatfs": [errno.EIO],
          "pread": [errno.EIO], "read": [errno.EIO], "readlink": [errno.EACCES], "fopen": [errno.EMFILE],
          "fcntl": [errno.EINVAL], "mmap": [errno.ENOMEM], "malloc": [errno.ENOMEM]}
EACH, FASTER = (10**6, 1) if FULL else (30, 1.5)
# Told anew in each answer; or may say itself that it is not known: times by a note, a pid by `pid_verified`.
NOT_COMPARED = {"generated_at", "age_seconds", "story", "since", "started_at", "ended_at", "notes", "pid_verified"}


def without_times(document):
    if isinstance(document, dict):
        return {key: without_times(value) for key, value in document.items() if key not in NOT_COMPARED}
    return [without_times(value) for value in document] if isinstance(document, list) else document


def preloaded(s, fault, mark):
    """Variables with which a command meets the fault, and makes the file `mark` when it did."""
    loaded = [str(LIBRARY), s.environment.get("LD_PRELOAD")]
    return {"TTMEM_FAULT": fault, "TTMEM_FAULT_FILE": str(mark), "LD_PRELOAD": " ".join(filter(None, loaded))}


class Victims:
    """A process that lives, with programs, and one that ended and left something."""

    def __init__(self, s):
        self.s = s
        s.mesh_test("n300", ["run1.matmul"]).wait_paused("run1.matmul")
        done = s.run(BIN / "scenario-driver", "leave", 0)
        check_equal(done.returncode, 0, done.stderr)

    def document(self, arguments, fault=None):
        """(document or None, what the command did, whether the call that fails was made)"""
        mark = self.s.files / "called"
        mark.unlink(missing_ok=True)
        env = preloaded(self.s, fault, mark) if fault else {}
        done = self.s.run(BIN / "ttmem", *arguments, "--json", env=env)
        try:
            document = json.loads(done.stdout)
        except ValueError:
            document = None
        return document, done, mark.exists()


def honest(right, document, done):
    """Why an answer with a fault is not honest, or None."""
    if done.returncode < 0 and "bad_alloc" not in done.stderr:
        return f"killed by signal {-done.returncode}: {done.stderr[-200:]}"
    if document is None:
        return None if done.returncode not in (0, 3) else f"no document, exit code {done.returncode}"
    if document.get("coverage", {}).get("complete") is False:
        return None
    differences = [said for said in differing("", without_times(document), without_times(right))]
    return f"calls itself complete, but {differences[0]}" if differences else None


def faults_are_told(*arguments):
    with scene() as s:
        victims = Victims(s)
        right, _, _ = victims.document(arguments)
        check(right["coverage"]["complete"], "without a fault it is complete:", right["coverage"])
        tried, wrong = 0, []
        for function, errors in ERRORS.items():
            for error in errors:
                nth = 1
                while True:
                    fault = f"{function}:{nth}:{error}"
                    document, done, called = victims.document(arguments, fault)
                    if not called:
                        break
                    tried += 1
                    why = honest(right, document, done)
                    if why:
                        wrong.append(f"{fault} ({errno.errorcode[error]}): {why}")
                    nth = nth + 1 if nth < EACH else int(nth * FASTER)
        print(f"{tried} calls failed")
        check(tried > 20, "calls that could fail:", tried)
        check(not wrong, f"{len(wrong)} of {tried}:\n ", "\n  ".join(wrong[:40]))


def test_a_leak_that_run_cannot_read_is_no_success():
    """The gate of CI: whatever fails while the report is made, the exit code is not 0."""
    with scene() as s:
        mark, wrong, tried = s.files / "called", [], 0
        for function, errors in ERRORS.items():
            nth, called = 1, True
            while called:
                fault = f"{function}:{nth}:{errors[0]}"
                mark.unlink(missing_ok=True)
                done = s.run(BIN / "ttmem", "run", "--fail-on-leak", "--", BIN / "scenario-driver", "leave", 0,
                             env=preloaded(s, fault, mark))
                called = mark.exists()
                tried += called
                if done.returncode == 0 or done.returncode < 0 and "bad_alloc" not in done.stderr:
                    wrong.append(f"{fault}: exit code {done.returncode}: {done.stderr[-200:]}")
                nth = nth + 1 if nth < EACH else int(nth * FASTER)
        check(tried > 20, "calls that could fail:", tried)
        check(not wrong, f"{len(wrong)} of {tried}:\n ", "\n  ".join(wrong[:40]))


def test_a_program_ends_as_it_does_however_little_memory_run_has():
    """From some allocation on there is no more: once, for a while, or for good."""
    with scene() as s:
        mark, ran, report, wrong, tried = s.files / "called", s.files / "ran", s.files / "report.json", [], 0
        for count, (end, codes) in itertools.product((1, 20, 10**9), (("exit 5", [5]), ("exit 0", [10, 12]), ("kill -SEGV $$", [-11]))):
            nth, called = 1, True
            while called:
                for path in (mark, ran, report):
                    path.unlink(missing_ok=True)
                fault = f"malloc:{nth}:{errno.ENOMEM}:{count}"
                done = s.run(BIN / "ttmem", "run", "--fail-on-leak", "--report", report, "--", "sh", "-c",
                             f"echo > {ran}; {BIN}/scenario-driver leave 0; {end}", env=preloaded(s, fault, mark))
                called = mark.exists()
                tried += called
                if not ran.exists():
                    honest_end = done.returncode != 0 and done.stderr
                else:
                    honest_end = done.returncode in codes and (report.exists() or "memory" in done.stderr)
                left = [path.name for path in s.files.iterdir() if path not in (mark, ran, report)]
                if not honest_end or left:
                    wrong.append(f"{fault}, {end}: {done.returncode}, {left}: {done.stderr[-200:]}")
                nth = nth + 1 if nth < EACH / 3 else int(nth * FASTER)
        check(tried > 20, "calls that could fail:", tried)
        check(not wrong, f"{len(wrong)} of {tried}:\n ", "\n  ".join(wrong[:40]))


def test_whatever_status_cannot_read_it_says():
    faults_are_told("status")


def test_whatever_ps_cannot_read_it_says():
    faults_are_told("ps", "--dead")


def test_whatever_buffers_cannot_read_it_says():
    faults_are_told("buffers")


def test_whatever_programs_cannot_read_it_says():
    faults_are_told("programs", "--cbs")


def test_whatever_leaks_cannot_read_it_says():
    faults_are_told("leaks")


def test_whatever_explain_cannot_read_it_says():
    faults_are_told("explain", "0")
