"""At the verdict on a test: has what pytest itself still holds of it keep no tensor alive."""
from __future__ import annotations

import contextlib
import gc
import operator
import os
import sys
import traceback
import types
from typing import Any, Dict, Iterable, List, Optional

import pytest
from _pytest.logging import caplog_records_key


def let_go(raised: Iterable[BaseException], torn_down: Iterable[pytest.Item]) -> None:
    """What only the exception of a failed test (its traceback, what it was raised with), a record of what the test logged, the object whose method a
    test was (`self.x`) or a cycle keeps alive is no leak."""
    for item in torn_down:
        if isinstance(item, pytest.Function) and isinstance(item.parent, pytest.Class):
            item.obj = None  # as pytest does with a case of unittest; of one that is run again it makes another
            vars(item).pop("_instance", None)
        for records in item.stash.get(caplog_records_key, {}).values():  # pytest itself forgets them a moment later
            records.clear()
    suspended = [id(frame) for frame in map(_frame_of, gc.get_objects()) if frame is not None]  # fixtures; to clear them ends them
    for error in _with_causes(raised):
        for innermost, _ in traceback.walk_tb(error.__traceback__):
            frame: Optional[types.FrameType] = innermost
            while frame is not None:  # its callers, too: unittest has some that the traceback lacks
                if id(frame) not in suspended:
                    try:
                        frame.clear()
                    except RuntimeError:  # it runs
                        break
                    frame.f_locals  # until Python 3.13 a copy that pytest's report made; it loses what the frame has lost
                frame = frame.f_back
        _empty(error)
    gc.collect()


def _frame_of(suspended: Any) -> Optional[types.FrameType]:
    if isinstance(suspended, types.GeneratorType):
        return suspended.gi_frame
    if isinstance(suspended, types.CoroutineType):
        return suspended.cr_frame
    return suspended.ag_frame if isinstance(suspended, types.AsyncGeneratorType) else None


def _empty(error: BaseException) -> None:
    """Of what it was raised with only text and numbers stay: its message is told, but for one that a teardown goes on to raise."""
    error.args = tuple(_plain(argument) for argument in error.args)
    for name, value in list(vars(error).items()):
        vars(error)[name] = _plain(value)
    for kind in type(error).__mro__:
        for name, member in vars(kind).items():
            if isinstance(member, types.MemberDescriptorType):  # `AttributeError.obj` is one
                with contextlib.suppress(AttributeError, TypeError):  # not set, or not to be set
                    value = member.__get__(error)
                    if (plain := _plain(value)) is not value:
                        member.__set__(error, plain)


def _plain(value: Any) -> Any:
    """The value itself, or a word for what may hold a tensor."""
    if value is None or isinstance(value, (str, bytes, int, float, BaseException)):
        return value
    if isinstance(value, (list, tuple)):
        parts = [_plain(part) for part in value]
        return value if all(map(operator.is_, parts, value)) else parts
    return f"<{type(value).__qualname__}>"


def raised_meanwhile() -> List[BaseException]:
    """What pytest has caught of the finalizers that it has run in this teardown, and will raise when all have run."""
    caught: List[BaseException] = []
    frame: Optional[types.FrameType] = sys._getframe()
    while frame is not None:
        if os.path.basename(os.path.dirname(frame.f_code.co_filename)) == "_pytest":
            for value in list(frame.f_locals.values()):
                caught += [e for e in (value if isinstance(value, list) else [value]) if isinstance(e, BaseException)]
        frame = frame.f_back
    return caught


def _with_causes(raised: Iterable[BaseException]) -> Iterable[BaseException]:
    found: Dict[int, BaseException] = {}
    waiting = list(raised)
    while waiting:
        error = waiting.pop()
        if id(error) not in found:
            found[id(error)] = error
            causes = (error.__cause__, error.__context__, *error.args, *getattr(error, "exceptions", ()))
            waiting += [cause for cause in causes if isinstance(cause, BaseException)]
    return found.values()
