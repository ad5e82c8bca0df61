"""`ttmem run` stops with its program, and goes on with it, whoever continues or kills it."""
import os
import signal
import subprocess
import time

from scenario import BIN, PATIENCE_S, check, check_equal, scene

# Says how often it was continued after it stopped itself; the grace lets a second SIGCONT come.
COUNTS = """
import os, signal, time
seen = []
signal.signal(signal.SIGCONT, lambda number, frame: seen.append(number))
os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(0.3)
print(len(seen))
raise SystemExit(7)
"""


def started_and_stopped(s):
    """The run, once it is seen to have stopped, and the pid of its program."""
    process = subprocess.Popen([str(BIN / "ttmem"), "run", "-q", "--", "python3", "-c", COUNTS],
                               env=s.environment, stdout=subprocess.PIPE, text=True)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    check(os.WIFSTOPPED(status), "the run stops as its program did:", status)
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        children = [int(pid) for pid in file.read().split()]
    program = [pid for pid in children if state_of(pid) == "T"]
    check_equal(len(program), 1, f"one of {children} has stopped")
    return process, program[0]


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0]


def end_of(process):
    """What it printed, and its exit code; a run that stands for ever fails the test instead of it."""
    try:
        said, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    return said.strip(), process.returncode


def test_whoever_continues_the_program_alone_wakes_the_run():
    with scene() as s:
        process, program = started_and_stopped(s)
        os.kill(program, signal.SIGCONT)
        check_equal(end_of(process), ("1", 7), "continued once")


def test_a_program_that_is_killed_while_it_stands_ends_the_run():
    with scene() as s:
        process, program = started_and_stopped(s)
        os.kill(program, signal.SIGKILL)
        check_equal(end_of(process), ("", -signal.SIGKILL), "ended as its program")


def test_the_run_stands_as_long_as_its_program():
    with scene() as s:
        process, program = started_and_stopped(s)
        time.sleep(0.3)
        check_equal([state_of(process.pid), state_of(program)], ["T", "T"], "nobody has continued them")
        os.kill(process.pid, signal.SIGCONT)
        check_equal(end_of(process), ("1", 7), "continued once, through the run")
