"""What `ttmem run` puts in front of PYTHONPATH: lets ttmem know which operation of ttnn is running, and hands on to the
sitecustomize that it hides.

The program does not notice: this folder leaves sys.path at once, nothing is printed, and where anything is different
(another Python, no ttnn, no preloaded library) the program runs as it would without. Until ttnn.decorators is imported
the cost is one comparison per import. Python 2 can read this file, too: PYTHONPATH reaches whatever is started.
"""
import atexit
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


class Finder(object):
    """Stands in front of the finders until ttnn.decorators is imported; the others find it."""

    def find_spec(self, name, path=None, target=None):
        if name == "ttnn" and "TTMEM_MOCK_FOLDER" in os.environ:
            self.mock_root()
        if name != "ttnn.decorators":
            return None
        try:
            sys.meta_path.remove(self)
            return self.spec_that_follows(name)
        except Exception:
            return None

    def mock_root(self):
        sys.meta_path.remove(self)  # the others are asked where ttnn is
        try:
            load_beside("ttmem_mock").find_or_make_root(os.environ["TTMEM_MOCK_FOLDER"])
        except Exception:
            pass  # tt-metal runs with its own
        sys.meta_path.insert(0, self)

    @staticmethod
    def spec_that_follows(name):
        """The module's own spec, whose loader wraps the operations once the module is complete."""
        import importlib.util

        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            try:
                load_beside("ttmem_ttnn").follow_operations(module)
            except Exception:
                pass  # the operations have no names then; the program is not to know

        spec.loader.exec_module = exec_module
        return spec


def load_beside(name):
    """A module of this folder, which is not on sys.path."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def python_ends():
    """After every other function of `atexit`, which later ones register: before the program's variables are freed."""
    ends = getattr(sys.modules.get("ttmem_ttnn"), "python_ends", None)  # half of it, where Python lacks ctypes
    if ends is not None:
        ends()


def hand_on():
    """Imports the sitecustomize that would have been found without this one. What it raises is raised: of an ImportError
    that there is none, Python's `site` makes what it makes of it without us, and forgets that it began with this one."""
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != FOLDER]
    sys.modules.pop("sitecustomize", None)
    import sitecustomize  # noqa: F401


if sys.version_info >= (3, 8):
    sys.meta_path.insert(0, Finder())
    atexit.register(python_ends)
hand_on()
