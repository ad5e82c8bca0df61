"""Lets tt-metal find a RISC-V compiler in a mock run, where the wheel of ttnn brings none and none is installed.

tt-metal looks for it below its root, which TT_METAL_RUNTIME_ROOT names. So this run gets a root of its own, of links to the
real one but for the compiler, which is `stand_in_compiler.py`. What it makes is never executed; nothing that is installed is
touched. `sitecustomize` calls this before ttnn is imported.
"""
import os
import sys

COMPILER = os.path.join("compiler", "bin", "riscv-tt-elf-g++")
INSTALLED = "/opt/tenstorrent/sfpi"  # where tt-metal looks besides


def find_or_make_compiler(folder):
    """`folder`: of this run alone. Leaves everything as it is where there is a compiler."""
    root = os.environ.get("TT_METAL_RUNTIME_ROOT") or root_of_ttnn()
    if root is None or is_there(root, "runtime", "sfpi", COMPILER) or is_there(INSTALLED, COMPILER):
        return
    made = os.path.join(folder, "root")
    if not is_there(made):
        make_root(root, made)
    os.environ["TT_METAL_RUNTIME_ROOT"] = made


def is_there(*parts):
    return os.path.exists(os.path.join(*parts))


def root_of_ttnn():
    """Of the wheel; None where it is not installed, or built in its source tree, where it has a root that it knows."""
    import importlib.util

    spec = importlib.util.find_spec("ttnn")
    places = list(spec.submodule_search_locations or []) if spec else []
    return places[0] if places and is_there(places[0], "tt_metal") else None


def make_root(root, made):
    """Several processes of a run may come here at once: the complete root appears at once, the first one stays."""
    partial = "%s.%d" % (made, os.getpid())
    os.makedirs(os.path.join(partial, "runtime", "sfpi", os.path.dirname(COMPILER)))
    link_all(root, partial, but="runtime")
    if is_there(root, "runtime"):
        link_all(os.path.join(root, "runtime"), os.path.join(partial, "runtime"), but="sfpi")
    put_compiler(os.path.join(partial, "runtime", "sfpi", COMPILER))
    try:
        os.rename(partial, made)
    except OSError:
        if not is_there(made):
            raise


def link_all(source, target, but):
    for name in os.listdir(source):
        if name != but:
            os.symlink(os.path.join(os.path.abspath(source), name), os.path.join(target, name))


def put_compiler(path):
    """A copy that this Python runs: it finds the wheel's firmware by its own place."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "stand_in_compiler.py")) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write("#!%s -IS\n%s" % (sys.executable, text.split("\n", 1)[1]))
    os.chmod(path, 0o755)
