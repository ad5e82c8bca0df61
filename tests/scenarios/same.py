"""Doing a thing twice, alone and under `ttmem run`, and comparing what a parent sees."""
import signal
import sys

from scenario import BIN, check_equal

RUN = [str(BIN / "ttmem"), "run", "-q", "--"]
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


def listen(s, words, numbers):
    process = s.start(*words, sys.executable, "-c", LISTENER, *map(int, numbers), start_new_session=True)
    check_equal(process.stdout.readline(), "ready\n")
    return process
