"""Memory observability for Tenstorrent accelerators, in the words of torch.cuda: docs/python.md.

    import ttmem, ttmem.ttnn          # follows ttnn in this process
    with ttmem.track("prefill") as prefill: ...
    prefill.peak_bytes(), ttmem.memory_allocated(), ttmem.memory_summary()
"""
from ._command import CommandFailed
from ._native import Allocation, Coverage
from ._own import IncompleteWarning, LateWarning, NotTracked
from ._tables import MissingExtra
from .capture import Capture, Document, dump_snapshot, read
from .failures import AllocationFailure, Observation, on_allocation_failure
from .memory import (coverage, get_memory_info, headroom, jax_memory_stats, list_device_processes, max_memory_allocated, max_memory_reserved,
                     mem_get_info, memory_allocated, memory_requested, memory_reserved, memory_snapshot, memory_stats, memory_summary,
                     reset_peak_memory_stats)
from .tracking import annotate, iteration, persistent, record_memory_history, track

__all__ = [
    "Allocation", "AllocationFailure", "Capture", "CommandFailed", "Coverage", "Document", "IncompleteWarning", "LateWarning", "MissingExtra",
    "NotTracked", "Observation", "annotate", "coverage", "dump_snapshot", "get_memory_info", "headroom", "iteration", "jax_memory_stats",
    "list_device_processes", "max_memory_allocated", "max_memory_reserved", "mem_get_info", "memory_allocated", "memory_requested",
    "memory_reserved", "memory_snapshot", "memory_stats", "memory_summary", "on_allocation_failure", "persistent", "read",
    "record_memory_history", "reset_peak_memory_stats", "track",
]
