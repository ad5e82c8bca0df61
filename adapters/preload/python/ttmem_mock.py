"""Gives tt-metal a root of this mock run's own (TT_METAL_RUNTIME_ROOT): links to the real one, but for

- the folder `generated`, into which tt-metal 0.66.0 writes, and
- the RISC-V compiler, where the wheel of ttnn brings none and none is installed: `ttmem-stand-in-compiler`, whose results
  are never executed.

So nothing that is installed is touched. `sitecustomize` calls this before ttnn is imported.
"""
import os
import re
import shutil

COMPILER = os.path.join("compiler", "bin", "riscv-tt-elf-g++")
INSTALLED = "/opt/tenstorrent/sfpi"  # where tt-metal looks besides
GENERATED = "generated"


def find_or_make_root(folder):
    """`folder`: of this run alone. Leaves everything as it is where no root is known."""
    root = os.environ.get("TT_METAL_RUNTIME_ROOT") or root_of_ttnn()
    if root is None:
        return
    made = os.path.join(folder, "root")
    if not is_there(made):
        make_root(root, made, has_compiler(root))
    os.environ["TT_METAL_RUNTIME_ROOT"] = made


def has_compiler(root):
    return is_there(root, "runtime", "sfpi", COMPILER) or is_there(INSTALLED, COMPILER)


def is_there(*parts):
    return os.path.exists(os.path.join(*parts))


def root_of_ttnn():
    """Of the wheel; None where it is not installed, or built in its source tree, where it has a root that it knows."""
    import importlib.util

    spec = importlib.util.find_spec("ttnn")
    places = list(spec.submodule_search_locations or []) if spec else []
    return places[0] if places and is_there(places[0], "tt_metal") else None


def make_root(root, made, with_compiler):
    """Several processes of a run may come here at once: the complete root appears at once, the first one stays."""
    partial = "%s.%d" % (made, os.getpid())
    os.makedirs(os.path.join(partial, GENERATED))
    link_all(root, partial, but=(GENERATED,) if with_compiler else (GENERATED, "runtime"))
    if not with_compiler:
        os.makedirs(os.path.join(partial, "runtime", "sfpi", os.path.dirname(COMPILER)))
        if is_there(root, "runtime"):
            link_all(os.path.join(root, "runtime"), os.path.join(partial, "runtime"), but=("sfpi",))
        put_compiler(os.path.join(partial, "runtime", "sfpi", COMPILER))
    try:
        os.rename(partial, made)
    except OSError:
        if not is_there(made):
            raise


def link_all(source, target, but):
    for name in os.listdir(source):
        if name not in but:
            os.symlink(os.path.join(os.path.abspath(source), name), os.path.join(target, name))


def put_compiler(path):
    """A copy: it finds the wheel's firmware by its own place. The original lies beside the library for mock runs."""
    for library in re.split("[ :]", os.environ.get("LD_PRELOAD", "")):
        if os.path.basename(library) == "libttmem_mock.so":
            shutil.copy(os.path.join(os.path.dirname(library), "ttmem-stand-in-compiler"), path)
            os.chmod(path, 0o755)
            return
