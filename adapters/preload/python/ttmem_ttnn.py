"""Follows ttnn's operations by name, through libttmem_preload.so.

`sitecustomize` calls follow_operations() when ttnn.decorators has been imported. A program that was not started by
`ttmem run` calls follow() itself, before or after its import of ttnn:

    import sys, subprocess
    sys.path.insert(0, "<prefix>/share/ttmem/python")
    import ttmem_ttnn
    ttmem_ttnn.follow("<what `ttmem preload-path` prints>")
"""
import atexit
import ctypes
import functools
import os
import sys
import types


_ends = None  # the preloaded library's function, once ttnn is there


class Ids(dict):
    """Ids of operations' names, interned when a name is first met."""

    def __init__(self, library):
        super().__init__()
        self.intern = library.ttmem_preload_op
        self.intern.argtypes, self.intern.restype = [ctypes.c_char_p], ctypes.c_uint32

    def __missing__(self, name):
        self[name] = found = self.intern(name.encode())
        return found


def follow(library):
    """Loads the library at this path, imports ttnn, and follows the runtime and its operations from here on. Where ttnn was
    imported before, what lives already is followed, too; False when this tt-metal cannot be followed that late."""
    late = "ttnn" in sys.modules
    atexit.register(python_ends)
    loaded = ctypes.CDLL(library, mode=os.RTLD_GLOBAL | os.RTLD_NOW)
    import ttnn.decorators

    follow_operations(ttnn.decorators, library)
    return not late or loaded.ttmem_preload_attach() == 0


def python_ends():
    """What the program holds is released by its end, in every version of ttnn. May be called again."""
    if _ends is not None:
        _ends()


def follow_operations(decorators, library=None):
    """Wraps the __call__ of ttnn's operations, fast and slow ones; those that look different are left alone."""
    library = ctypes.PyDLL(library)  # None: what is loaded already
    if not hasattr(library, "ttmem_preload_op"):
        return
    library.ttmem_preload_look()
    global _ends
    _ends = library.ttmem_preload_python_ends
    _ends.restype = None
    ids = Ids(library)
    for number, name in enumerate(("FastOperation", "Operation")):
        kind = getattr(decorators, name, None)
        if isinstance(kind, type) and "python_fully_qualified_name" in getattr(kind, "__dataclass_fields__", ()):
            inner = vars(kind).get("__call__")
            if not callable(inner):
                continue
            if not call_in_c(library, number, kind, inner, ids):
                kind.__call__ = call_in_python(library, inner, ids)
            library.ttmem_preload_ops_are_told()


def call_in_c(library, number, kind, inner, ids):
    """A method written in C: it costs a fifth of the Python one and is no frame in anybody's traceback. False where this
    Python lacks something that it needs."""
    if sys.implementation.name != "cpython" or not isinstance(inner, types.FunctionType):
        return False
    wrap = library.ttmem_preload_python_call
    wrap.argtypes = [ctypes.c_int, ctypes.py_object, ctypes.py_object, ctypes.py_object]
    kind._ttmem_inner_call, kind._ttmem_operation_ids = inner, ids  # C has them on loan
    return wrap(number, kind, inner, ids) != 0


def call_in_python(library, inner, ids):
    # Without argtypes an int is passed as it is, in two thirds of the time; PyDLL keeps the interpreter's lock.
    begin, end = library.ttmem_preload_op_begin, library.ttmem_preload_op_end
    begin.restype = end.restype = None

    @functools.wraps(inner)
    def call(self, *args, **kwargs):
        begin(ids[self.python_fully_qualified_name])
        try:
            return inner(self, *args, **kwargs)
        finally:
            end()

    return call
