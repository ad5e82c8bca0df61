"""At the verdict on a test: has what pytest itself still holds of it keep no tensor alive."""
from __future__ import annotations

import gc
import os
import sys
import traceback
import types
from typing import Any, Dict, Iterable, List, Optional

import pytest
from _pytest.logging import caplog_records_key


def let_go(raised: Iterable[BaseException], torn_down: Iterable[pytest.Item]) -> None:
    """What only the traceback of a failed test, a record of what the test logged, the object whose method a test was (`self.x`) or a cycle keeps
    alive is no leak. What an exception itself holds (its arguments, its attributes) stays: the program may keep the exception."""
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
    gc.collect()


def _frame_of(suspended: Any) -> Optional[types.FrameType]:
    if isinstance(suspended, types.GeneratorType):
        return suspended.gi_frame
    if isinstance(suspended, types.CoroutineType):
        return suspended.cr_frame
    return suspended.ag_frame if isinstance(suspended, types.AsyncGeneratorType) else None


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
