"""What a program says of itself: parts that are measured, labels, iterations, what is meant to stay."""
from __future__ import annotations

import contextlib
import functools
import inspect
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, TypeVar

from . import _native, _own
from ._own import Device

F = TypeVar("F", bound=Callable[..., Any])
_LEVELS = ("off", "counts", "events", "stacks")


class _Texts(Dict[str, int]):
    """Numbers of texts, interned when first met."""

    def __missing__(self, text: str) -> int:
        self[text] = number = _native.intern(text)
        return number


_texts = _Texts()


class track:
    """Measures a part of a program: what it takes at most, and what it leaves. What it allocates gets its name as tag.

        with ttmem.track("prefill") as prefill:
            ...
        prefill.peak_bytes(), prefill.net_bytes("l1")

        @ttmem.track("decode")
        def decode(...): ...

    Parts may nest, and run in several threads at once: figures are those of the whole process meanwhile; the tag is that
    of the thread. A track may be used again, also while it runs, in the same thread: it has the figures of the last time. A
    generator or coroutine is measured from its first step to its end; asyncio's tasks share their thread's tag."""

    __slots__ = ("name", "_text", "_before", "_mark", "_since", "_around")

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._text = _texts[name] if name else 0
        self._mark = self._before = 0
        self._since: Optional[_native.Since] = None
        self._around: Any = None  # the use that runs while it is entered again

    def __enter__(self) -> track:
        self._around = (self._around, self._mark, self._before)
        if self._text:
            self._before = _native.set_tag(self._text)
        self._since = None
        self._mark = _native.mark()
        return self

    def __exit__(self, *_: object) -> None:
        mark = self._mark
        if mark:
            self._since = _native.since(mark)
            _native.unmark(mark)
        if self._text:
            _native.set_tag(self._before)
        self._around, self._mark, self._before = self._around

    def __call__(self, function: F) -> F:
        name = self.name or function.__qualname__
        if inspect.isasyncgenfunction(function):
            raise TypeError(f"{name} is an asynchronous generator: write `with ttmem.track(...)` in it")

        def tracked(*arguments: Any, **named: Any) -> Any:
            with track(name):
                return function(*arguments, **named)

        def tracked_steps(*arguments: Any, **named: Any) -> Any:
            with track(name):
                return (yield from function(*arguments, **named))

        async def tracked_coroutine(*arguments: Any, **named: Any) -> Any:
            with track(name):
                return await function(*arguments, **named)

        wrapper = (tracked_coroutine if inspect.iscoroutinefunction(function) else
                   tracked_steps if inspect.isgeneratorfunction(function) else tracked)
        return functools.wraps(function)(wrapper)  # type: ignore[return-value]

    def peak_bytes(self, pool: str = "dram", device: Device = None) -> int:
        """The most that was in use at once, of the fullest chip; while it runs, so far."""
        return max(most for _, _, most in self._figures(pool, device))

    def extra_bytes(self, pool: str = "dram", device: Device = None) -> int:
        """The most that was in use at once beyond what was there at its begin."""
        return max(most - began for began, _, most in self._figures(pool, device))

    def net_bytes(self, pool: str = "dram", device: Device = None) -> int:
        """What was in use at its end more than at its begin: below zero where it freed more than it took."""
        return max(now - began for began, now, _ in self._figures(pool, device))

    def _figures(self, pool: str, device: Device) -> Tuple[Tuple[int, int, int], ...]:
        pool = _own.pools(pool)
        since = _native.since(self._mark) if self._mark else self._since
        if since is None:
            raise _own.NotTracked(f"nothing is known of `{self.name}`: it began before a device was tracked, or among too many others")
        by_chip = since.by_chip()
        if device is None:
            figures = tuple(pools[pool] for pools in by_chip.values())
        else:
            figures = tuple(by_chip[chip.chip_id][pool] if chip.chip_id in by_chip else (0, 0, 0)
                            for chip in _own.chips(_own.process(), device))
        return figures or ((0, 0, 0),)

    def __repr__(self) -> str:
        try:
            return f"<ttmem.track {self.name!r}: peak {self.peak_bytes()} bytes of dram, net {self.net_bytes():+d}>"
        except _own.NotTracked:
            return f"<ttmem.track {self.name!r}: nothing is known>"


class annotate:
    """A label for what this thread allocates from now on; as a context manager until its end.

        ttmem.annotate("weights")
        with ttmem.annotate("kv_cache layer 3"): ...

    asyncio's tasks share their thread's label."""

    __slots__ = ("_before",)

    def __init__(self, tag: str) -> None:
        self._before = _native.set_tag(_texts[tag] if tag else 0)

    def __enter__(self) -> annotate:
        return self

    def __exit__(self, *_: object) -> None:
        _native.set_tag(self._before)


@contextlib.contextmanager
def iteration(name: str = "iteration") -> Iterator[None]:
    """A step of this thread: what is allocated in it and lives after it is a leak for `ttmem leaks`, unless it is persistent
    or belongs to the program cache or to a trace."""
    _native.iteration_begin(_texts[name])
    try:
        yield
    finally:
        _native.iteration_end()


def persistent(tensor: Any) -> Any:
    """Says that a tensor on a device is meant to outlive iterations: weights, caches. Returns it."""
    address, pool, ids = tensor.buffer_address(), _pool_of(tensor), set(_own.logical_ids(tensor.device()) or [])
    own = _own.process()
    chips = {chip.chip_id for chip in own.chips if chip.logical_id in ids}
    allocations = _native.own_allocations()
    found = [a for a in (allocations.live if allocations else []) if a.address == address and a.pool == pool and chips & set(a.chips)]
    if len(found) != 1:
        raise _own.NotTracked(f"{len(found)} allocations are known at {address:#x} of {pool}, where this tensor is")
    _native.mark_persistent(found[0].handle)
    return tensor


def _pool_of(tensor: Any) -> str:
    return str(tensor.memory_config().buffer_type).rsplit(".", 1)[-1].lower()


def record_memory_history(enabled: Optional[str] = "all", stacks: bool = False) -> None:
    """`"all"`: keeps the history of allocations from here on, for dump_snapshot(), as far as it fits into a ring for each thread
    (65,536 events); what is overwritten is said to be missing. `"state"` or None: ends it; what is live is always known, whose it
    is, too. History costs each allocation a store more. With `stacks` each allocation from here on has the Python call stack that
    made it (level `stacks`)."""
    if enabled not in ("all", "state", None):
        raise ValueError(f"`{enabled}` is not kept: \"all\", \"state\" or None")
    wanted = "counts" if enabled != "all" else "stacks" if stacks else "events"
    if enabled == "all" and _native.level() >= _LEVELS.index(wanted):
        return  # a higher level stays
    if _native.set_level(_LEVELS.index(wanted)) != 0:
        raise _own.NotTracked("tracking is off: TTMEM_LEVEL=off")
