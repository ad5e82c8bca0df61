"""Figures of this process, under the names that torch.cuda has for them.

Bytes are per chip: of several chips the figure is that of the fullest one, for that is the one that limits. `device` is
a number, a device or mesh of ttnn, or None for all chips of this process. `pool` is dram, l1, l1_small or trace.

NotTracked is raised where there is no figure; IncompleteWarning is warned of where it may be off.
"""
from __future__ import annotations

import json
from typing import Any, Dict, List, Tuple

from . import _command, _native, _own
from ._own import Device

_since_reset = 0  # the mark of the last reset; 0: since the beginning


def memory_allocated(device: Device = None, pool: str = "dram") -> int:
    """Bytes that live tensors and all else take from the allocator now, rounded as it does."""
    pool = _own.pools(pool)
    uses = [chip.pool(pool) for chip in _own.chips(_own.process(), device)]
    if any(use.is_bound for use in uses):
        _own.say_incomplete(f"{pool} is at least so much: allocations were not recorded that may be live")
    return _own.fullest(_own.known(use.reserved_bytes, f"what {pool} has in use") for use in uses)


def memory_reserved(device: Device = None, pool: str = "dram") -> int:
    """The same as memory_allocated(): tt-metal keeps no freed memory back, as the caching allocator of torch does."""
    return memory_allocated(device, pool)


def memory_requested(device: Device = None, pool: str = "dram") -> int:
    """Bytes that were asked for, before the allocator rounds (torch: `requested_bytes`)."""
    pool = _own.pools(pool)
    uses = [chip.pool(pool) for chip in _own.chips(_own.process(), device)]
    return _own.fullest(_own.known(use.requested_bytes, f"what was asked of {pool}") for use in uses)


def max_memory_allocated(device: Device = None, pool: str = "dram") -> int:
    """The largest memory_allocated() since the beginning of this process, or the last reset_peak_memory_stats()."""
    return _own.fullest(_peaks(device, _own.pools(pool)))


def max_memory_reserved(device: Device = None, pool: str = "dram") -> int:
    """The same as max_memory_allocated()."""
    return max_memory_allocated(device, pool)


def reset_peak_memory_stats(device: Device = None) -> None:
    """max_memory_allocated() counts from here on. `device` is ignored: all chips begin anew."""
    del device
    global _since_reset
    if _since_reset:
        _native.unmark(_since_reset)
    _since_reset = _native.mark()
    if _since_reset == 0 and _native.own_process() is not None:
        raise _own.NotTracked("no peak can be taken from here on: this tt-metal is not followed by libttmem_preload.so, or too many peaks are taken at once")


def _peaks(device: Device, pool: str) -> List[int]:
    chips = _own.chips(_own.process(), device)
    if not _since_reset:
        return [_own.peak(chip.pool(pool).peak_reserved, f"the peak of {pool}")[0] for chip in chips]
    since = _native.since(_since_reset)
    if since is None:  # a forked child: it began after that
        return [_own.peak(chip.pool(pool).peak_reserved, f"the peak of {pool}")[0] for chip in chips]
    by_chip = since.by_chip()
    return [by_chip[chip.chip_id][pool][2] if chip.chip_id in by_chip else 0 for chip in chips]


def mem_get_info(device: Device = None, pool: str = "dram") -> Tuple[int, int]:
    """(free, total) bytes of the fullest chip. Free is what this process leaves: other processes are not counted, and free
    bytes need not be in one piece."""
    pool = _own.pools(pool)
    answers = []
    for chip in _own.chips(_own.process(), device):
        use = chip.pool(pool)
        total = _own.known(use.capacity_bytes, f"the capacity of {pool}")
        answers.append((total - _own.known(use.reserved_bytes, f"what {pool} has in use"), total))
    return min(answers)


get_memory_info = mem_get_info  # torch.accelerator.memory's name


def headroom(pool: str = "dram", device: Device = None) -> int:
    """Bytes of a pool that no moment needed: its capacity less max_memory_allocated(). Of L1 also less what the circular buffers
    of live programs reach to, as if they and the peak came at once; whether they did, and how much is in one piece, `ttmem
    headroom` says of a recording."""
    pool = _own.pools(pool)
    chips = _own.chips(_own.process(), device)
    totals = [_own.known(chip.pool(pool).capacity_bytes, f"the capacity of {pool}") for chip in chips]
    buffers = [_circular_buffers(chip) if pool == "l1" else 0 for chip in chips]
    return min(max(total - peak - beside, 0) for total, peak, beside in zip(totals, _peaks(device, pool), buffers))


def _circular_buffers(chip: _native.ChipUse) -> int:
    """What they take of every core: L1 buffers lie at the same addresses in all of them."""
    if chip.cb_is_bound:
        _own.say_incomplete("circular buffers are at least so much: some programs' were not recorded")
    return _own.known(chip.cb_core_bytes, "what circular buffers need") * _own.known(chip.banks("l1"), "how many banks l1 has")


def memory_stats(device: Device = None) -> Dict[str, int]:
    """All figures, with keys in the grammar of torch.cuda.memory_stats(): `allocated_bytes.dram.current`. What is not known
    has no key; totals since the beginning (`allocated`, `freed`) are not recorded."""
    own = _own.process()
    stats: Dict[str, int] = {}
    for pool in _native.POOLS:
        uses = [chip.pool(pool) for chip in _own.chips(own, device)]
        peaks = _peaks(device, pool)
        for name in ("allocated_bytes", "reserved_bytes"):
            _put(stats, f"{name}.{pool}.current", [use.reserved_bytes for use in uses])
            _put(stats, f"{name}.{pool}.peak", peaks)
        _put(stats, f"requested_bytes.{pool}.current", [use.requested_bytes for use in uses])
        _put(stats, f"allocation.{pool}.current", [use.allocations for use in uses])
        _put(stats, f"capacity_bytes.{pool}", [use.capacity_bytes for use in uses])
    stats["num_ooms"] = own.failed_allocations
    return stats


def _put(stats: Dict[str, int], key: str, figures: List[Any]) -> None:
    if all(figure is not None for figure in figures):
        stats[key] = max(figures)


def jax_memory_stats(device: Device = None, pool: str = "dram") -> Dict[str, int]:
    """The keys of JAX's `device.memory_stats()` that have a meaning here."""
    free, total = mem_get_info(device, pool)
    return {"bytes_in_use": total - free, "peak_bytes_in_use": max_memory_allocated(device, pool), "bytes_limit": total}


def memory_summary(device: Device = None, abbreviated: bool = False) -> str:
    """What `ttmem status` says of this process, for people; not abbreviated also its largest allocations. `device` is ignored:
    it is about all of its chips."""
    del device
    _own.process()
    text = _command.output("status", *_command.own())
    return text if abbreviated else text + "\n" + _command.output("buffers", *_command.own())


def memory_snapshot() -> List[Dict[str, Any]]:
    """The live allocations of this process, one dictionary each, as items of `ttmem buffers --json`."""
    _own.process()
    document = json.loads(_command.output("buffers", *_command.own(), "--limit", "0", "--json"))
    _own.say_what_is_missing(document, "the snapshot of this process")
    items: List[Dict[str, Any]] = document["items"]
    return items


def list_device_processes(device: Device = None) -> str:
    """What `ttmem ps` says: the processes that use device memory, of everybody who may be seen, on all chips: `device` is
    ignored."""
    del device
    return _command.output("ps")


def coverage() -> _native.Coverage:
    """What is known to be missing from figures of this process."""
    own = _native.own_process()
    if own is None:
        raise _own.NotTracked("this process is not tracked")
    return own.coverage
