"""The sitecustomize of `ttmem run` under every Python that is here: with a small ttnn of the tests' own, and with none."""
import os
import pathlib
import shutil
import subprocess

from real_ttnn import PRELOAD, ROOT
from scenario import Scene, Skip, check, check_equal

LAUNCHER = ROOT / "adapters" / "preload" / "python"
DECORATORS = '''
import dataclasses

@dataclasses.dataclass
class FastOperation:
    python_fully_qualified_name: str
    function: object

    def __call__(self, *function_args, **function_kwargs):
        return self.function(*function_args, **function_kwargs)

@dataclasses.dataclass
class Operation:
    python_fully_qualified_name: str
    function: object

    def __call__(self, *function_args, **function_kwargs):
        return self.function(*function_args, **function_kwargs)
'''
USES_TTNN = '''
import sys, traceback
import ttnn.decorators as d

def fails(*words):
    raise KeyError(words)

fast, slow = d.FastOperation("ttnn.add", lambda *a, **k: (a, sorted(k))), d.Operation("ttnn.mul", lambda *a: a)
print(fast(), fast(1, b=2), fast(*range(60), **{"k%d" % i: i for i in range(30)}), slow(1), slow())
print(type(fast(fast, slow(3))), d.FastOperation("ttnn.any", iter)([]).__class__.__name__)
for operation in (d.FastOperation("ttnn.x", fails), d.Operation("ttnn.y", fails)):
    try:
        operation(1)
    except KeyError as error:
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)], error)
print([entry for entry in sys.path if "preload" in entry], sorted(name for name in sys.modules if name == "sitecustomize"))
d.FastOperation("ttnn.last", fails)("uncaught")
'''


def pythons():
    """Every Python of PATH and pyenv, each release once."""
    candidates = [shutil.which(name) for name in ("python3", "python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13",
                                                  "python2", "pypy3")]
    versions = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv")) / "versions"
    candidates += sorted(versions.glob("*/bin/python"))
    found = {}
    for python in filter(None, candidates):
        done = subprocess.run([str(python), "-c", "import sys; print('%s %d.%d' % ((sys.executable,) + sys.version_info[:2]))"],
                              capture_output=True, text=True)
        if done.returncode == 0:
            executable, release = done.stdout.rsplit(maxsplit=1)
            found.setdefault(release, executable)
    return found


class Launched(Scene):
    def __enter__(self):
        (self.files / "ttnn").mkdir()
        (self.files / "ttnn" / "__init__.py").write_text("")
        (self.files / "ttnn" / "decorators.py").write_text(DECORATORS)
        (self.files / "uses_ttnn.py").write_text(USES_TTNN)
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return self

    def __exit__(self, *_):
        self.close()

    def both(self, python, *words, path=(), preload=True):
        """The same command without and with the launcher: they must say the same. Returns what they said."""
        said = []
        for launcher in ([], [LAUNCHER]):
            env = {"PYTHONPATH": os.pathsep.join(str(entry) for entry in [*launcher, *path])}
            if launcher and preload:
                env["LD_PRELOAD"] = ":".join(filter(None, [str(PRELOAD), self.environment.get("LD_PRELOAD")]))
            done = self.run(python, *words, env=env)
            said.append((done.returncode, done.stdout, done.stderr))
        check_equal(said[1], said[0], f"{python} {words}")
        return said[0]


def test_operations_are_wrapped_and_nothing_else_is_different():
    with Launched() as s:
        for release, python in pythons().items():
            if release < "3.7" and len(release) == 3:
                continue  # the small ttnn has data classes
            code, output, errors = s.both(python, s.files / "uses_ttnn.py")
            check_equal((code, "KeyError" in errors), (1, True), release)
            check("['<module>', '__call__', 'fails']" in output, release, output)
            tells = "import ttnn.decorators as d; print(type(d.FastOperation.__call__).__name__, type(d.Operation.__call__).__name__)"
            env = {"PYTHONPATH": f"{LAUNCHER}:{s.files}"}
            wrapped = s.run(python, "-c", tells, env={**env, "LD_PRELOAD": f"{PRELOAD}:{s.environment.get('LD_PRELOAD', '')}"}).stdout.split()
            alone = s.run(python, "-c", tells, env=env).stdout.split()
            check_equal(alone, ["function", "function"], f"{release} without the library")
            if release >= "3.8" or len(release) > 3:
                check_equal(wrapped, ["method_descriptor", "method_descriptor"], release)


def test_it_hands_on_to_the_sitecustomize_that_it_hides():
    with Launched() as s:
        other = s.files / "other"
        other.mkdir()
        for text in ("print('the other one', __name__, __file__)", "raise RuntimeError('broken')", "import nothing_like_this"):
            (other / "sitecustomize.py").write_text(text)
            for release, python in pythons().items():
                code, output, errors = s.both(python, "-c", "import sitecustomize; print(sitecustomize.__file__)", path=[other])
                check("other" in output + errors or code != 0, release, text, output, errors)


def test_where_anything_is_different_it_is_silent():
    with Launched() as s:
        broken = s.files / "broken"
        broken.mkdir()
        (broken / "ctypes.py").write_text("raise ImportError('no ctypes here')")
        for release, python in pythons().items():
            for words in (["-c", "print(1)"], ["-S", "-c", "print(2)"], ["-E", "-c", "print(3)"], ["-s", "-c", "import sys; print(sys.path[1:])"],
                          ["-c", "import sitecustomize"], ["-c", "import ttnn.decorators.nothing"], ["-m", "no_such_module"]):
                s.both(python, *words, path=[s.files])
            if not release.startswith("2"):
                s.both(python, "-I", "-c", "print(4)")
                s.both(python, "-W", "error", "-X", "dev", "-c", "print(5)")
            if release >= "3.7" or len(release) > 3:
                s.both(python, s.files / "uses_ttnn.py", path=[broken], preload=False)


def test_a_child_of_multiprocessing_is_launched_as_well():
    with Launched() as s:
        program = s.files / "spawns.py"
        program.write_text("import multiprocessing\n\ndef work(queue):\n    import ttnn.decorators as d\n    queue.put(type(d.FastOperation.__call__).__name__)\n\n"
                           "if __name__ == '__main__':\n    c = multiprocessing.get_context('spawn')\n    q = c.Queue()\n"
                           "    p = c.Process(target=work, args=(q,))\n    p.start()\n    print(q.get())\n    p.join()\n")
        found = {release: python for release, python in pythons().items() if release >= "3.8" and release[0] == "3" or release.startswith("3.1")}
        if not found:
            raise Skip("there is no Python 3.8 or newer")
        for release, python in found.items():
            env = {"PYTHONPATH": f"{LAUNCHER}:{s.files}", "LD_PRELOAD": f"{PRELOAD}:{s.environment.get('LD_PRELOAD', '')}"}
            check_equal(s.run(python, program, env=env).stdout.split(), ["method_descriptor"], release)
