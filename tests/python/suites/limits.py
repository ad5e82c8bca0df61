"""Tests with markers, within their limits and above."""
import pytest
import ttnn
import marks

kept = []

@pytest.fixture(scope="session")
def device():
    return marks.open_mesh()

@pytest.mark.limit_device_memory("1 MiB")
@pytest.mark.limit_device_memory("64 KiB", pool="l1")
def test_within_0(device):
    marks.tensor(device, 512)

@pytest.mark.limit_device_memory("1 MiB")
def test_above_1(device):
    marks.tensor(device, 1024)

@pytest.mark.limit_device_memory("64 KiB", pool="l1")
def test_above_2(device):
    marks.tensor(device, 512, memory=ttnn.L1_MEMORY_CONFIG)

@pytest.mark.limit_device_leaks("64 KiB")
def test_leaves_little_3(device):
    kept.append(marks.tensor(device, 64))

@pytest.mark.no_device_leaks
def test_leaves_something_4(device):
    kept.append(marks.tensor(device, 64))

def test_fixture_5(device, device_memory):
    kept.append(marks.tensor(device, 256))
    assert device_memory.peak() >= 131072
    (left,) = device_memory.leaked()
    assert left.requested_bytes == 131072
    assert repr(left) == f"<Allocation 144 KiB dram ttnn.zeros {left.address:#x} of {left.place}>"

@pytest.mark.no_device_leaks
@pytest.mark.skip(reason="none")
def test_skipped_6(device):
    pass
