"""A session of pytest that opens a device for each test, and leaks in one of them."""
import pytest
import ttnn

import marks

kept = []


@pytest.fixture
def device():
    opened = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
    yield opened
    ttnn.close_mesh_device(opened)
    marks.forget_closed([])


@pytest.mark.parametrize("size", [32, 64, 96, 128])
def test_an_addition(device, size):
    a = marks.tensor(device, size)
    b = ttnn.add(a, a)
    marks.mark(f"pytest: {size}", device)
    assert list(b.shape) == [1, 1, size, size]


def test_one_that_fails(device):
    kept.append(marks.tensor(device, 64))
    marks.mark("pytest: fails", device)
    assert ttnn.add(kept[0], kept[0]) is None
