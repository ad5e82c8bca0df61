"""A hundred tests: four leave something, one fails."""
import os
import pytest
import ttnn
import marks

kept = []
programs = []

@pytest.fixture(scope="session")
def device():
    device = marks.open_mesh(l1_small_size=32768)
    yield device
    ttnn.close_mesh_device(device)

@pytest.fixture(scope="module")
def weights(device):
    return marks.tensor(device, 64)

@pytest.fixture
def tensor(device):
    return marks.tensor(device, 64)

PLANTED = {number: plant for number, plant in ((7, "kept"), (40, "kept"), (71, "l1"), (90, "fixture"))}

@pytest.mark.parametrize("number", range(100))
def test_model(device, weights, tensor, number):
    plant = PLANTED.get(number)
    result = ttnn.add(weights, tensor)          # the program cache keeps what this compiles
    if plant == "kept":
        kept.append(result)
    if plant == "l1":
        kept.append(marks.tensor(device, 32, memory=ttnn.L1_MEMORY_CONFIG))
    if plant == "fixture":
        kept.append(tensor)
    cycle = [result]
    cycle.append(cycle)                         # what only a cycle holds is no leak
    if number == 55:
        assert False, "it fails, and its traceback holds a tensor"
