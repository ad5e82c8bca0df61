"""`ttmem run --mock` with the real ttnn: nothing of the user's is touched, and what a mock lacks is said."""
import hashlib
import json
import shutil
import signal

import real_ttnn
import venvs
from real_ttnn import VERSION, Machine
from scenario import BIN, Scene, Skip, check, check_equal, document_of

ADDS = """
import ttnn, sys
device = ttnn.open_mesh_device(ttnn.MeshShape(%s))
a = ttnn.zeros([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
b = ttnn.add(a, a)
print("added", flush=True)
if "wait" in sys.argv:
    sys.stdin.readline()
ttnn.close_mesh_device(device)
"""
TRACES = """
import ttnn
device = ttnn.open_device(device_id=0, trace_region_size=1 << 20)
a = ttnn.zeros([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
b = ttnn.add(a, a)
trace = ttnn.begin_trace_capture(device, cq_id=0)
b = ttnn.add(a, a)
ttnn.end_trace_capture(device, trace, cq_id=0)
ttnn.execute_trace(device, trace, cq_id=0, blocking=False)
ttnn.release_trace(device, trace)
ttnn.close_device(device)
print("traced")
"""
EVENTS = """
import ttnn
device = ttnn.open_device(device_id=0, num_command_queues=2)
a = ttnn.zeros([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
event = ttnn.record_event(device, 0)
ttnn.wait_for_event(1, event)
b = ttnn.add(a, a)
ttnn.close_device(device)
print("waited")
"""
# What tt-metal itself refuses (docs/ttnn.md, 6).
REFUSED = {("0.66.0", "Blackhole-Galaxy")}


class User(Scene):
    """Somebody with a wheel, a home with a cache in it, and no hardware."""

    def __init__(self, with_compiler=True, version=VERSION):
        try:
            self.python = venvs.python_of(version)
        except venvs.Missing as error:
            raise Skip(str(error)) from error
        super().__init__()
        self.home, self.tmp = self.files / "home", self.files / "tmp"
        (self.home / ".cache" / "tt-metal-cache").mkdir(parents=True)
        (self.home / ".cache" / "tt-metal-cache" / "kernel").write_text("mine")
        self.tmp.mkdir()
        self.environment.update(HOME=str(self.home), TMPDIR=str(self.tmp), TT_LOGGER_LEVEL="fatal", LOGURU_LEVEL="ERROR",
                                PYTHONDONTWRITEBYTECODE="1")
        self.environment["PYTHONPATH"] = str(self.site(with_compiler))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def site(self, with_compiler):
        """The wheel as nobody has used it: links to the one that is installed, but for what was generated there, and for the
        compiler, which our tests put there."""
        installed = next(self.python.parent.parent.glob("lib/python3*/site-packages/ttnn"))
        made = self.files / "site" / "ttnn"
        made.mkdir(parents=True)
        for path in installed.iterdir():
            if path.name not in ("__init__.py", "generated") and (with_compiler or path.name != "runtime"):
                (made / path.name).symlink_to(path)
        (made / "__init__.py").write_text((installed / "__init__.py").read_text())
        if not with_compiler:
            (made / "runtime").mkdir()
            for path in (installed / "runtime").iterdir():
                if path.name != "sfpi":
                    (made / "runtime" / path.name).symlink_to(path)
        for libraries in installed.parent.glob("ttnn.libs"):
            (made.parent / libraries.name).symlink_to(libraries)
        return made.parent

    def program(self, text):
        path = self.files / "program.py"
        path.write_text(text)
        return path

    def on_mock(self, machine, program, code=0):
        report = self.files / f"{machine}.json"
        done = self.run(BIN / "ttmem", "run", "-q", "--mock", machine, "--report", report, "--", self.python, program,
                        timeout=real_ttnn.PATIENCE_S, cwd=self.tmp)
        check(code is None or done.returncode == code, machine, "exit code", done.returncode, done.stdout[-2000:],
              done.stderr[-4000:])
        return document_of(report.read_text()), done

    def belongings(self):
        """What there is of the user's, byte for byte."""
        return {str(path.relative_to(self.files)): hashlib.sha256(path.read_bytes()).hexdigest()
                for folder in (self.home, self.tmp, self.files / "site")
                for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()}

    def shared_memory(self):
        """Files that all see, beside ledgers."""
        return sorted(path.name for path in self.shm.iterdir() if path.is_file())


def test_every_machine_runs_and_leaves_nothing():
    with User() as user:
        before, shared_before = user.belongings(), user.shared_memory()
        program = user.program(ADDS % "1, 1")
        for machine in json.loads(user.ttmem("machines", "--json").stdout)["machines"]:
            refused = (VERSION, machine["name"]) in REFUSED
            report, done = user.on_mock(machine["name"], program, code=None)
            check_equal(done.returncode, 1 if refused else 0, machine["name"] + done.stderr[-2000:])
            if refused:
                continue
            check_equal(report["coverage"]["complete"], True, machine["name"])
            check(any(f"on a mock of {machine['name']}" in note for note in report["coverage"]["notes"]), report["coverage"])
            dram = report["chips"][0]["pools"]["dram"]
            check(0 < dram["capacity_bytes"] <= machine["dram_bytes"], machine["name"], dram)
            check(dram["peak_reserved_bytes"] > 0, machine["name"], dram)
        check_equal(user.belongings(), before)
        check_equal(user.shared_memory(), shared_before)


def test_a_whole_mesh_is_mocked():
    with User() as user:
        program = user.program(ADDS.replace("(ttnn.MeshShape(%s))", "(ttnn.MeshShape(2, 4), dispatch_core_config="
                                            "ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER))"))
        report, _ = user.on_mock("T3000", program)
        check_equal(len(report["chips"]), 8)


def test_with_ethernet_dispatch_programs_may_use_the_whole_grid():
    """As on hardware; the mock of 0.81.1 alone would refuse them."""
    with User() as user:
        large = ADDS.replace("1, 1, 64, 64", "1, 1, 256, 256").replace("add(a, a)", "matmul(a, a)")
        for machine, mesh in (("N300", "1, 2"), ("T3000", "2, 4")):
            report, done = user.on_mock(machine, user.program(large % mesh))
            check("added" in done.stdout, done.stderr[-2000:])
            check_equal(report["coverage"]["complete"], True, report["coverage"])


def test_more_chips_than_the_machine_has_are_refused_by_the_runtime():
    with User() as user:
        report, done = user.on_mock("N150", user.program(ADDS % "2, 4"), code=1)
        check_equal(report["child_exit_code"], 1)
        check("Error" in done.stderr, done.stderr)


READS = """
import ttnn
device = ttnn.open_device(device_id=0)
a = ttnn.ones([1, 1, 64, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
host = ttnn.from_device(ttnn.to_layout(ttnn.add(a, a), ttnn.ROW_MAJOR_LAYOUT))
first = host.to_list()[0][0][0][0]
if first != 2.0:  # as it is on hardware
    more = ttnn.empty([1, 1, 1024, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
print("read", first)
ttnn.close_device(device)
"""


def test_a_program_that_branches_on_results_is_told_that_none_is_real():
    with User() as user:
        report, done = user.on_mock("N150", user.program(READS))
        check("read " in done.stdout, done.stdout, done.stderr[-2000:])
        check(any("no result is real" in note for note in report["coverage"]["notes"]), report["coverage"])
        said = user.run(BIN / "ttmem", "fit", "--on", "N150", "--", user.python, user.program(READS), cwd=user.tmp).stdout
        check("a program that branches on results may need more" in " ".join(said.split()), said)


def test_a_wheel_without_a_compiler_gets_a_stand_in_for_this_run():
    with User(with_compiler=False) as user:
        report, done = user.on_mock("N150", user.program(ADDS % "1, 1"))
        check("added" in done.stdout, done.stdout)
        compiles = VERSION != "0.66.0"  # which compiles nothing on a mock
        check_equal(report["mock"]["stand_in_compiler"], compiles)
        check(not list((user.files / "site").rglob("*g++")), "the user's ttnn has got a compiler")


def test_traces_run():
    with User() as user:
        report, done = user.on_mock("P150", user.program(TRACES))
        check("traced" in done.stdout, done.stdout, done.stderr[-2000:])
        check_equal(report["coverage"]["complete"], True, report["coverage"])


def test_one_command_queue_may_wait_for_another():
    with User() as user:
        report, done = user.on_mock("N150", user.program(EVENTS))
        check("waited" in done.stdout, done.stdout, done.stderr[-2000:])
        check_equal(report["coverage"]["complete"], True, report["coverage"])


CRASHES = """
import ttnn, ctypes
device = ttnn.open_device(device_id=0)
ctypes.string_at(0)
"""


def test_a_program_that_crashes_on_a_mock_is_told_that_it_may_lack_something():
    """Which feature a mock lacks differs from version to version; tt-metal ends by a signal there."""
    with User() as user:
        done = user.run(BIN / "ttmem", "fit", "--json", "--on", "N150", "--", user.python, user.program(CRASHES), timeout=real_ttnn.PATIENCE_S, cwd=user.tmp)
        check_equal(done.returncode, 12, done.stdout[-2000:])
        run, = document_of(done.stdout)["runs"]
        check_equal([run["verdict"], run["reason"]], ["unknown", "it was ended by signal 11, as tt-metal may end where it wants what a mock lacks"])


def test_without_its_launcher_a_run_says_that_operations_were_not_followed():
    """On tt-metal's own mock, but not by --mock, which asks for the launcher before anything runs."""
    with Machine() as machine:
        prefix = machine.files / "prefix"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "lib").symlink_to(BIN.parent / "lib")
        shutil.copy(BIN / "ttmem", prefix / "bin")
        report = machine.files / "report.json"
        program = machine.script(ADDS % "1, 1")
        for ttmem, note in ((prefix / "bin" / "ttmem", "which operations of ttnn ran is not known"), (BIN / "ttmem", None)):
            done = machine.run(ttmem, "run", "-q", "--report", report, "--", machine.python, program, timeout=real_ttnn.PATIENCE_S)
            check_equal(done.returncode, 0, done.stderr[-3000:])
            coverage = document_of(report.read_text())["coverage"]
            check_equal([any("which operations" in said for said in coverage["notes"]), coverage["complete"]], [note is not None, note is None],
                        coverage)


def test_a_kill_in_its_middle_touches_nothing_either():
    with User() as user:
        before, shared_before = user.belongings(), user.shared_memory()
        run = user.start(BIN / "ttmem", "run", "-q", "--mock", "N150", "--", user.python, user.program(ADDS % "1, 1"), "wait",
                         cwd=user.tmp)
        for line in run.stdout:
            if line.strip() == "added":
                break
        folders = list(user.tmp.glob("ttmem-mock-*"))
        check_equal(len(folders), 1, folders)
        run.send_signal(signal.SIGKILL)
        run.wait()
        kept = {name: digest for name, digest in user.belongings().items() if "ttmem-mock-" not in name}
        check_equal(kept, before)
        check_equal(user.shared_memory(), shared_before)
        run.stdin.close()


def test_two_at_once_do_not_meet():
    with User() as user:
        before = user.belongings()
        program = user.program(ADDS % "1, 1")
        runs = [user.start(BIN / "ttmem", "run", "-q", "--mock", machine, "--", user.python, program, "wait", cwd=user.tmp)
                for machine in ("N150", "P150")]
        for run in runs:
            check("added\n" in iter(run.stdout.readline, ""), "it has not added")
        check_equal(len(list(user.tmp.glob("ttmem-mock-*"))), 2)
        for run in runs:
            run.stdin.close()
            run.stdout.read()
            check_equal(run.wait(), 0)
        check_equal(user.belongings(), before)
