"""`ttmem top`: the real program in a real terminal (tmux), with keys; and one frame, whose figures are the other commands'."""
import contextlib
import fcntl
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

from scenario import BIN, PATIENCE_S, SIM, Skip, check, check_equal, scene, wait_until

VIEWS = ("overview", "buffers", "programs", "timeline", "leaks", "failures", "l1")


class Terminal:
    """A window of tmux, with a server of its own."""

    def __init__(self, environment, columns=100, rows=30):
        if shutil.which("tmux") is None:
            raise Skip("tmux is not installed (apt install tmux)")
        self.folder = tempfile.mkdtemp(prefix="top-")
        self.socket = str(pathlib.Path(self.folder) / "tmux")
        self.environment = dict(environment, LC_ALL="C.UTF-8", TERM="screen-256color")
        self.environment.pop("TMUX", None)
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "sh")
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *words):
        done = subprocess.run(["tmux", "-f", "/dev/null", "-S", self.socket, *words], env=self.environment, text=True,
                              capture_output=True, timeout=PATIENCE_S)
        check(done.returncode == 0, words, done.stderr)
        return done.stdout

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def enter(self, line):
        self.tmux("send-keys", "-l", line)
        self.type("Enter")

    def text(self):
        return self.tmux("capture-pane", "-p")

    def shows(self, *parts):
        """Waits until all of these stand on the screen; returns it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            text = self.text()
            if all(part in text for part in parts):
                return text
            check(time.monotonic() < deadline, "never showed", parts, "but\n" + text)
            time.sleep(0.05)

    def pid_of_top(self):
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        return next(pid for pid in children_of(shell) if b"ttmem\0top" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())

    @contextlib.contextmanager
    def attached(self, columns, rows):
        """Somebody attaches with a terminal of that size, and detaches; gives what waits for words to reach that terminal."""
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        client = subprocess.Popen(["tmux", "-f", "/dev/null", "-S", self.socket, "attach"], env=self.environment,
                                  stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        got = bytearray()

        def reaches(*words):
            deadline = time.monotonic() + PATIENCE_S
            while not all(word in got for word in words):
                check(time.monotonic() < deadline, "never reached the terminal:", words, bytes(got))
                if select.select([ours], [], [], 0.05)[0]:
                    got.extend(os.read(ours, 65536))

        try:
            yield reaches
        finally:
            self.tmux("detach-client")
            os.close(ours)
            client.wait(PATIENCE_S)

    def close(self):
        with contextlib.suppress(AssertionError):
            self.tmux("kill-server")
        shutil.rmtree(self.folder, ignore_errors=True)


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def terminal(s, **size):
    found = Terminal(s.environment, **size)
    try:
        yield found
    finally:
        found.close()


def top(*words):
    return " ".join([str(BIN.resolve() / "ttmem"), "top", *words])


def capture_of(s):
    path = s.files / "run.ttmem"
    s.run(BIN / "ttmem", "run", "-o", path, "--", SIM, "decode", "--plant", "leak")
    return path


def frame(s, *words):
    done = subprocess.run([BIN / "ttmem", "top", "--ascii", *words], env=s.environment, text=True, capture_output=True,
                          timeout=PATIENCE_S)
    check(done.returncode in (0, 3), words, done.stderr)
    return done.stdout


def test_keys_go_through_all_views_and_q_gives_the_terminal_back():
    with scene() as s, terminal(s) as t:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        t.enter(f"cd {s.files}; echo before; {top()}")
        t.shows("[1 Overview]", "8 chips", "1 process", "ttmem-sim", "q quit")
        t.type("2")
        t.shows("[2 Buffers]", "by owner")
        t.type("g")
        t.shows("by op")
        t.type("3")
        t.shows("[3 Programs]", "matmul")
        t.type("4")
        t.shows("[4 Timeline]", "peak")
        t.type("5")
        t.shows("[5 Leaks]")
        t.type("6")
        t.shows("[6 Failures]", "No allocation has failed.")
        t.type("7")
        t.shows("[7 L1]", "CIRCULAR BUFFERS", "firmware and kernels")
        t.type("Tab")
        t.shows("[1 Overview]")
        t.type("Enter")
        t.shows("Process ", "What it holds, by owner")
        t.type("Escape")
        t.shows("chip: reserved of capacity")
        t.type("?")
        t.shows("Ctrl+L")
        t.type("Escape")
        t.type("/")
        t.tmux("send-keys", "-l", "nobody")
        t.shows("filter: nobody", "No process matches.")
        t.type("Escape")
        t.shows("ttmem-sim")
        t.type("Space")
        t.shows("PAUSED, step ")
        t.type("t")
        t.shows("theme light", "ttmem-sim")
        t.type("w")
        said = t.shows("written: ttmem-top-")
        saved = s.files / re.search(r"written: (\S+)", said).group(1)
        check("ttmem-sim" in saved.read_text() and "[1 Overview]" in saved.read_text(), saved.read_text())
        t.type("q")
        text = t.shows("before")
        check("[1 Overview]" not in text, text)
        t.enter("stty -a | tr ' ;' '\\n' | grep -x -e echo -e icanon -e isig")
        t.shows("echo", "icanon", "isig")


def test_it_follows_the_size_of_the_terminal():
    with scene() as s, terminal(s, columns=80, rows=24) as t:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        t.enter(top())
        t.shows("[1 Overview]", "q quit")
        t.tmux("resize-window", "-x", "140", "-y", "40")
        text = t.shows("LEVEL", "p pool")  # a column and a key that 80 columns have no room for
        check(max(len(line) for line in text.splitlines()) <= 140, text)
        t.tmux("resize-window", "-x", "60", "-y", "12")
        t.shows("q quit")


def is_whole(lines, columns, rows, parts):
    return (len(lines) == rows and max(map(len, lines)) <= columns and lines[0].startswith(" ttmem top") and
            lines[1].startswith("[1 Overview]") and "q quit" in lines[-1] and all(part in "\n".join(lines) for part in parts))


def test_who_attaches_again_finds_it_whole_in_a_terminal_of_any_size():
    with scene() as s, terminal(s, columns=80, rows=24) as t:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        t.enter(top())
        t.shows("[1 Overview]", "q quit")
        for columns, rows, more in ((80, 24, ()), (140, 40, ("LEVEL", "p pool")), (60, 12, ()), (80, 24, ())):
            with t.attached(columns, rows) as reaches:
                reaches(b"[1 Overview]", *(part.encode() for part in more[:1]))
                wait_until(lambda: is_whole(t.text().splitlines(), columns, rows - 1, more),  # tmux has a line of its own
                           f"a whole frame of {columns} x {rows}")


def test_a_signal_ends_it_with_the_terminal_as_it_was():
    for name in ("SIGTERM", "SIGHUP", "SIGSEGV"):
        with scene() as s, terminal(s) as t:
            s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
            t.enter("echo before; " + top() + "; echo ended with $?")
            t.shows("[1 Overview]", "ttmem-sim")
            os.kill(t.pid_of_top(), getattr(signal, name))
            text = t.shows("before", f"ended with {128 + getattr(signal, name)}")
            check("[1 Overview]" not in text, name, text)
            t.enter("stty -a | tr ' ;' '\\n' | grep -x -e echo -e icanon")
            t.shows("icanon")


def test_ctrl_z_stops_it_and_fg_brings_it_back():
    with scene() as s, terminal(s) as t:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        t.enter("set -m; " + top())
        t.shows("[1 Overview]", "ttmem-sim")
        t.type("C-z")
        t.shows("Stopped")
        t.enter("fg")
        t.shows("[1 Overview]", "ttmem-sim")
        t.type("q")


def test_a_capture_opens_at_its_peak_and_is_stepped_through():
    with scene() as s, terminal(s) as t:
        path = capture_of(s)
        t.enter(top(str(path)))
        t.shows("AT THE PEAK, +", ", step ", "run.ttmem", "8 chips")
        t.type("2")
        text = t.shows("[2 Buffers]", "layers.0.k_cache")
        check("leaked" not in text, "an iteration that is under way has leaked nothing\n" + text)
        t.type("1", "n")
        text = t.shows("exited")
        check("AT THE PEAK" not in text, text)
        t.type("[")
        t.shows(", step 239 of 240")
        t.type("P")
        t.shows("AT THE PEAK")
        t.type("4")
        t.shows("dram peaked at", "iteration")
        t.type("q")


def test_all_views_of_a_capture_open_at_one_moment():
    with scene() as s:
        path = capture_of(s)
        frames = [frame(s, "--view", view, "--frame", "160x24", path) for view in ("overview", "buffers", "programs", "timeline", "leaks", "failures", "l1")]
        check_equal(len({text.splitlines()[0] for text in frames}), 1, [text.splitlines()[0] for text in frames])
        moments = {re.search(r"AT THE PEAK, .*, step \d+ of \d+", text)[0] for text in frames}
        check_equal(len(moments), 1, moments)


def test_exact_bytes_hold_in_sentences_too():
    with scene() as s:
        paths = []
        for number, suites in enumerate((("decode", "--plant", "leak"), ("conv",))):
            path = s.files / f"{number}.ttmem"
            s.run(BIN / "ttmem", "run", "-o", path, "--", SIM, *suites)
            paths.append(path)
        for path in paths:
            for view in ("overview", "buffers", "programs", "timeline", "leaks", "failures", "l1"):
                text = frame(s, "--view", view, "--frame", "160x40", "--bytes", path)
                check(not re.search(r"\d ?[KMG]iB", text), view, text)
        for command in ("peak", "leaks", "growth", "headroom", "replay", "stats", "tree", "status", "map", "timeline", "run"):
            said = s.ttmem("--bytes", command, "--", SIM, "decode").stderr if command == "run" else s.ttmem("--bytes", command, paths[0]).stdout
            check(not re.search(r"\d ?[KMG]iB", said), command, said)
        for number, words in enumerate((("page", "-o"), ("export", "perfetto", "-o"), ("snapshot", "-o"))):
            on = () if words[0] == "snapshot" else (paths[0],)
            said = s.ttmem("--bytes", *words, s.files / f"out{number}", *on, code=None).stdout
            check(re.search(r": .*\d", said) and not re.search(r"\d ?[KMG]?i?B\b", said), words, said)
        said = s.ttmem("--bytes", "diff", *paths).stdout
        check(not re.search(r"\d ?[KMG]iB", said), said)


def test_the_demo_needs_no_device_and_leaves_nothing():
    with scene() as s, terminal(s) as t:
        t.enter(top("--demo") + "; echo ended with $?")
        t.shows("[1 Overview]", "demo", "8 chips", "2 processes")
        programs = children_of(t.pid_of_top())
        check_equal(len(programs), 2)
        environment = pathlib.Path(f"/proc/{programs[0]}/environ").read_bytes().split(b"\0")
        folder = next(pathlib.Path(word[10:].decode()) for word in environment if word.startswith(b"TTMEM_DIR="))
        check(folder.exists(), folder)
        t.type("q")
        t.shows("ended with 0")
        check(not folder.exists(), "left behind:", folder)
        check(not any(pathlib.Path(f"/proc/{pid}").exists() for pid in programs), "still running:", programs)


def test_one_frame_of_the_demo_has_its_programs():
    with scene() as s:
        text = frame(s, "--demo", "--once", "--frame", "120x24")
        check("8 chips  2 processes" in text and "Nothing is tracked" not in text, text)


def test_l1_and_leaks_are_what_map_and_leaks_say():
    with scene() as s:
        capture = s.files / "conv.ttmem"
        s.run(BIN / "ttmem", "run", "-o", capture, "--", SIM, "conv", "--plant", "leak")
        peak = frame(s, "--view", "leaks", "--frame", "120x24", capture)
        check("1 of 1 process left something" in peak, "whatever moment is shown", peak)
        s.mesh_test("N300", ["run1.matmul"]).wait_paused("run1.matmul")
        l1 = s.json("map")["items"][0]["l1"]
        text = frame(s, "--view", "l1", "--frame", "160x50", "--bytes")
        check(l1["cores"], "no core has circular buffers", l1)
        groups = {(core["program"], core["reach_address"]) for core in l1["cores"]}
        for program, reach in groups:
            check(any(program in line and f"{reach:,}" in line for line in text.splitlines()), program, reach, text)


def test_figures_are_those_of_the_other_commands():
    with scene() as s:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        status = s.json("status")
        sums = frame(s, "--frame", "200x50", "--bytes")
        dram = sum(chip["pools"]["dram"]["reserved_bytes"] for chip in status["chips"])
        check(f"dram {dram:,} of" in sums, dram, sums)
        for chip in status["chips"]:
            check(f"{chip['pools']['l1']['reserved_bytes']:,}" in sums, chip, sums)
        process = s.json("ps")["items"][0]
        row = next(line for line in sums.splitlines() if line.startswith(str(process["pid"])))
        check(f" {dram:,} " in row, row)
        reserved = sum(item["reserved_bytes"] * len(item["chips"]) for item in s.json("buffers")["items"])
        text = frame(s, "--view", "buffers", "--frame", "200x50", "--bytes")
        check(f"{reserved:,} reserved, on all their chips together" in text, reserved, text)


def test_a_frame_has_its_size_and_says_what_is_missing():
    with scene() as s:
        s.mesh_test("t3000", ["run1.matmul"]).wait_paused("run1.matmul")
        for view in VIEWS:
            for columns, rows in ((80, 24), (200, 60)):
                lines = frame(s, "--view", view, "--frame", f"{columns}x{rows}").splitlines()
                check_equal(len(lines), rows, view)
                check(max(map(len, lines)) <= columns, view, lines)
        bad = s.ledgers / ("0" * 31 + "1.ledger")
        bad.write_bytes(b"no ledger" * 1000)
        text = frame(s, "--frame", "100x24")
        check(" INCOMPLETE " in text and "Incomplete: " in text, text)


def test_without_a_terminal_it_says_what_to_do():
    with scene() as s:
        done = subprocess.run([BIN / "ttmem", "top"], env=s.environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
        check_equal(done.returncode, 2)
        check(re.search(r"top needs a terminal.*--once", done.stderr, re.S), done.stderr)


def test_each_view_says_that_blocks_lie_over_each_other():
    with scene() as s:
        for _ in range(2):
            s.driver("hold", 1)
        for view in VIEWS:
            check("allocators overlap: " in frame(s, "--once", "--view", view, "--frame", "160x40"), view)
