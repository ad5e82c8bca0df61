"""What the shells complete: real ones, at a terminal, with the script that `ttmem completion` prints."""
import contextlib
import os
import pty
import re
import select
import shutil
import signal
import time

from scenario import BIN, PATIENCE_S, Skip, check, check_equal, scene

PROMPT = "ready> "
START = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}
# Said to the shell first. What is typed must not be taken for an answer: the marker is put together.
SETUP = {"bash": "bind 'set enable-bracketed-paste off'; source {script}; PS1='ready'; PS1+='> '; PS2=\n",
         "zsh": "autoload -U compinit; compinit -u -D; source {script}; unsetopt prompt_sp; PS1='ready'; PS1+='> '\n"}


def needs(shell):
    path = shutil.which(shell)
    if path is None:
        raise Skip(f"{shell} is not installed")
    return path


def printed(output):
    """What a terminal shows: without colors and other sequences."""
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>]|\][^\x07]*\x07)|[\x07\x0f]", "", output)


class Shell:
    """An interactive shell of 80 columns in a folder."""

    def __init__(self, s, shell):
        path, script = needs(shell), s.files / f"ttmem.{shell}"
        script.write_text(s.ttmem("completion", shell).stdout)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(s.files)
            environment = {**s.environment, "PATH": f"{BIN.resolve()}:{os.environ['PATH']}", "TERM": "vt100",
                           "COLUMNS": "80", "HOME": str(s.files)}
            os.execve(path, [shell, *START[shell]], environment)
        self.output = ""
        self.type(SETUP[shell].format(script=script))
        self.read_until(PROMPT)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while wanted not in printed(self.output):
            check(time.monotonic() < end, f"`{wanted}` was awaited:", printed(self.output))
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.output += os.read(self.terminal, 4096).decode(errors="replace")

    def completes(self, line, wanted):
        """That a tab after `line` leads to `wanted` on the screen; the line is given up then."""
        self.output = ""
        self.type(line + "\t")
        self.read_until(wanted)
        self.output = ""
        self.type("\x15\n")  # an empty line
        self.read_until(PROMPT)

    def close(self):
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def check_shell(shell):
    with scene() as s:
        (s.files / "graph-of-mine.json").write_text("{}")
        at_work = Shell(s, shell)
        try:
            for line, wanted in (("ttmem statu", "ttmem status"), ("ttmem buffers --poo", "ttmem buffers --pool"),
                                 ("ttmem buffers --pool l1_", "--pool l1_small"), ("ttmem show graph-of", "graph-of-mine.json"),
                                 ("ttmem explain graph-of", "graph-of-mine.json"), ("ttmem explain --fail", "--failures"),
                                 ("ttmem completion fi", "completion fish"), ("ttmem run --repo", "--report"),
                                 ("ttmem run --report graph-of", "graph-of-mine.json"),
                                 ("ttmem export pprof graph-of", "graph-of-mine.json"), ("ttmem export perf", "export perfetto"),
                                 ("ttmem run --mock T30", "--mock T3000"), ("ttmem fit --on T30", "--on T3000"),
                                 ("ttmem fit --on N150,T30", "--on N150,T3000"),
                                 ("ttmem run -- sha256s", "sha256sum"), ("ttmem run -- cat graph-of", "graph-of-mine.json")):
                at_work.completes(line, wanted)
        finally:
            at_work.close()


def test_bash_completes_commands_options_values_and_files():
    check_shell("bash")


def test_zsh_completes_commands_options_values_and_files():
    check_shell("zsh")


def test_fish_completes_commands_options_values_and_files():
    with scene() as s:
        needs("fish")
        script = s.files / "ttmem.fish"
        script.write_text(s.ttmem("completion", "fish").stdout)
        (s.files / "graph-of-mine.json").write_text("{}")
        for line, wanted in (("ttmem statu", "status"), ("ttmem buffers --poo", "--pool"), ("ttmem buffers --pool l1_", "l1_small"),
                             ("ttmem show graph-of", "graph-of-mine.json"), ("ttmem explain --fail", "--failures"),
                             ("ttmem completion fi", "fish"), ("ttmem run --report graph-of", "graph-of-mine.json"),
                             ("ttmem export pprof graph-of", "graph-of-mine.json"), ("ttmem export perf", "perfetto"),
                             ("ttmem run --mock T30", "T3000"), ("ttmem fit --on T30", "T3000"),
                             ("ttmem run -- sha256s", "sha256sum"), ("ttmem run -- cat graph-of", "graph-of-mine.json")):
            done = s.run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'", cwd=s.files,
                         env={"HOME": str(s.files), "PATH": f"{BIN.resolve()}:{os.environ['PATH']}"})
            check_equal(done.stderr, "", line)
            found = [said.split("\t")[0] for said in done.stdout.splitlines()]
            check(wanted in found, f"`{line}`:", found)
