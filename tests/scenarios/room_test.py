"""64 MiB of /dev/shm, as a container has them: the dead give way to the living, and what was not seen is said."""
import json
import os
import signal
import subprocess

from scenario import BIN, FULL, check, check_equal, needs_mounts, process_state, scene, wait_until

WORKERS = BIN / "scenario-workers"
MIB = 1 << 20


def small_memory(s, size="64m"):
    """Ledgers go to a file system of 64 MiB."""
    needs_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", s.ledgers], check=True)


def named(report):
    return sum("recorded nothing: its ledger needs" in note for note in report["coverage"]["notes"])


def test_run_after_run_is_tracked():
    with scene() as s:
        small_memory(s)
        path = s.files / "report.json"
        for number in range(1000 if FULL else 60):
            s.ttmem("run", "-q", "--fail-on-leak", "--report", path, "--", WORKERS, "one-by-one", 1, 0, code=10)
            report = json.loads(path.read_text())
            check_equal([len(report["processes"]), report["verdicts"]["leaked_bytes_all_chips"], report["coverage"]["complete"]],
                        [1, MIB, True], f"run {number}:")


def test_workers_at_once_are_each_tracked_or_named():
    with scene() as s:
        small_memory(s)
        path = s.files / "report.json"
        for leaker in (0, 31):
            done = s.ttmem("run", "-q", "--fail-on-leak", "--report", path, "--", WORKERS, "at-once", 32, leaker, code=None)
            report = json.loads(path.read_text())
            check_equal(len(report["processes"]) + named(report), 32, "tracked or named:")
            green = done.returncode == 10 if report["coverage"]["complete"] else done.returncode in (10, 12)
            check(green, "exit code", done.returncode, report["coverage"])


def test_a_capture_lacks_what_its_run_did_not_see():
    """Where one ledger has room, of four processes at once or of three after each other."""
    for size, how, level in (("900k", ["at-once", 4, 2], "counts"), ("1200k", ["at-once", 4, 2], "events"), ("9000k", ["one-by-one", 3, 1], "events")):
        with scene() as s:
            small_memory(s, size)
            capture, report = s.files / "run.ttmem", s.files / "report.json"
            done = s.ttmem("run", "-q", "--fail-on-leak", "-o", capture, "--report", report, "--", WORKERS, *how, code=None, env={"TTMEM_LEVEL": level})
            if json.loads(report.read_text())["coverage"]["complete"]:  # all were seen
                check_equal(done.returncode, 10)
                continue
            for asked in (["leaks", "--fail-on-leak"], ["check", "--leaks", "0"], ["growth", "--fail-on-growth"], ["peak"], ["info"]):
                answer = s.ttmem(*asked, capture, "--json", code=None)
                document = json.loads(answer.stdout)
                if "error" in document:  # no process had room
                    check(answer.returncode != 0, asked, size, answer.stdout)
                    continue
                check_equal(document["coverage"]["complete"], False, f"{asked} of {size}")
                check(len(asked) == 1 or answer.returncode in (10, 12), asked, size, answer.returncode)


def test_a_run_that_could_not_look_in_time_is_not_complete():
    """What was removed while `ttmem run` stood still was of its run, and not read."""
    with scene() as s:
        small_memory(s)
        path = s.files / "report.json"
        process = s.start(BIN / "ttmem", "run", "-q", "--fail-on-leak", "--report", path, "--", "sh", "-c",
                          f"echo ready; read go; {WORKERS} one-by-one 200 0; echo $$ done; exec sleep 60")
        check_equal(process.stdout.readline(), "ready\n")
        os.kill(process.pid, signal.SIGSTOP)
        wait_until(lambda: process_state(process.pid) == "T", "ttmem run stops")
        process.stdin.write("go\n")
        process.stdin.flush()
        pid = int(process.stdout.readline().split()[0])
        os.kill(pid, signal.SIGKILL)
        os.kill(process.pid, signal.SIGCONT)
        _, errors = process.communicate(timeout=60)
        check(path.exists(), process.returncode, errors)
        report = json.loads(path.read_text())
        check(len(report["processes"]) < 200, "this is to be seen only where some had to go")
        check_equal(report["coverage"]["complete"], False)
        gone = 200 - len(report["processes"])
        check(f"{gone} ledgers of this run removed" in " ".join(report["coverage"]["notes"]), gone, report["coverage"])
        left = [file.name for file in s.ledgers.iterdir() if not file.name.endswith((".ledger", ".ended", ".removed"))]
        check_equal(left, [], "nothing is left but ledgers, word of the end and of what went:")
