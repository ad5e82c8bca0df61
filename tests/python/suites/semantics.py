"""What torch.cuda, torch.accelerator.memory and JAX document of their functions, held against those of the same names here."""
import gc
import inspect
import json
import os
import time
import warnings

import marks
import pytest
import ttmem.ttnn  # noqa: F401
import ttnn

import ttmem
from ttmem import _command, _native

UNIT = 24576  # what a tensor of 64 x 64 takes


@pytest.fixture(scope="session")
def device():
    return marks.open_mesh(l1_small_size=32768, trace_region_size=1 << 20)


@pytest.fixture
def tensor(device):
    """Makes tensors of 64 x 64, and is where they live."""
    kept = []

    def make(memory=None):
        kept.append(marks.tensor(device, 64, memory=memory))
        return kept[-1]

    yield make
    kept.clear()
    gc.collect()
    ttmem.reset_peak_memory_stats()


def test_memory_allocated_is_what_tensors_occupy_now(device, tensor):
    before = ttmem.memory_allocated(device)
    made = tensor()
    assert ttmem.memory_allocated(device) == before + UNIT
    ttnn.deallocate(made)
    assert ttmem.memory_allocated(device) == before


def test_device_is_a_number_an_object_or_none_for_the_current_ones(device, tensor):
    tensor()
    assert ttmem.memory_allocated() == ttmem.memory_allocated(0) == ttmem.memory_allocated(device) > 0
    with pytest.raises(ttmem.NotTracked):
        ttmem.memory_allocated(77)
    with pytest.raises(TypeError):
        ttmem.memory_allocated("chip")
    with pytest.raises(ValueError):
        ttmem.memory_allocated(pool="vram")


def test_max_memory_allocated_is_the_peak_since_the_reset(device, tensor):
    ttmem.reset_peak_memory_stats()
    before = ttmem.memory_allocated()
    tensor(), ttnn.deallocate(tensor())
    assert ttmem.max_memory_allocated() == before + 2 * UNIT > ttmem.memory_allocated()


def test_reset_peak_begins_at_what_is_allocated_now(device, tensor):
    tensor(), ttnn.deallocate(tensor())
    ttmem.reset_peak_memory_stats(device)
    assert ttmem.max_memory_allocated() == ttmem.memory_allocated()


def test_memory_reserved_is_at_least_memory_allocated(device, tensor):
    tensor()
    for pool in ("dram", "l1", "l1_small", "trace"):
        assert ttmem.memory_reserved(device, pool) >= ttmem.memory_allocated(device, pool)
        assert ttmem.max_memory_reserved(device, pool) >= ttmem.max_memory_allocated(device, pool)


def test_mem_get_info_is_free_then_total(device, tensor):
    free, total = ttmem.mem_get_info(device)
    tensor()
    assert ttmem.mem_get_info(device) == ttmem.get_memory_info(device) == (free - UNIT, total)


def test_memory_requested_is_before_rounding(device, tensor):
    before = ttmem.memory_requested()
    tensor()
    assert ttmem.memory_requested() == before + 64 * 64 * 2


def test_memory_stats_has_the_keys_of_torch(device, tensor):
    before = ttmem.memory_stats(device)
    tensor()
    stats = ttmem.memory_stats(device)
    assert stats["allocated_bytes.dram.current"] == stats["reserved_bytes.dram.current"] == ttmem.memory_allocated()
    assert stats["allocated_bytes.dram.peak"] == ttmem.max_memory_allocated()
    assert stats["requested_bytes.dram.current"] - before["requested_bytes.dram.current"] == 64 * 64 * 2
    assert stats["allocation.dram.current"] == before["allocation.dram.current"] + 1
    assert stats["num_ooms"] == before["num_ooms"] and all(isinstance(figure, int) for figure in stats.values())


def test_num_ooms_counts_failed_allocations(device):
    before = ttmem.memory_stats()["num_ooms"]
    with pytest.raises(RuntimeError):
        marks.empty(device, [1, 1, 1 << 20, 1 << 14])
    assert ttmem.memory_stats()["num_ooms"] == before + 1


def test_memory_summary_is_a_text_that_abbreviated_is_shorter(device, tensor):
    tensor()
    assert "ttnn.zeros" in ttmem.memory_summary() and len(ttmem.memory_summary(abbreviated=True)) < len(ttmem.memory_summary(device))


def test_list_device_processes_has_this_one(device, tensor):
    tensor()
    assert str(os.getpid()) in ttmem.list_device_processes(device)


def test_memory_snapshot_has_each_live_allocation(device, tensor):
    with ttmem.annotate("weights"):
        made = tensor()
    (item,) = [item for item in ttmem.memory_snapshot() if item["tag"] == "weights"]
    assert (item["address"], item["pool"], item["requested_bytes"], item["op"]) == (made.buffer_address(), "dram", 8192, "ttnn.zeros")


def test_headroom_leaves_the_peak_and_circular_buffers(device, tensor):
    tensor(ttnn.L1_MEMORY_CONFIG)
    total = ttmem.mem_get_info(device, "l1")[1]
    assert ttmem.headroom("dram") == ttmem.mem_get_info(device)[1] - ttmem.max_memory_allocated()
    ttnn.softmax(tensor())
    most = max(place["max_bytes_per_core"] for program in programs() for place in program["places"])
    banks = ttnn.get_memory_view(device, ttnn.BufferType.L1).num_banks
    assert most > 0 and ttmem.headroom("l1") == total - ttmem.max_memory_allocated(pool="l1") - most * banks


def programs():
    return json.loads(_command.output("programs", *_command.own(), "--limit", "0", "--json"))["items"]


def test_jax_memory_stats_has_the_keys_of_jax(device, tensor):
    tensor()
    assert ttmem.jax_memory_stats(device) == {"bytes_in_use": ttmem.memory_allocated(), "peak_bytes_in_use": ttmem.max_memory_allocated(),
                                              "bytes_limit": ttmem.mem_get_info()[1]}


def test_track_has_the_peak_and_what_is_left(device, tensor):
    @ttmem.track()
    def decode():
        ttnn.deallocate(tensor())
        return tensor()

    with ttmem.track("prefill") as prefill:
        made = decode()
    assert (prefill.extra_bytes(), prefill.net_bytes(), prefill.peak_bytes()) == (UNIT, UNIT, ttmem.memory_allocated())
    assert [item["tag"] for item in ttmem.memory_snapshot() if item["address"] == made.buffer_address()] == [decode.__qualname__]


def test_annotate_labels_until_its_end_or_from_here_on(device, tensor):
    def tags():
        return [item["tag"] for item in ttmem.memory_snapshot() if item["pool"] == "dram" and item["tag"] in ("outer", "inner")]

    with ttmem.annotate("outer"):
        with ttmem.annotate("inner"):
            tensor()
        tensor()
    tensor()
    assert sorted(tags()) == ["inner", "outer"]
    ttmem.annotate("outer")
    tensor()
    ttmem.annotate("")
    tensor()
    assert sorted(tags()) == ["inner", "outer", "outer"]


def test_iteration_and_persistent_tell_leaks_from_what_is_meant_to_stay(device, tensor, tmp_path):
    with ttmem.iteration("step"):
        with ttmem.annotate("cache"):
            assert ttmem.persistent(tensor()) is not None
        with ttmem.annotate("forgotten"):
            tensor()
    ttmem.dump_snapshot(tmp_path / "now.ttmem")
    leaks = ttmem.read(tmp_path / "now.ttmem").leaks()
    assert {item["tag"] for item in leaks["items"] if item["verdict"] == "leaked"} >= {"forgotten"}
    assert "cache" not in {item["tag"] for item in leaks["items"]}
    with pytest.raises(ttmem.NotTracked):
        gone = tensor()
        fake = type("Gone", (), {"buffer_address": lambda self: 12345, "memory_config": gone.memory_config, "device": gone.device})
        ttmem.persistent(fake())


def test_history_is_recorded_from_its_begin_to_its_end(device, tensor, tmp_path):
    def recorded():
        ttmem.dump_snapshot(tmp_path / "history.ttmem")
        return ttmem.read(tmp_path / "history.ttmem")

    before = recorded().info()["events"]  # how circular buffers lay
    ttmem.record_memory_history()
    with ttmem.track("recorded") as track:
        tensor(), ttnn.deallocate(tensor())
    time.sleep(0.2)  # it is about its own time, however much later it is asked for
    capture = recorded()
    assert capture.info()["events"] >= before + 3
    assert [gap["why"] for gap in capture.info()["gaps"]] == ["its TTMEM_LEVEL kept no history before"]
    assert capture.peak()["coverage"]["complete"], capture.peak()["coverage"]["notes"]
    (peak,) = [peak for peak in capture.peak()["peaks"] if peak["pool"] == "dram"]
    assert peak["peak_reserved_bytes"] == track.peak_bytes() > ttmem.memory_allocated()
    ttmem.record_memory_history(None)
    events = recorded().info()["events"]
    for _ in range(3):
        ttnn.deallocate(tensor())
    later = recorded().info()
    assert later["events"] == events and "TTMEM_LEVEL" in later["gaps"][-1]["why"], "what it lacks since then is said"
    with pytest.raises(ValueError):
        ttmem.record_memory_history("everything")


def test_what_is_complete_is_said_without_a_warning(device, tensor):
    tensor()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ttmem.memory_stats(), ttmem.headroom(), ttmem.mem_get_info()
    assert ttmem.coverage().complete


def test_every_public_name_has_a_docstring():
    assert [name for name in ttmem.__all__ if not inspect.getdoc(getattr(ttmem, name))] == []


def test_every_public_function_has_a_test_here():
    functions = [name for name in ttmem.__all__ if inspect.isroutine(getattr(ttmem, name)) or name in ("track", "annotate", "iteration")]
    assert len(functions) > 20
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    elsewhere = {"on_allocation_failure"}  # programs/failures.py
    assert [name for name in functions if f"ttmem.{name}(" not in text and name not in elsewhere] == []


def test_what_is_live_is_known_again_without_reading_it(device, tensor):  # the pytest plugin relies on it
    none = _native.live_state()
    assert none != 0
    first = tensor()
    state = _native.live_state()
    assert state not in (0, none)
    second = tensor()
    assert _native.live_state() != state
    ttnn.deallocate(second)
    assert _native.live_state() == state
    ttnn.deallocate(first)
    tensor()
    assert _native.live_state() != state, "as many bytes, but of another"
