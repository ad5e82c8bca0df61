"""`ttmem run -- CMD` beside CMD alone: whoever started it sees the same. Each test does a thing twice and compares."""
import contextlib
import fcntl
import itertools
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from scenario import BIN, PATIENCE_S, check, check_equal, document_of, scene, wait_until

RUN = [str(BIN / "ttmem"), "run", "-q", "--"]
ENDING_SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGFPE,
                  signal.SIGKILL, signal.SIGUSR1, signal.SIGSEGV, signal.SIGUSR2, signal.SIGPIPE, signal.SIGALRM,
                  signal.SIGTERM, signal.SIGXCPU, signal.SIGSYS]
TOLD_SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE,
                signal.SIGALRM, signal.SIGTERM, signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,
                signal.SIGURG, signal.SIGXCPU, signal.SIGVTALRM, signal.SIGPROF, signal.SIGWINCH, signal.SIGIO,
                signal.SIGPWR, signal.SIGSYS, signal.SIGRTMIN + 1]

# Says each signal that it was told, until a line comes in.
LISTENER = """
import os, signal, sys
told = []
for number in map(int, sys.argv[1:]):
    signal.signal(number, lambda number, _: os.write(1, b"told %d\\n" % number))
os.write(1, b"ready\\n")
sys.stdin.readline()
sys.exit(7)
"""


def both(s, command, **more):
    """What a parent sees of `command` alone, and of the same under ttmem run."""
    return [s.run(*words, **more) for words in (command, RUN + list(command))]


def same(s, command, what, **more):
    alone, under = both(s, command, **more)
    check_equal([under.returncode, under.stdout, under.stderr], [alone.returncode, alone.stdout, alone.stderr], what)
    return alone


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


def listen(s, words, numbers):
    process = s.start(*words, sys.executable, "-c", LISTENER, *map(int, numbers), start_new_session=True)
    check_equal(process.stdout.readline(), "ready\n")
    return process


def test_every_signal_reaches_the_program_and_the_report_is_written():
    with scene() as s:
        path = s.files / "report.json"
        process = listen(s, [BIN / "ttmem", "run", "-q", "--report", path, "--"], TOLD_SIGNALS)
        for number in TOLD_SIGNALS:
            process.send_signal(number)
            check_equal(process.stdout.readline(), f"told {int(number)}\n")
        output, errors = process.communicate("go\n", timeout=PATIENCE_S)
        check_equal([process.returncode, output, errors], [7, "", ""], "told once each, and the end is the program's")
        check_equal(document_of(path.read_text())["exit_code"], 7)


LAST = signal.SIGRTMIN + 1  # signals that wait are taken in the order of their numbers


def test_a_signal_to_the_whole_group_is_told_once():
    with scene() as s:
        process = listen(s, RUN, TOLD_SIGNALS)
        for number in [number for number in TOLD_SIGNALS if number != LAST]:
            os.killpg(process.pid, number)
            process.send_signal(LAST)
            said = [process.stdout.readline() for _ in range(2)]
            check_equal(sorted(said), sorted([f"told {int(number)}\n", f"told {int(LAST)}\n"]))
        output, _ = process.communicate("go\n", timeout=PATIENCE_S)
        check_equal([process.returncode, output], [7, ""], "told once each:")


def test_a_signal_to_a_group_that_the_program_has_left_is_handed_on():
    with scene() as s:
        own_group = LISTENER.replace("told = []", "os.setpgid(0, 0)")
        process = s.start(*RUN, sys.executable, "-c", own_group, int(signal.SIGTERM), start_new_session=True)
        check_equal(process.stdout.readline(), "ready\n")
        os.killpg(process.pid, signal.SIGTERM)
        check_equal(process.stdout.readline(), "told 15\n")
        output, _ = process.communicate("go\n", timeout=PATIENCE_S)
        check_equal([process.returncode, output], [7, ""])


def seen_by_the_parent(process, options):
    _, status = os.waitpid(process.pid, options)
    return "stopped" if os.WIFSTOPPED(status) else "continued" if os.WIFCONTINUED(status) else f"ended {status}"


def test_sigstop_and_sigcont_to_the_group_or_to_it_alone():
    for send in (os.killpg, os.kill):
        with scene() as s:
            seen = []
            for words in ([], RUN):
                process = listen(s, words, [signal.SIGCONT, LAST])
                send(process.pid, signal.SIGSTOP)
                stopped = seen_by_the_parent(process, os.WUNTRACED)
                send(process.pid, signal.SIGCONT)
                continued = seen_by_the_parent(process, os.WCONTINUED)
                said = process.stdout.readline()
                process.send_signal(LAST)
                said += process.stdout.readline()
                output, errors = process.communicate("go\n", timeout=PATIENCE_S)
                seen.append([stopped, continued, said, output, errors, process.returncode])
            check_equal(seen[1], seen[0], send.__name__)


def test_no_other_process_is_left_of_it():
    with scene() as s:
        process = listen(s, RUN, [])
        process.communicate("go\n", timeout=PATIENCE_S)
        check_equal(s.run("ps", "-o", "pid=,comm=", "--sid", process.pid).stdout, "", "of its session:")
        process = listen(s, RUN, [])
        process.kill()
        process.communicate("go\n", timeout=PATIENCE_S)
        wait_until(lambda: s.run("ps", "-o", "pid=", "--sid", process.pid).stdout == "", "nor when it was killed")


def test_a_signal_that_nobody_handles_ends_both():
    with scene() as s:
        for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM, signal.SIGQUIT):
            path = s.files / f"report-{int(number)}.json"
            process = listen(s, [BIN / "ttmem", "run", "-q", "--report", path, "--"], [])
            process.send_signal(number)
            process.wait(timeout=PATIENCE_S)  # its stdin stays open: the end of that would be another reason to go
            check_equal(process.returncode, -number)
            check_equal(document_of(path.read_text())["child_signal"], int(number))


def test_an_alarm_that_was_set_before_goes_off_in_the_program():
    def soon():
        signal.setitimer(signal.ITIMER_REAL, 0.5)
    with scene() as s:
        same(s, ["sleep", "30"], "the alarm", preexec_fn=soon)


class Session:
    """A session with a terminal of its own, and a command in its foreground; it is the shell."""

    def __init__(self, words, environment):
        self.master, slave = pty.openpty()
        self.shell, child = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.master)
                self.be_the_shell(slave, child, words, environment)
            finally:
                os._exit(99)
        os.close(child)
        os.close(slave)
        self.output = b""

    @staticmethod
    def be_the_shell(slave, report, words, environment):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.set_inheritable(report, False)
        ready, go = os.pipe()
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            os.read(ready, 1)
            for descriptor in (0, 1, 2):
                os.dup2(slave, descriptor)
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvpe(words[0], words, environment)
        with contextlib.suppress(OSError):
            os.setpgid(job, job)
        os.tcsetpgrp(slave, job)
        os.write(go, b"!")
        while True:
            _, status = os.waitpid(job, os.WUNTRACED)
            os.tcsetpgrp(slave, os.getpgrp())
            if not os.WIFSTOPPED(status):
                said = ("ended by", os.WTERMSIG(status)) if os.WIFSIGNALED(status) else ("exit", os.WEXITSTATUS(status))
                os.write(report, f"{said[0]} {said[1]}\n".encode())
                return
            os.write(report, f"stopped by {os.WSTOPSIG(status)}\n".encode())
            os.tcsetpgrp(slave, job)
            os.killpg(job, signal.SIGCONT)

    def read_until(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while wanted not in self.output:
            check(time.monotonic() < end, f"{wanted} was awaited, this was said:", self.output)
            if select.select([self.master], [], [], 1)[0]:
                self.output += os.read(self.master, 4096)

    def read_until_count(self, wanted, count):
        while self.output.count(wanted) < count:
            before = len(self.output)
            wait_until(lambda: select.select([self.master], [], [], 0)[0], f"{wanted} {count} times: {self.output}")
            self.output += os.read(self.master, 4096)
            check(len(self.output) > before, "the terminal says no more than", self.output)

    def type(self, text):
        os.write(self.master, text)

    def said_by_the_shell(self):
        """The next line. The terminal is read meanwhile: who sets its modes waits for that."""
        line = b""
        end = time.monotonic() + PATIENCE_S
        while not line.endswith(b"\n"):
            check(time.monotonic() < end, "the shell said nothing more than", line, "the terminal:", self.output)
            readable = select.select([self.shell, self.master], [], [], 1)[0]
            if self.master in readable:
                with contextlib.suppress(OSError):  # nobody has it open any more
                    self.output += os.read(self.master, 4096)
            if self.shell in readable:
                line += os.read(self.shell, 1) or b"gone\n"
        return line.decode().strip()

    def close(self):
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.master)
        os.close(self.shell)
        os.waitpid(self.pid, 0)


def in_both_sessions(s, command, play):
    """What `play` returns, of the command alone and under ttmem run."""
    seen = []
    for words in ([], RUN):
        session = Session([*words, *command], s.environment)
        try:
            seen.append(play(session))
        finally:
            session.close()
    check_equal(seen[1], seen[0])
    return seen[0]


def test_ctrl_z_stops_and_fg_continues():
    script = "echo ready; read line; echo got $line; exit 6"

    def play(session):
        session.read_until(b"ready")
        session.type(b"\x1a")
        said = [session.said_by_the_shell()]
        session.type(b"hello\n")
        session.read_until(b"got hello")
        return said + [session.said_by_the_shell()]

    with scene() as s:
        check_equal(in_both_sessions(s, ["sh", "-c", script], play), [f"stopped by {int(signal.SIGTSTP)}", "exit 6"])


def test_a_terminal_that_changes_its_size_or_goes_away_is_told_once():
    def resize(session):
        session.read_until(b"ready")
        for rows in (30, 31):
            before = session.output.count(b"told 28")
            fcntl.ioctl(session.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 0, 0))
            session.read_until_count(b"told 28", before + 1)
            time.sleep(0.2)  # two that are pending in one process at the same time are one: see group_witness.h
        session.type(b"go\n")
        return [session.said_by_the_shell(), session.output.count(b"told 28")]

    with scene() as s:
        command = [sys.executable, "-c", LISTENER, int(signal.SIGWINCH)]
        check_equal(in_both_sessions(s, list(map(str, command)), resize), ["exit 7", 2])


def test_a_program_that_stops_itself_is_seen_to_stop():
    def play(session):
        return [session.said_by_the_shell(), session.said_by_the_shell()]

    with scene() as s:
        for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN):
            said = in_both_sessions(s, ["sh", "-c", f"kill -{int(number)} $$; exit 4"], play)
            check_equal(said, [f"stopped by {int(number)}", "exit 4"])


def test_ctrl_c_and_ctrl_backslash_are_told_once():
    def play(session):
        session.read_until(b"ready")
        session.type(b"\x03")
        session.read_until(b"told 2")
        session.type(b"\x1c")
        session.read_until(b"told 3")
        session.type(b"go\n")
        said = session.said_by_the_shell()
        return [said, session.output.count(b"told 2"), session.output.count(b"told 3")]

    with scene() as s:
        command = [sys.executable, "-c", LISTENER, "2", "3"]
        check_equal(in_both_sessions(s, command, play), ["exit 7", 1, 1])


def test_ctrl_c_ends_what_does_not_handle_it():
    def play(session):
        session.read_until(b"ready")
        session.type(b"\x03")
        return session.said_by_the_shell()

    with scene() as s:
        check_equal(in_both_sessions(s, ["sh", "-c", "echo ready; exec sleep 60"], play), "ended by 2")


def test_a_shell_with_jobs_of_its_own_works_under_it():
    def play(session):
        session.type(b"sleep 60\n")
        session.read_until(b"sleep 60")
        wait_until(lambda: b"sleep" in subprocess.run(["ps", "-o", "comm=", "--sid", str(session.pid)],
                                                      capture_output=True, check=False).stdout, "sleep runs")
        session.type(b"\x1a")
        session.read_until(b"Stopped")
        session.output = session.output.partition(b"Stopped")[2]
        session.read_until(b"prompt> ")
        session.type(b"kill -9 %1; disown %1; exit 5\n")
        return session.said_by_the_shell()

    with scene() as s:
        s.environment["PS1"] = "prompt> "
        check_equal(in_both_sessions(s, ["bash", "--norc", "--noprofile", "-i"], play), "exit 5")


def test_a_report_replaces_a_file_as_a_whole_and_writes_others_straight():
    with scene() as s:
        old, link, pipe = s.files / "old.json", s.files / "link.json", s.files / "pipe"
        old.write_text("the old one")
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
