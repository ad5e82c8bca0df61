"""Signals that a process sends to `ttmem run`, or to its group: the program is told them as it would be alone."""
import os
import signal
import sys

from same import LISTENER, RUN, TOLD_SIGNALS, listen
from scenario import BIN, PATIENCE_S, check_equal, document_of, scene

LAST = signal.SIGRTMIN + 1  # signals that wait are taken in the order of their numbers


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


def test_a_signal_that_nobody_handles_ends_both():
    with scene() as s:
        for number in (signal.SIGUSR1, signal.SIGALRM, signal.SIGTERM, signal.SIGQUIT):
            path = s.files / f"report-{int(number)}.json"
            process = listen(s, [BIN / "ttmem", "run", "-q", "--report", path, "--"], [])
            process.send_signal(number)
            process.wait(timeout=PATIENCE_S)  # its stdin stays open: the end of that would be another reason to go
            check_equal(process.returncode, -number)
            check_equal(document_of(path.read_text())["child_signal"], int(number))
