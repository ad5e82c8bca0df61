"""At a verdict: has pytest itself forget what it holds of tests, so that what lives then is held by the program.

No exception, no traceback, no frame is changed or cleared, for the program may keep it: it dies if pytest alone had it. What pytest has
caught it keeps as an ExceptionInfo, and plugins keep those of failed tests for the session (pytest-rerunfailures does): after its report was
made each has an exception in place of its own that says the same and holds nothing.
"""
from __future__ import annotations

import gc
import os
import sys
import types
import weakref
from typing import Any, Dict, Iterable, Optional

import pytest
from _pytest._code import Traceback
from _pytest.logging import caplog_records_key

_PLAIN = (str, bytes, int, float, type(None))


class Caught:
    """What pytest has caught of setups, calls and teardowns, and has reported."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._infos: Dict[int, "weakref.ref[pytest.ExceptionInfo[BaseException]]"] = {}

    def add(self, info: pytest.ExceptionInfo[BaseException]) -> None:
        key = id(info)
        self._infos[key] = weakref.ref(info, lambda _: self._infos.pop(key, None))

    def let_go(self, torn_down: Iterable[pytest.Item]) -> bool:
        """What only the exception of a failed test, a record of what it logged, the object whose method it was (`self.x`) or a cycle keeps alive
        dies now. Returns whether something was raised in this teardown, which pytest still keeps."""
        for item in torn_down:
            if isinstance(item, pytest.Function) and isinstance(item.parent, pytest.Class):
                item.obj = None  # as pytest does with a case of unittest; of one that is run again it makes another
                vars(item).pop("_instance", None)
            for records in item.stash.get(caplog_records_key, {}).values():  # pytest itself forgets them a moment later
                records.clear()
        logging: Any = self._config.pluginmanager.get_plugin("logging-plugin")
        if logging is not None:
            logging.report_handler.records.clear()  # it has their text
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):  # pytest deletes them before the next call
            vars(sys).pop(name, None)
        for info in [reference() for reference in list(self._infos.values())]:
            if info is not None:
                info._excinfo = type(info.value), _like(info.value), None  # type: ignore[assignment]
                info._traceback = Traceback([])
        self._infos.clear()
        raised = _is_raised_meanwhile()
        gc.collect()
        return raised


def _like(error: BaseException) -> BaseException:
    """One of its type with its arguments, as far as they are text and numbers."""
    kind = type(error)
    try:
        like = kind.__new__(kind)
        like.args = tuple(value if isinstance(value, _PLAIN) else f"<{type(value).__qualname__}>" for value in error.args)
        return like
    except Exception:  # a type that is made otherwise
        return Exception(kind.__qualname__)


def forget_setup(item: pytest.Item) -> None:
    """Before it is torn down: what its setup raised is reported, and raised again only for tests below it, of which it has none."""
    stack: Dict[Any, Any] = getattr(getattr(item.session, "_setupstate", None), "stack", {})
    if item in stack and stack[item][1] is not None:
        stack[item] = stack[item][0], None


def _is_raised_meanwhile() -> bool:
    """Whether a finalizer raises, or one that pytest has run before did; it will tell of it when all have run."""
    raised = sys.exc_info()[1] is not None
    frame: Optional[types.FrameType] = sys._getframe()
    while frame is not None:
        if os.path.basename(os.path.dirname(frame.f_code.co_filename)) == "_pytest":
            # Until Python 3.13 a copy that a report may have made; it loses what the frame has lost.
            for value in list(frame.f_locals.values()):
                raised = raised or any(isinstance(e, BaseException) for e in (value if isinstance(value, (list, tuple)) else (value,)))
        frame = frame.f_back
    return raised
