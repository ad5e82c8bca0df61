"""Tests that are run again: one fails twice and leaves nothing, one leaves something each time, one only the first
time, and one fails then, too."""
import pytest
import ttnn
import marks

device = marks.open_mesh()
runs, kept = [], []
runs_of_3, kept_of_3, runs_of_4 = [], [], []

@pytest.fixture
def tensor():
    return marks.tensor(device, 64)

def test_fails_twice_0(tensor):
    result = ttnn.add(tensor, tensor)
    runs.append(1)
    assert len(runs) > 2, "its traceback holds a tensor"

def test_leaves_each_time_1(tensor):
    kept.append(ttnn.add(tensor, tensor))

def test_leaves_once_2(tensor):
    if len(kept) < 100:
        kept.extend([ttnn.add(tensor, tensor)] + [None] * 100)

def test_leaves_once_and_fails_3(tensor):
    runs_of_3.append(1)
    if len(runs_of_3) == 1:
        kept_of_3.append(ttnn.add(tensor, tensor))
        raise AssertionError("the first time")

def test_fails_and_leaves_nothing_4(tensor):
    result = ttnn.add(tensor, tensor)
    runs_of_4.append(1)
    assert len(runs_of_4) > 1, "its traceback holds a tensor"
