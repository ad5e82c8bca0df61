"""Follows ttnn in this process: `import ttmem.ttnn`, before or after `import ttnn`, without `ttmem run`.

Before the first device is opened is early enough: everything is followed then. Later, what lives already is taken over
without the name of its operation, and what was freed before is not known: ttmem.LateWarning says so, once, with the first
figure that is asked for.
"""
from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from . import _command, _native


class CannotFollow(ImportError):
    """Why ttnn is not followed here."""


def _follower() -> ModuleType:
    """The launcher's own module, which does the same under `ttmem run`."""
    if "ttmem_ttnn" in sys.modules:
        return sys.modules["ttmem_ttnn"]
    spec = importlib.util.spec_from_file_location("ttmem_ttnn", _command.LAUNCHER / "ttmem_ttnn.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules["ttmem_ttnn"] = module
    return module


def _follow() -> None:
    if _native.follows():  # under `ttmem run`, or LD_PRELOAD
        return
    if not _command.PRELOAD.exists():
        raise CannotFollow("this ttmem was built for a processor for which there is no libttmem_preload.so")
    if not _follower().follow(str(_command.PRELOAD)):
        raise CannotFollow("this ttnn cannot be followed after it was imported: import ttmem.ttnn first, or use `ttmem run`")


_follow()
