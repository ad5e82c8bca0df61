"""One test, between two looks at this process: what it took at most, what it left, and whether it may."""
from __future__ import annotations

import json
import os
import re
from typing import Any, Callable, Collection, Dict, FrozenSet, Iterable, List, Optional

from . import _command, _native, _own
from ._native import Allocation

_UNITS = {"": 1, "B": 1, "K": 1 << 10, "KIB": 1 << 10, "KB": 1000, "M": 1 << 20, "MIB": 1 << 20, "MB": 1000**2, "G": 1 << 30, "GIB": 1 << 30,
          "GB": 1000**3}
_KEPT = ("program", "trace")  # their caches hold them: no leak (docs/glossary.md)
_EVENTS, _STACKS = 2, 3  # levels
_MOST_TOLD = 10


def bytes_of(text: Any) -> int:
    """"11 GiB", "64K", 4096."""
    if isinstance(text, int):
        return text
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    if not found or found[2].upper() not in _UNITS:
        raise ValueError(f"`{text}` is no size: 4096, 64K, 11 GiB")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def size(bytes_: int) -> str:
    """As the commands write it: "24.0 KiB"."""
    value, units = float(bytes_), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1023.5 and len(units) > 1:
        value /= 1024
        units.pop(0)
    digits = 0 if units[0] == "B" or value >= 99.95 else 2 if value < 9.995 else 1
    return f"{value:.{digits}f} {units[0]}"


def _may_leak(own: Optional[_native.Allocations]) -> Dict[int, Allocation]:
    """What is live and no cache or trace holds, by handle."""
    return {a.handle: a for a in own.live if a.kind not in _KEPT and not a.persistent} if own is not None else {}


def _tables() -> Dict[int, bool]:
    """By handle, as far as history tells."""
    return _native.own_tables() if _native.level() >= _EVENTS else {}


def keep_history() -> None:
    """It tells what came with compiled programs; who has chosen a level has chosen."""
    if _native.level() == _EVENTS - 1 and "TTMEM_LEVEL" not in os.environ:
        _native.set_level(_EVENTS)


def largest_first(allocations: Iterable[Allocation]) -> List[Allocation]:
    return sorted(allocations, key=lambda a: (-_total([a]), a.address))


def _total(allocations: Iterable[Allocation]) -> int:
    return sum(a.reserved_bytes * len(a.chips) for a in allocations)


def summed(allocations: Collection[Allocation]) -> str:
    """"24.0 KiB of device memory in 1 allocation, summed over chips"."""
    return f"{size(_total(allocations))} of device memory in {len(allocations)} allocation{'s' * (len(allocations) > 1)}, summed over chips"


def told(a: Allocation) -> str:
    """What it is, and the line that made it where call stacks are recorded."""
    line = _line(a.handle)
    return (f"  {size(_total([a])):>12}  {a.pool}  {a.op or 'no operation'}{' [' + a.tag + ']' if a.tag else ''}  {a.address:#x} of {a.place}" +
            ("  " + line if line else ""))


def listed(lines: List[str]) -> List[str]:
    more = [f"  and {len(lines) - _MOST_TOLD} more"] if len(lines) > _MOST_TOLD else []
    hint = [] if _native.level() == _STACKS else ["  (with TTMEM_LEVEL=stacks in the environment: which line made each)"]
    return lines[:_MOST_TOLD] + more + hint


_stacks: Dict[int, Any] = {}  # by handle, of those that were asked for


def _line(handle: int) -> str:
    """"tests/model_test.py:42 in forward": the innermost frame of its stack that is neither ttnn's own nor ours; "" not known."""
    if _native.level() != _STACKS:
        return ""
    if handle not in _stacks:
        try:
            items = json.loads(_command.output("buffers", *_command.own(), "--limit", "0", "--json"))["items"]
        except (_command.CommandFailed, OSError):
            items = []
        _stacks.update({int(item["id"], 16): item.get("stack") for item in items})
    frames = _stacks.setdefault(handle, None) or []
    of_users = [frame for frame in frames if frame["file"] and not _OF_LIBRARIES.search(frame["file"])]
    if not of_users:
        return ""
    frame = of_users[0]
    path = os.path.relpath(frame["file"]) if os.path.isabs(frame["file"]) else frame["file"]
    return f"{frame['file'] if path.startswith('..') else path}:{frame['line']} in {frame['function']}"


_OF_LIBRARIES = re.compile(r"/(site|dist)-packages/(ttnn|ttmem)/|/ttnn/ttnn/|/ttmem_ttnn\.py$")  # as src/model/call_stack.cc has it


class Left:
    """What somebody left."""

    def __init__(self, name: str, allocations: Iterable[Allocation], limit: Optional[int] = None, raised: bool = False) -> None:
        """`limit`: so many bytes are no leak. `raised`: something was raised in this teardown that may be all that holds them."""
        self._name = name
        left = largest_first(allocations)
        tables = _tables() if left else {}
        # What ttnn keeps with a program that it compiled is no leak, as with the commands (their line once:^ttnn.).
        of_ttnn = {a.handle: tables[a.handle] for a in left if a.handle in tables and a.op.startswith("ttnn.")}
        self._maybe_tables = sum(not is_known for is_known in of_ttnn.values())
        self._told = {a: told(a) for a in left if not of_ttnn.get(a.handle)}  # now, while it lives
        self._limit = limit
        self.is_unsure = raised

    def settle(self, held: Iterable[int], lives: Iterable[int]) -> None:
        """`held`: handles of what lived when pytest had reported what was raised; `lives`: when it had forgotten it."""
        self._told = {a: text for a, text in self._told.items() if a.handle in lives or a.handle not in held}
        self.is_unsure = any(a.handle not in held for a in self._told)

    def __bool__(self) -> bool:
        return bool(self._told) if self._limit is None else _total(self._told) > self._limit

    def __str__(self) -> str:
        limit = f", more than its limit of {size(self._limit)}" if self._limit else ""
        unless = ", unless only what its teardown raised held it" if self.is_unsure else ""
        which = f"{self._maybe_tables} of them" if len(self._told) > 1 else "it"
        maybe = [f"  (inconclusive: {which} may belong to a program that was compiled, as tables do; --ttmem-repeat 2 tells)"] if self._maybe_tables else []
        return "\n".join([f"{self._name} left {summed(self._told)}{limit}{unless}", *listed(list(self._told.values())), *maybe])


class Unread(Left):
    """What somebody left could not be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, [])
        self._why = why

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return f"what {self._name} left is not known: {self._why}"


class Known:
    """What was live at a moment, and what tells without reading it again that it still is."""

    def __init__(self) -> None:
        self._state = _native.live_state()
        self.own = _native.own_allocations()
        self.live = _may_leak(self.own)
        self.handles = frozenset(self.live)
        self.inconclusive = _inconclusive(self.own)
        if self._state != _native.live_state() or self.inconclusive:
            self._state = 0

    def is_so_still(self) -> bool:
        return self._state != 0 and self._state == _native.live_state()


class Run:
    """One test."""

    def __init__(self, limits: Any, is_asked: bool, fixtures: Any) -> None:
        """`is_asked`: the test itself wants to know what it leaves. `fixtures`: those of a wider scope (_fixtures.py)."""
        self.limits = limits
        self.looks = is_asked or limits.leaked is not None
        self._fixtures = fixtures
        self.known_after: Optional[Known] = None  # as of the verdict
        self.is_last = True  # of its module or class: then all is read again, so that nothing goes unseen for longer
        self.left_by_fixtures: List[Left] = []  # of a wider scope, torn down after it
        self._forget()
        self._before: Optional[Known] = None
        self._not_its_own: FrozenSet[int] = frozenset()
        self._mark = 0
        self._is_warm = False

    def _forget(self) -> None:
        self.is_judged = self.is_torn_down = self.is_repeating = self.is_skipped = False
        self.wrong: List[str] = []  # as of the verdict: why it fails, but for what it left
        self.left: Optional[Left] = None
        self.peak_of_dram: Optional[int] = None  # as of the verdict
        self.left_by_fixtures.clear()

    def begin(self, known: Optional[Known] = None) -> None:
        """`known`: what lives, where that is known."""
        if self.looks:
            self._before = known or Known()
            self._not_its_own = self._before.handles
        self._is_warm = False
        self._begin_peak()

    def _begin_peak(self) -> None:
        self._mark = _native.mark()
        # Without a mark the peak of the whole process is that of the test, if nothing of it is known so far.
        self._peak_is_unknown = self._mark == 0 and _native.own_process() is not None

    def end(self) -> None:
        if self._mark:
            _native.unmark(self._mark)
        self._mark = 0

    def warmed_up(self) -> None:
        """What lives by now the test had to make once."""
        if self.looks and not self._is_warm:
            self._not_its_own |= Known().handles
        self._is_warm = True

    def leaked(self) -> List[Allocation]:
        """What it made that lives, largest first. NotTracked where that cannot be read."""
        known = Known()
        if known.inconclusive:
            raise _own.NotTracked(known.inconclusive)
        return self._made_of(known.live)

    def _made_of(self, live: Dict[int, Allocation]) -> List[Allocation]:
        return largest_first(a for handle, a in live.items() if handle not in self._not_its_own and handle not in self._fixtures.handles)

    def peak(self, pool: str = "dram") -> Optional[int]:
        """The most that was in use while it ran, of the fullest chip; None where that is not known."""
        if self._mark:
            since = _native.since(self._mark)
            return None if since is None else max((pools[pool][2] for pools in since.by_chip().values()), default=0)
        own = _native.own_process()
        if own is None or self._peak_is_unknown:
            return None
        peaks = [chip.pool(pool).peak_reserved for chip in own.chips]
        return max((peak.low for peak in peaks if peak is not None and peak.exact), default=None)

    def judge(self, let_go: Callable[[], bool]) -> None:
        """`let_go`: has pytest keep nothing alive but what it returns whether there is: exceptions that it is going to raise."""
        self.is_judged = True
        self.peak_of_dram = self.peak()
        if not self.limits:
            return
        left_nothing = self._before is not None and not self.is_last and self._before.is_so_still()
        known = self._before if self._before is not None and left_nothing else Known()
        if self.looks:
            self.known_after = known
        self._fixtures.account(known)
        if known.inconclusive:
            self.wrong = [] if self.is_skipped else [known.inconclusive]  # a skipped test may well do without a device
            return
        self.wrong = self._too_much()
        limit = self.limits.leaked
        if limit is not None and not left_nothing and _total(self._made_of(known.live)) > limit:
            raised = let_go()
            after = Known()
            self.left = Left("the test", self._made_of((known if after.inconclusive else after).live), limit, raised)

    def lefts(self) -> List[Left]:
        """By the test, and by what was torn down with it."""
        return [left for left in (self.left, *self.left_by_fixtures) if left]

    def verdict(self) -> str:
        """Why it fails; "" it does not."""
        return "\n".join([*self.wrong, *map(str, self.lefts())])

    def begin_again(self) -> None:
        """Before each setup: a test that is run again after its verdict begins anew, but what it left before and may not still counts."""
        if not self.is_torn_down:
            return
        self.end()
        self._forget()
        if self.limits.leaked is None:
            self.begin()
        else:
            self._begin_peak()

    def _too_much(self) -> List[str]:
        lines = []
        for pool, limit, name in self.limits.peaks:
            peak = self.peak(_own.pools(pool))
            if peak is None and _native.own_process() is not None:
                lines.append(f"inconclusive: the peak of {pool} is not known")
            elif peak is not None and peak > limit:
                used = f"up to {size(peak)} of {pool} on a chip were in use during the test ({peak} bytes, with what was there before it)"
                lines.append(f"{used}, {size(peak - limit)} more than its {name} of {size(limit)}")
        return lines


def _inconclusive(own: Optional[_native.Allocations]) -> Optional[str]:
    if own is None:
        why = _own.why_untracked()
        return f"inconclusive: {why}" if why else None
    if not own.coverage.complete:
        return "inconclusive: " + ("; ".join(own.coverage.notes) or "allocations were not recorded")
    return None
