"""Tests that fail while frames, tasks or records of the log hold a tensor: none leaves anything. What an exception itself holds is a leak, for it may be kept."""
import asyncio
import logging
import subprocess
import unittest
import pytest
import ttnn
import marks

kept = []

class Slotted(Exception):
    __slots__ = ("tensor",)

class Holding(Exception):
    def __init__(self, tensor):
        super().__init__("it has a tensor")
        self.tensor = tensor

@pytest.fixture(scope="module")
def device():
    device = marks.open_mesh()
    yield device
    ttnn.close_mesh_device(device)

@pytest.fixture
def tensor(device):
    return marks.tensor(device, 64)

def test_argument_fails_and_leaks(tensor):
    raise ValueError("bad", [{"of": (tensor,)}])

def test_attribute_fails_and_leaks(tensor):
    raise Holding(tensor)

def test_slot_fails_and_leaks(tensor):
    error = Slotted("it has a tensor")
    error.tensor = tensor
    raise error

def test_missing_attribute_fails_and_leaks(tensor):
    tensor.of_no_such_name

def test_exit_fails_and_leaks(tensor):
    raise SystemExit(tensor)

def test_cause_fails_and_leaks(tensor):
    try:
        raise Holding(tensor)
    except Holding as error:
        raise RuntimeError("no", error)

def test_what_was_expected_fails(tensor):
    with pytest.raises(ValueError) as raised:
        raise ValueError("bad", tensor)
    assert raised.value.args == ("bad",)

def test_what_was_expected_otherwise_fails_and_leaks(tensor):
    with pytest.raises(ValueError, match="good"):
        raise ValueError("bad", tensor)

def test_logs(tensor):
    logging.error("the tensor %s", tensor.shape)
    logging.error("a tensor %s", type(tensor), extra={"of": tensor})
    try:
        raise Holding(tensor)
    except Holding:
        logging.exception("it is known")

def test_in_a_task_fails(tensor):
    async def runs(made):
        result = ttnn.add(made, made)
        raise RuntimeError(f"no {result.shape}")
    asyncio.run(runs(tensor))

class Case(unittest.IsolatedAsyncioTestCase):
    async def test_of_a_case_fails(self):
        self.device = kept[0] if kept else None
        raise Holding(self)

def test_subtest_fails(tensor, subtests):
    for number in range(2):
        with subtests.test(number=number):
            result = ttnn.add(tensor, tensor)
            raise RuntimeError(f"no {result.shape}")

@pytest.fixture
def setup_raises(tensor):
    result = ttnn.add(tensor, tensor)
    raise RuntimeError(f"no {result.shape}")

def test_setup_raises(setup_raises):
    pass

@pytest.fixture
def teardown_raises(tensor):
    yield
    result = ttnn.add(tensor, tensor)
    raise subprocess.CalledProcessError(3, ["make", str(result.shape)])

def test_teardown_raises(teardown_raises):
    pass

def test_besides_fails_and_leaks(tensor):
    kept.append(ttnn.add(tensor, tensor))
    raise ValueError("bad")

def test_is_expected_and_leaks(tensor):
    with pytest.raises(Holding) as raised:
        raise Holding(ttnn.add(tensor, tensor))
    kept.append(raised)
