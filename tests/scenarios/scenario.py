"""What the scenarios share: real processes of ttmem-sim, of the driver and of ttmem, in a ledger folder of their own.

A scenario is a function `test_...` without arguments in a file `<subject>_test.py`; ctest runs each by itself:

    scenario.py FILE_WITHOUT_SUFFIX FUNCTION [no-mounts]

Exit code 0 passed, 1 failed, 77 skipped. TTMEM_BIN_DIR names the programs, TTMEM_DATA_DIR the real captures,
TTMEM_TEST_SEEDS=FIRST-LAST the seeds of scenarios that are held against the simulator's truth.

ttmem looks through all places where ledgers may be, so a scenario runs in mounts of its own, with an empty /dev/shm and
/run. Where the system does not allow that (a container, a chroot), its programs are told another folder for both by a
preloaded library (tests/support/alone.c); the few scenarios that need a mount all the same are skipped. `no-mounts`
gives up the right to mount first, so that this way is tested everywhere.
"""
import contextlib
import importlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import schemas

BIN = pathlib.Path(os.environ.get("TTMEM_BIN_DIR", "build/release/bin"))
SIM = BIN / "ttmem-sim"
DATA = pathlib.Path(os.environ.get("TTMEM_DATA_DIR", "../shared/data"))
ALONE = BIN.resolve().parent / "lib/libalone.so"
FULL = bool(os.environ.get("TTMEM_TEST_FULL"))
PATIENCE_S = 60


def seeds(usual, full):
    """1 to so many. TTMEM_TEST_SEEDS=126-500 asks for these instead."""
    first, _, last = os.environ.get("TTMEM_TEST_SEEDS", f"1-{full if FULL else usual}").partition("-")
    return range(int(first), int(last) + 1)


class Skip(Exception):
    """The reason why this scenario cannot run here."""


def check(condition, *said):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in said))


def check_equal(actual, expected, what=""):
    """Like ==, and says the first places where two documents differ."""
    differences = list(differing("", actual, expected))
    check(not differences, what, "\n  " + "\n  ".join(differences[:12]))


def differing(path, actual, expected):
    if isinstance(actual, dict) and isinstance(expected, dict):
        for key in sorted(actual.keys() | expected.keys()):
            yield from differing(f"{path}.{key}", actual.get(key, "<absent>"), expected.get(key, "<absent>"))
    elif isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        for i, (one, other) in enumerate(zip(actual, expected)):
            yield from differing(f"{path}[{i}]", one, other)
    elif actual != expected or isinstance(actual, bool) != isinstance(expected, bool):
        yield f"{path}: is {str(actual)[:200]}, should be {str(expected)[:200]}"


class Scene:
    """A folder for ledgers on a tmpfs and one for files, both private to one scenario and gone with it."""

    def __init__(self):
        self.ledgers = pathlib.Path(tempfile.mkdtemp(prefix="scenario-", dir="/dev/shm"))
        self.files = pathlib.Path(tempfile.mkdtemp(prefix="scenario-"))
        self.shm = pathlib.Path("/dev/shm")  # what the programs find there
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("TTMEM_", "TT_"))}
        self.environment["TTMEM_DIR"] = str(self.ledgers)
        if not own_mounts():
            self.be_alone_without_mounts()
        self.started = []

    def be_alone_without_mounts(self):
        folder = self.ledgers.with_name(self.ledgers.name + ".alone")
        self.shm = folder / "shm"
        (folder / "run").mkdir(parents=True)
        self.shm.mkdir(mode=0o1777)
        self.environment["TTMEM_TEST_ALONE"] = str(folder)
        self.environment["LD_PRELOAD"] = str(ALONE)

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        shutil.rmtree(self.ledgers, ignore_errors=True)
        shutil.rmtree(self.ledgers.with_name(self.ledgers.name + ".alone"), ignore_errors=True)
        shutil.rmtree(self.files, ignore_errors=True)

    def run(self, *command, **more):
        """Runs to the end; gives code, stdout and stderr. `env`: variables to add."""
        environment = {**self.environment, **more.pop("env", {})}
        return subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=more.pop("timeout", PATIENCE_S), **more)

    def ttmem(self, *arguments, code=0, **more):
        done = self.run(BIN / "ttmem", *arguments, **more)
        check(code is None or done.returncode == code, f"ttmem {' '.join(map(str, arguments))}: exit code",
              done.returncode, "instead of", code, "\n", done.stdout[-2000:], done.stderr[-2000:])
        return done

    def json(self, *arguments, code=0, **more):
        """The document that a command prints, held against its schema."""
        return document_of(self.ttmem(*arguments, "--json", code=code, **more).stdout, f"ttmem {arguments} --json")

    def recorded(self, *command, name="run", options=(), **more):
        """A capture of a run of this command."""
        capture = self.files / f"{name}.ttmem"
        self.ttmem("run", "-q", "-o", capture, *options, "--", *command, **more)
        return capture

    def simulated(self, *words):
        """A capture of a run of ttmem-sim, and the simulator's truth about it."""
        truth = self.files / "truth.json"
        return self.recorded(SIM, *words, "--truth", truth), json.loads(truth.read_text())

    def start(self, *command, **more):
        environment = {**self.environment, **more.pop("env", {})}
        process = subprocess.Popen([str(part) for part in command], env=environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        self.started.append(process)
        return process

    def mesh_test(self, machine, points, **more):
        """A mesh test that pauses at each of `points`."""
        return PausedSim(self, ["mesh-test", "--machine", machine], points, **more)

    def driver(self, *arguments, **more):
        """A driver (driver.cc) that has said `ready` and waits for the end of its input."""
        process = self.start(BIN / "scenario-driver", *arguments, **more)
        first = process.stdout.readline().split()
        check(first[:1] == ["ready"], "the driver did not get ready:", first, process.poll())
        return process, [int(word) for word in first[1:]]


def document_of(text, what="a report"):
    """JSON text as a document that its schema in docs/json/ allows."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise AssertionError(f"{what} is no JSON ({error}): {text[:2000]}") from error
    objections = schemas.objections(document)
    check(not objections, f"{what} is not as docs/json/ says:\n ", "\n  ".join(objections[:12]))
    return document


class PausedSim:
    """A ttmem-sim that stops itself at points; `truth()` is what it wrote about the one it stands at."""

    def __init__(self, scene, arguments, points, **more):
        fd, name = tempfile.mkstemp(dir=scene.files, suffix=".json")
        os.close(fd)
        self.truth_file = pathlib.Path(name)
        pauses = [word for point in points for word in ("--pause-at", point)]
        self.process = scene.start(SIM, *arguments, "--truth", name, *pauses, **more)
        self.pid = self.process.pid

    def wait_paused(self, point):
        while True:
            line = self.process.stdout.readline()
            check(line, f"ttmem-sim ended before {point}:", self.process.stderr.read() if not line else "")
            if line.strip() == f"paused {point}":
                break
        wait_until(lambda: process_state(self.pid) == "T", f"ttmem-sim stops at {point}")
        return self.truth(point)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def truth(self, point):
        return point_of(json.loads(self.truth_file.read_text()), point)

    def finish(self, code=0):
        output, errors = self.process.communicate(timeout=PATIENCE_S)
        check(self.process.returncode == code, "ttmem-sim: exit code", self.process.returncode, output, errors)


def point_of(truth, name):
    found = [point for point in truth["points"] if point["name"] == name]
    check(len(found) == 1, f"the truth should have one point {name}, it has", [p["name"] for p in truth["points"]])
    return found[0]


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        check(time.monotonic() < end, "waited in vain:", what)
        time.sleep(0.005)


def process_state(pid):
    """The state letter of /proc/PID/stat, or "" when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def by_chip(chips):
    return {chip["chip_id"]: chip for chip in chips}


def check_chips(actual, expected, what=""):
    """The same chips with the same figures, in any order."""
    check(len(by_chip(actual)) == len(actual), what, "a chip is listed twice")
    check_equal(by_chip(actual), by_chip(expected), what)


def sums_of(items):
    """{chip: {pool: [requested, reserved, allocations]}} of allocation items."""
    sums = {}
    for item in items:
        for chip in item["chips"]:
            figures = sums.setdefault(chip, {}).setdefault(item["pool"], [0, 0, 0])
            figures[0] += item["requested_bytes"]
            figures[1] += item["reserved_bytes"]
            figures[2] += 1
    return sums


def figures_of(chips):
    """The same of chips with pools; pools without allocations are left out."""
    figures = {}
    for chip in chips:
        for pool, use in chip["pools"].items():
            if use["allocations"]:
                figures.setdefault(chip["chip_id"], {})[pool] = [
                    use["requested_bytes"], use["reserved_bytes"], use["allocations"]]
    return figures


def ended(document):
    """The items of `ps --dead` that do not live any more."""
    return [item for item in document["items"] if item["state"] != "live"]


def own_mounts():
    """Whether this scenario has mounts of its own, and may make more of them."""
    return sys.argv[3:] == ["own-mounts"]


def no_large_files():
    """In a child before its program: it may not make a file of a ledger's size."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def needs_root():
    if os.geteuid() != 0:
        raise Skip("only root can do this")


def needs_mounts():
    if not own_mounts():
        raise Skip("this needs a mount, which is not allowed here: root with CAP_SYS_ADMIN may, outside of a chroot")


@contextlib.contextmanager
def scene():
    made = Scene()
    try:
        yield made
    finally:
        made.close()


def enter_own_mounts():
    """Starts this program again where /dev/shm and /run are its own and empty; returns where that is not possible."""
    mounts = "mount -t tmpfs none /dev/shm && mount -t tmpfs none /run"
    spaces = ["--mount"] if os.geteuid() == 0 else ["--mount", "--user", "--map-root-user"]
    command = ["unshare", *spaces, "--propagation", "private", "sh", "-c"]
    if subprocess.run([*command, mounts], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        os.execvp(command[0], [*command, mounts + ' && exec "$0" "$@"', sys.executable, *sys.argv, "own-mounts"])


def give_up_mounts():
    """Starts this program again without CAP_SYS_ADMIN; returns to who is not root, or may not give up a right."""
    drop = ["setpriv", "--bounding-set", "-sys_admin"]
    if os.geteuid() == 0 and subprocess.run([*drop, "true"], capture_output=True).returncode == 0:
        os.execvp(drop[0], [*drop, sys.executable, *sys.argv[:3], "given-up"])


def hear_signals():
    """What nohup, or the shell of a job in the background, has these ignored for is not for the programs of a test."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


PYTHON = shutil.which("python3", path="/usr/bin:/bin") or sys.executable  # others may not be reached from elsewhere


def become_nobody():
    """Starts this program again as an ordinary user, who has no mounts and no rights; who may not, or cannot read what was built,
    skips the test."""
    drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
    if subprocess.run([*drop, BIN / "ttmem", "version"], capture_output=True, cwd="/").returncode != 0:
        print("skipped: no other user can be here, or reach what was built here")
        sys.exit(77)
    os.chdir("/")
    os.execvp(drop[0], [*drop, PYTHON, str(pathlib.Path(__file__).resolve()), *sys.argv[1:3], "given-up"])


CHROOT = """
for d in usr etc proc dev sys tmp run var "$1" "$2"; do [ -e "/$d" ] && mkdir -p "$0/$d" && mount --rbind "/$d" "$0/$d"; done
for d in bin sbin lib lib64; do [ -L "/$d" ] && ln -s "$(readlink "/$d")" "$0/$d" || { mkdir -p "$0/$d" && mount --bind "/$d" "$0/$d"; }; done
root=$0; shift 2; exec chroot "$root" "$@"
"""


def enter_chroot():
    """Starts this program again below a folder that has all that is needed: no mount point is /, so no mount can be made private."""
    root = tempfile.mkdtemp(prefix="chroot-")
    alone = ["unshare", "--mount", "--propagation", "private"]
    if subprocess.run([*alone, "mount", "--bind", root, root], capture_output=True).returncode != 0:
        os.rmdir(root)
        print("skipped: no mounts can be made here")
        sys.exit(77)
    folders = [str(path.resolve()).lstrip("/") for path in (pathlib.Path(__file__).parents[2], BIN.parent)]
    done = subprocess.run([*alone, "sh", "-c", CHROOT, root, *folders, PYTHON, str(pathlib.Path(__file__).resolve()), *sys.argv[1:3], "given-up"], cwd="/")
    for folder, folders, files in os.walk(root, topdown=False):  # empty: the mounts were of another namespace
        for name in folders + files:
            if os.path.islink(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    sys.exit(done.returncode)


def main():
    module, name = sys.argv[1:3]
    hear_signals()
    if sys.argv[3:] == ["nobody"]:
        become_nobody()
    if sys.argv[3:] == ["chroot"]:
        enter_chroot()
    if sys.argv[3:] == ["no-mounts"]:
        give_up_mounts()
    if len(sys.argv) == 3:
        enter_own_mounts()
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    try:
        getattr(importlib.import_module(module), name)()
    except Exception as error:
        if type(error).__name__ == "Skip":
            print("skipped:", error)
            return 77
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
