"""What the tests of the real ttnn share: a scene with a mocked machine, and programs that run in it under `ttmem run`."""
import os
import pathlib
import signal

import comparison
import machines
import venvs
from scenario import BIN, DATA, Scene, Skip, check

TESTS = pathlib.Path(__file__).resolve().parent
PROGRAMS = TESTS / "programs"  # what runs in the wheel's environment
ROOT = TESTS.parents[1]
LIB = BIN.resolve().parent / "lib"
PRELOAD = LIB / "libttmem_preload.so"
VERSION = os.environ.get("TTMEM_TTNN_VERSION", "")
# In fast dispatch, on a mock of several chips, these end where no fabric is configured.
WANT_A_FABRIC = ("0.67.0", "0.67.4", "0.68.0", "0.69.0", "0.70.1", "0.71.2", "0.72.0", "0.73.1", "0.74.0")
PATIENCE_S = 300


class Machine(Scene):
    """A scene in which tt-metal mocks a machine. Close it, or use it with `with`."""

    def __init__(self, name="N150", version=None, own_descriptor=False):
        self.name = name
        self.version = version or VERSION
        try:
            self.python = venvs.python_of(self.version)
        except venvs.Missing as error:
            raise Skip(str(error)) from error
        super().__init__()
        descriptor = machines.write(name, DATA, self.files, own_descriptor)
        if descriptor is None:
            self.close()
            raise Skip(f"the descriptor of {name} is not in {DATA}")
        self.descriptor = descriptor
        self.mesh = machines.MACHINES[name].mesh
        self.marks = self.files / "marks"
        self.environment.update(
            TT_METAL_MOCK_CLUSTER_DESC_PATH=str(descriptor), TT_METAL_CACHE=str(self.files / "cache"),
            TT_METAL_LOGS_PATH=str(self.files / "logs"), TT_LOGGER_LEVEL="fatal", LOGURU_LEVEL="ERROR", TTMEM=str(BIN / "ttmem"),
            TTMEM_MESH="%d,%d" % self.mesh, TTMEM_MARKS=str(self.marks), HOME=str(self.files), PYTHONDONTWRITEBYTECODE="1")
        self.environment.pop("PYTHONPATH", None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def preloading(self, *libraries):
        """LD_PRELOAD with these after what the scene itself preloads."""
        return {"LD_PRELOAD": ":".join(filter(None, [self.environment.get("LD_PRELOAD"), *map(str, libraries)]))}

    def mocking(self, binaries="12288,24576,2048"):
        """Variables that let traces and sub-device managers run, and give kernels binaries of these sizes."""
        return {**self.preloading(LIB / "libmock_runtime.so"), "TTMEM_MOCK_BINARIES": binaries, **self.without_inspector()}

    def in_slow_dispatch(self):
        return {"TT_METAL_SLOW_DISPATCH_MODE": "1", **self.without_inspector()}

    def without_inspector(self):
        return {"TT_METAL_INSPECTOR": "0"} if self.version.startswith("0.67") else {}  # it crashes there without our help

    def plain(self, *arguments, **more):
        """Runs Python without ttmem."""
        return self.run(self.python, *arguments, timeout=PATIENCE_S, **more)

    def followed(self, *arguments, code=0, options=(), **more):
        """Runs Python under `ttmem run`, which says nothing of its own then but its summary on stderr."""
        done = self.run(BIN / "ttmem", "run", *options, "--", self.python, *arguments, timeout=PATIENCE_S, **more)
        check(code is None or done.returncode == code, "exit code", done.returncode, "instead of", code, "\n", done.stdout[-3000:],
              done.stderr[-6000:])
        return done

    def script(self, text, name="program.py"):
        path = self.files / name
        path.write_text(text)
        return path

    def compared(self, *sections, **more):
        """Runs the workload's sections and compares all their marks."""
        done = self.followed(PROGRAMS / "workload.py", *sections, **more)
        check("the workload is done" in done.stdout, done.stdout[-3000:], done.stderr[-3000:])
        return self.no_difference()

    def no_difference(self, least=1):
        result = comparison.Comparison().read(self.marks)
        for line in result.refused:
            print("refused:", line.splitlines()[0])
        print(f"{result.marks} marks, {result.equal} figures equal, {len(result.differences)} different")
        check(not result.differences, f"{len(result.differences)} figures differ:\n " + "\n ".join(result.differences[:40]))
        check(result.equal >= least, "only", result.equal, "figures were compared")
        return result

    def kill(self, pid):
        """SIGKILL to a process that this scene started."""
        os.kill(pid, signal.SIGKILL)

    def notes(self, kind):
        """What the program noted under this name (marks.note)."""
        return [entry for entry in comparison.documents(self.marks) if entry["mark"] == kind]

    def notes_beginning(self, words):
        return [entry for entry in comparison.documents(self.marks) if entry["mark"].startswith(words)]
