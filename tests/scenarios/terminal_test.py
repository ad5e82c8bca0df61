"""What is printed to a terminal fits into it, whatever its width; what is piped is whole."""
import fcntl
import os
import re
import struct
import subprocess
import termios
import unicodedata

from scenario import BIN, PATIENCE_S, SIM, check, scene

# Its tables have a line per process, allocation, program or leak.
COMMANDS = (["status"], ["ps", "--dead"], ["buffers"], ["buffers", "--bytes"], ["programs", "--cbs"], ["leaks"], ["gc", "--dry-run"])
NARROW = 80  # columns that everybody has


def at_a_terminal(s, columns, *arguments):
    """The lines that `ttmem` prints to a terminal of that width, as they are seen."""
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen([str(BIN / "ttmem"), *arguments], env=s.environment, stdin=subprocess.DEVNULL, stdout=end,
                          stderr=subprocess.PIPE) as process:
        os.close(end)
        output = b""
        while True:
            try:
                output += os.read(terminal, 65536)
            except OSError:  # nobody has it open any more
                break
        process.wait(timeout=PATIENCE_S)
    os.close(terminal)
    check(process.returncode in (0, 3), arguments, process.returncode)
    return re.sub(r"\x1b\[[0-9;]*m", "", output.decode()).split("\r\n")


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def test_tables_fit_into_a_terminal():
    with scene() as s:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        s.run(SIM, "decode", "--plant", "leak", "--plant", "missing-cb-free")
        s.run(BIN / "scenario-driver", "leave", 0)
        wide = []
        for columns in (NARROW, 100, 132, 200):
            for words in COMMANDS:
                lines = at_a_terminal(s, columns, *words)
                check(len(lines) > 1, words, "says something")
                wide += [f"{columns} columns, {words}: {line}" for line in lines if width(line) > columns and is_of_a_table(line)]
        check(not wide, "\n".join(wide))


def is_of_a_table(line):
    """Sentences are broken by the terminal."""
    return "  " in line


def test_what_is_piped_has_all_columns():
    with scene() as s:
        s.mesh_test("n300", ["run1.matmul"]).wait_paused("run1.matmul")
        narrow = at_a_terminal(s, NARROW, "buffers")[0]
        piped = s.ttmem("buffers").stdout.split("\n")[0]
        by_environment = s.ttmem("buffers", env={"COLUMNS": str(NARROW)}).stdout.split("\n")[0]
        check(len(piped) > NARROW, "all columns:", piped)
        # Which columns fit may differ from one moment to the next: ages become longer.
        for line in (narrow, by_environment):
            check(len(line) <= NARROW and line.split()[:3] == piped.split()[:3], "some columns:", line, "of", piped)
