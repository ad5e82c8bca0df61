"""Allocations that failed, told to the program while it still holds what was in the way."""
from __future__ import annotations

import atexit
import dataclasses
import os
import sys
import threading
import weakref
from typing import Callable, Dict, List, Optional, Set, Tuple

from . import _leaks, _native, _own


@dataclasses.dataclass(frozen=True)
class AllocationFailure:
    """One allocation that failed, in tt-metal's own figures of that moment. None is what it did not say, never zero. Bytes
    per bank are those of one bank, of L1 of one core."""

    kind: str
    """`out_of_memory`, `trace_region`, `cb_clash` (circular buffers reach into L1 buffers), `cb_overflow` (they are larger than L1)"""
    pool: str
    op: str
    """The operation that asked; "" where none is known."""
    tag: str
    place: str
    """`mesh 1`"""
    chips: Tuple[int, ...]
    """The runtime's numbers of its chips."""
    thread: int
    at: int
    """Nanoseconds since 1970; 0 unknown."""
    requested_bytes: Optional[int]
    banks: Optional[int]
    bytes_per_bank: Optional[int]
    """What was needed of each bank; of circular buffers the address at which they end."""
    bank_bytes: Optional[int]
    """A bank's size; of a clash the lowest address in use by L1 buffers."""
    allocated_per_bank: Optional[int]
    free_per_bank: Optional[int]
    largest_free_per_bank: Optional[int]

    @property
    def is_fragmented(self) -> Optional[bool]:
        """Whether the bytes were free, but not in one piece; None where that is not known."""
        if self.bytes_per_bank is None or self.free_per_bank is None:
            return None
        return self.free_per_bank >= self.bytes_per_bank

    def __str__(self) -> str:
        who = f"`{self.op}`" if self.op else "an allocation"
        if self.kind == "cb_clash":
            return f"circular buffers of {who} end at {self.bytes_per_bank}, and L1 buffers begin at {self.bank_bytes}, on {self.place}"
        if self.kind == "cb_overflow":
            return f"circular buffers of {who} end at {self.bytes_per_bank}, and a core's L1 has {self.bank_bytes} bytes, on {self.place}"
        needed, free, largest = (None if figure is None else _leaks.size(figure)
                                 for figure in (self.bytes_per_bank, self.free_per_bank, self.largest_free_per_bank))
        text = f"{who} needed {needed or 'more'} of each bank of {self.pool} on {self.place}"
        if free is None:
            return text
        return text + f", where {free} are free" + (f", the largest piece {largest}" if self.is_fragmented else "")


Callback = Callable[[AllocationFailure], object]

_callbacks: Dict[int, Callback] = {}
_telling: Set[int] = set()  # threads that are in a callback


class _Told:
    """Which failures of this process were told, by their numbers since its start."""

    def begin(self, before: int) -> None:
        self.process, self.before = os.getpid(), before
        self.since: Set[int] = set()


_told = _Told()


class Observation:
    """What on_allocation_failure() returned: remove() ends it, as does the end of a `with`."""

    def __init__(self, number: int) -> None:
        self._number = number

    def remove(self) -> None:
        _callbacks.pop(self._number, None)
        if not _callbacks:
            _native.observe_failures(None)

    def __enter__(self) -> Observation:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def on_allocation_failure(callback: Callback) -> Observation:
    """Calls `callback(failure)`, an AllocationFailure, after each allocation on a device that fails in this process from here
    on: as torch's out-of-memory observer.

        @ttmem.on_allocation_failure
        def keep_evidence(failure):
            ttmem.dump_snapshot("oom.ttmem")

    It is called in the thread of the failure when the operation of ttnn has let go of tt-metal's locks and before its exception
    reaches the program, so that all it holds is still live. What fails outside of an operation (`tensor.to(device)`) is told in
    the main thread, a moment later. What the callback raises goes to sys.unraisablehook, never to ttnn; what fails in the
    callback itself is not told. Several callbacks are called in their order."""
    if not callable(callback):
        raise TypeError(f"not a function: {callback!r}")
    if not _callbacks:
        if not _native.observe_failures(_tell):
            raise _own.NotTracked("nothing tells of failed allocations here: `import ttmem.ttnn` first, or start the program with `ttmem run`")
        _told.begin(_native.own_failures().count)
    number = max(_callbacks, default=0) + 1
    _callbacks[number] = callback
    return Observation(number)


@atexit.register
def _no_one_listens() -> None:
    _callbacks.clear()
    _native.observe_failures(None)


def _claim(is_meant: Callable[[_native.Failure], bool]) -> List[_native.Failure]:
    """Failures that were not told so far, which from here on they are."""
    failures = _native.own_failures()
    first = failures.count - len(failures.newest)
    if _told.process != os.getpid():  # a forked child begins anew
        _told.begin(0)
    claimed = []
    for number, failure in enumerate(failures.newest, first):
        if number >= _told.before and number not in _told.since and is_meant(failure):
            _told.since.add(number)
            claimed.append(failure)
    _told.since = {number for number in _told.since if number >= first}
    return claimed


def _tell(is_outside: bool) -> None:
    """Called by the extension: in the thread of a failure, or in the main thread after one outside of an operation."""
    thread = threading.get_native_id()
    claimed = _claim(lambda failure: failure.thread == thread or is_outside and not failure.op)
    if thread in _telling:  # a callback's own
        return
    _telling.add(thread)
    try:
        for raw in claimed:
            failure = AllocationFailure(**{field.name: getattr(raw, field.name) for field in dataclasses.fields(AllocationFailure)
                                           if field.name != "chips"}, chips=tuple(raw.chips))
            for callback in list(_callbacks.values()):
                _call(callback, failure)
    finally:
        _telling.discard(thread)


def _call(callback: Callback, failure: AllocationFailure) -> None:
    try:
        callback(failure)
    except BaseException as error:  # also KeyboardInterrupt: it would end an operation of ttnn half done
        thing = _Thing()
        kept = weakref.ref(thing, _Ignored(callback, error))  # Python tells its hook of what such a callback raises
        del thing, kept


class _Thing:
    __slots__ = ("__weakref__",)


class _Ignored:
    """What a callback raised: sys.unraisablehook gets it from Python alone, in a form of Python's own."""

    def __init__(self, callback: Callback, error: BaseException) -> None:
        self._callback, self._error = callback, error

    def __call__(self, _: object) -> None:
        raise self._error

    def __repr__(self) -> str:
        return f"callback {self._callback!r} of ttmem.on_allocation_failure()"
