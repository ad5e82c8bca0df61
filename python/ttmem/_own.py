"""This process, as its ledger has it: read, and said aloud where figures are not complete."""
from __future__ import annotations

import warnings
from typing import Any, Iterable, List, Mapping, Optional, Tuple

from . import _native

Device = Any  # None, a number, or a device or mesh of ttnn


class NotTracked(RuntimeError):
    """Nothing of this process is recorded, so there is no figure: absent is not zero."""


class IncompleteWarning(UserWarning):
    """A figure that may be off; the message says how."""


class LateWarning(IncompleteWarning):
    """ttmem came when a device was in use; the message says what it missed."""


_said: set[str] = set()
_CAME_LATE = "ttmem was attached when a device was in use"  # the preload library's note


def say_incomplete(message: str, category: type[IncompleteWarning] = IncompleteWarning) -> None:
    """Once for each message."""
    if message in _said:
        return
    _said.add(message)
    warnings.warn(message, category, stacklevel=4)


def say_what_is_missing(document: Mapping[str, Any], what: str) -> None:
    """Of a document of the command that is not handed on whole: its coverage would go."""
    coverage = document["coverage"]
    if not coverage["complete"]:
        say_incomplete(f"{what} is incomplete: " + ("; ".join(coverage["notes"]) or "more is not known"))


def why_untracked() -> str:
    """Why nothing of this process is recorded; "" where nothing was there to be."""
    if _native.level() == 0:
        return "tracking is off: TTMEM_LEVEL=off"
    if not _native.follows():
        return "this process is not tracked: `import ttmem.ttnn`, or start the program with `ttmem run`"
    mark = _native.mark()
    since = _native.since(mark)
    _native.unmark(mark)
    return "no ledger could be made: `ttmem doctor` says why" if since is not None and since.by_chip() else ""


def process() -> _native.Process:
    """Raises NotTracked where there is none."""
    own = _native.own_process()
    if own is None:
        raise NotTracked(why_untracked() or "no device of this process is tracked so far: open one after `import ttmem.ttnn`, or start the "
                         "program with `ttmem run`")
    if not own.coverage.complete:
        say_incomplete("what is known of this process is incomplete: " + ("; ".join(own.coverage.notes) or "see ttmem.coverage()"))
    for note in own.coverage.notes:
        if note.startswith(_CAME_LATE):
            say_incomplete(note, LateWarning)
    return own


def logical_ids(device: Device) -> Optional[List[int]]:
    """Numbers of the chips that are meant; None: all of this process."""
    if device is None:
        return None
    if isinstance(device, int):
        return [device]
    for name in ("get_device_ids", "id"):  # a MeshDevice, a Device
        method = getattr(device, name, None)
        if callable(method):
            ids = method()
            return [ids] if isinstance(ids, int) else list(ids)
    raise TypeError(f"not a device: {device!r}; give a number, a device or mesh of ttnn, or None for all chips of this process")


def chips(own: _native.Process, device: Device) -> List[_native.ChipUse]:
    wanted = logical_ids(device)
    found = [chip for chip in own.chips if wanted is None or chip.logical_id in wanted]
    if wanted is not None and len(found) < len(set(wanted)):
        missing = sorted(set(wanted) - {chip.logical_id for chip in found})
        raise NotTracked(f"this process has told nothing of the chips {missing}")
    if not found:
        raise NotTracked("this process has opened no chip so far")
    return found


def pools(pool: str) -> str:
    if pool not in _native.POOLS:
        raise ValueError(f"`{pool}` is no pool of a chip: {', '.join(_native.POOLS)}")
    return pool


def known(value: Optional[int], what: str) -> int:
    if value is None:
        raise NotTracked(f"{what} is not known")
    return value


def fullest(figures: Iterable[int]) -> int:
    """Of several chips the one that holds most is what limits."""
    return max(figures)


def peak(interval: Optional[_native.Interval], what: str) -> Tuple[int, bool]:
    if interval is None:
        raise NotTracked(f"{what} is not known")
    if not interval.exact:
        say_incomplete(f"{what} is between {interval.low} and {interval.high} bytes: several meshes were open on a chip, or some of it was not recorded")
    return interval.low, interval.exact
