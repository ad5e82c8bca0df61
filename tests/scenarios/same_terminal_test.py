"""`ttmem run -- CMD` in the foreground of a terminal beside CMD alone: keys, stops and sizes have the same effect."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from same import LISTENER, RUN
from scenario import PATIENCE_S, check, check_equal, scene, wait_until

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
