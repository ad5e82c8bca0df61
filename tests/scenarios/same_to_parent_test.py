"""`ttmem run -- CMD` beside CMD alone: whoever started it sees the same. Each test does a thing twice and compares."""
import contextlib
import itertools
import json
import os
import signal
import subprocess

from same import RUN, TOLD_SIGNALS, listen, same
from scenario import BIN, PATIENCE_S, check, check_equal, document_of, scene, wait_until

ENDING_SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGFPE,
                  signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV, signal.SIGUSR2, signal.SIGPIPE, signal.SIGALRM,
                  signal.SIGTERM, signal.SIGXCPU, signal.SIGSYS]


def test_exit_codes():
    with scene() as s:
        for number in (0, 1, 2, 3, 10, 12, 42, 64, 77, 100, 124, 125, 126, 127, 128, 129, 137, 143, 192, 254, 255):
            check_equal(same(s, ["sh", "-c", f"exit {number}"], f"exit code {number}").returncode, number)


def test_ends_by_signals():
    with scene() as s:
        for number in ENDING_SIGNALS:
            alone = same(s, ["sh", "-c", f"kill -{int(number)} $$"], number.name)
            check_equal(alone.returncode, -number, f"{number.name} is seen as what it is")


def test_the_report_of_a_program_that_died_of_a_signal_says_128_and_its_number():
    with scene() as s:
        path = s.files / "report.json"
        done = s.run(BIN / "ttmem", "run", "--report", path, "--", "sh", "-c", "kill -SEGV $$")
        check_equal(done.returncode, -signal.SIGSEGV)
        report = document_of(path.read_text())
        check_equal([report["exit_code"], report["child_signal"]], [139, 11])


def dispositions_and_mask(ignored, blocked):
    def prepare():
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return prepare


def test_inherited_dispositions_and_masks():
    changeable = [number for number in TOLD_SIGNALS + [signal.SIGCHLD] if number < signal.SIGRTMIN]
    cases = [([number], []) for number in changeable] + [([], [number]) for number in changeable]
    cases += [(changeable, changeable), ([], [signal.SIGRTMIN + 3])]
    with scene() as s:
        for ignored, blocked in cases:
            same(s, ["sed", "-n", "/^Sig[BI]/p", "/proc/self/status"], f"ignored {ignored}, blocked {blocked}",
                 preexec_fn=dispositions_and_mask(ignored, blocked), restore_signals=False)


def test_an_ignored_sigchld_hides_no_end():
    with scene() as s:
        same(s, ["sh", "-c", "exit 3"], preexec_fn=dispositions_and_mask([signal.SIGCHLD], []), what="exit code")


def closing(descriptors):
    def prepare():
        for descriptor in descriptors:
            os.close(descriptor)
    return prepare


def test_closed_descriptors():
    script = 'ls /proc/$$/fd > "$0" 2>&1; exit 9'
    with scene() as s:
        for count in range(4):
            for closed in itertools.combinations((0, 1, 2), count):
                seen = []
                for words in ([], RUN):
                    path = s.files / "open"
                    process = subprocess.run([*words, "sh", "-c", script, str(path)], preexec_fn=closing(closed),
                                             env=s.environment, timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                    seen.append([process.returncode, path.read_text().split()])
                check_equal(seen[1], seen[0], f"closed: {closed}")


def test_a_descriptor_that_is_handed_down_and_no_other():
    with scene() as s, open(os.devnull, encoding="ascii") as extra:
        same(s, ["sh", "-c", "ls /proc/$$/fd"], "open descriptors", pass_fds=[extra.fileno()])


def test_limits_group_session_and_folder():
    script = "ulimit -Sa; ulimit -Ha; pwd; umask; cut -d' ' -f5,6 /proc/$$/stat; nice"
    with scene() as s:
        same(s, ["bash", "-c", script], "what is inherited", cwd=s.files)


@contextlib.contextmanager
def broken_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_broken_pipes_change_no_exit_code_and_lose_no_report():
    with scene() as s, broken_pipe() as broken:
        for stream, options, code in itertools.product(("stdout", "stderr"), ([], ["--json"]), (0, 5)):
            path = s.files / f"report-{stream}-{len(options)}-{code}.json"
            streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: broken}
            done = subprocess.run([str(BIN / "ttmem"), "run", *options, "--report", str(path), "--", "sh", "-c",
                                   f"exit {code}"], env=s.environment, timeout=PATIENCE_S, check=False, **streams)
            check_equal(done.returncode, code, f"{stream} {options}")
            check_equal(document_of(path.read_text())["exit_code"], code)


def test_a_program_that_meets_a_broken_pipe_dies_of_it():
    with scene() as s, broken_pipe() as broken:
        ends = [subprocess.run([*words, "sh", "-c", "while echo; do :; done"], stdout=broken, stderr=subprocess.DEVNULL,
                               env=s.environment, timeout=PATIENCE_S, check=False).returncode for words in ([], RUN)]
        check_equal(ends, [ends[0], ends[0]])


def test_an_alarm_that_was_set_before_goes_off_in_the_program():
    def soon():
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    with scene() as s:
        same(s, ["sleep", "30"], "the alarm", preexec_fn=soon)


def test_no_other_process_is_left_of_it():
    with scene() as s:
        process = listen(s, RUN, [])
        process.communicate("go\n", timeout=PATIENCE_S)
        check_equal(s.run("ps", "-o", "pid=,comm=", "--sid", process.pid).stdout, "", "of its session:")
        process = listen(s, RUN, [])
        process.kill()
        process.communicate("go\n", timeout=PATIENCE_S)
        wait_until(lambda: s.run("ps", "-o", "pid=", "--sid", process.pid).stdout == "", "nor when it was killed")


def test_a_report_replaces_a_file_as_a_whole_and_writes_others_straight():
    with scene() as s:
        old, link, pipe = s.files / "old.json", s.files / "link.json", s.files / "pipe"
        old.write_text("""{"schema": "ttmem.run/1"}""")
        link.symlink_to(old)
        inode = old.stat().st_ino
        s.ttmem("run", "-q", "--report", link, "--", "true")
        check(link.is_symlink() and old.stat().st_ino != inode, "the file that the link leads to is another")
        check_equal(document_of(old.read_text())["exit_code"], 0)
        check_equal(sorted(path.name for path in s.files.iterdir()), ["link.json", "old.json"], "nothing else is left:")
        s.ttmem("run", "-q", "--report", s.files / "none" / "report.json", "--", "touch", s.files / "ran", code=1)
        check(not (s.files / "ran").exists(), "a wrong path is told before the program starts")
        os.mkfifo(pipe)
        reader = s.start("cat", pipe)
        s.ttmem("run", "-q", "--report", pipe, "--", "true")
        check_equal(json.loads(reader.communicate(timeout=PATIENCE_S)[0])["exit_code"], 0)
        done = s.ttmem("run", "-q", "--report", "/dev/stdout", "--", "echo", "mine")
        first, _, report = done.stdout.partition("\n")
        check_equal([first, json.loads(report)["exit_code"]], ["mine", 0])
