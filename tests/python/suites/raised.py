"""Tests of which pytest alone, or a plugin of it, still holds a tensor: by an exception, a traceback, a record of the log. None leaves anything
but those that say so: there the program holds another one, or the same."""
import asyncio
import logging
import subprocess
import threading
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

def test_argument_fails(tensor):
    raise ValueError("bad", [{"of": (tensor,)}])

def test_attribute_fails(tensor):
    raise Holding(tensor)

def test_slot_fails(tensor):
    error = Slotted("it has a tensor")
    error.tensor = tensor
    raise error

def test_missing_attribute_fails(tensor):
    tensor.of_no_such_name

def test_exit_fails(tensor):
    raise SystemExit(tensor)

def test_cause_fails(tensor):
    try:
        raise Holding(tensor)
    except Holding as error:
        raise RuntimeError("no", error)

def test_what_was_expected_fails(tensor):
    with pytest.raises(ValueError) as raised:
        raise ValueError("bad", tensor)
    assert raised.value.args == ("bad",)

def test_what_was_expected_otherwise_fails(tensor):
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
        raise Holding(ttnn.add(made, made))
    asyncio.run(runs(tensor))

class Case(unittest.IsolatedAsyncioTestCase):
    async def test_of_a_case_fails(self):
        self.device = kept[0] if kept else None
        raise Holding(self)

def test_subtest_fails(tensor, subtests):
    for number in range(2):
        with subtests.test(number=number):
            raise Holding(ttnn.add(tensor, tensor))

@pytest.fixture
def setup_raises(tensor):
    result = ttnn.add(tensor, tensor)
    raise Holding(result)

def test_setup_raises(setup_raises):
    pass

@pytest.fixture
def teardown_raises(tensor):
    yield
    result = ttnn.add(tensor, tensor)
    raise subprocess.CalledProcessError(3, ["make", str(result.shape)], output=[result])

def test_teardown_raises(teardown_raises):
    pass

@pytest.fixture
def teardown_raises_late(teardown_raises, tensor):
    yield
    kept.append(ttnn.add(tensor, tensor))

def test_teardown_raises_and_leaks(teardown_raises_late):
    pass

@pytest.fixture
def teardown_logs(tensor):
    yield
    logging.error("a tensor %s", type(tensor), extra={"of": ttnn.add(tensor, tensor)})

def test_teardown_logs(teardown_logs):
    pass

def test_group_fails(tensor):
    with ttnn_group() as raised:
        raised.append(Holding(ttnn.add(tensor, tensor)))

class ttnn_group:
    """As an ExceptionGroup, which Python 3.10 does not have, holds exceptions."""
    def __enter__(self):
        self.exceptions = []
        return self.exceptions

    def __exit__(self, *_):
        raise Holding(self.exceptions)

@pytest.mark.xfail
def test_as_expected_it_raises(tensor):
    raise Holding(tensor)

def test_skips(tensor):
    skipped = pytest.skip.Exception("not here")
    skipped.tensor = tensor
    raise skipped

def test_in_a_thread(tensor):
    def runs():
        raise Holding(ttnn.add(tensor, tensor))
    thread = threading.Thread(target=runs)
    thread.start()
    thread.join()

class Unraisable:
    def __del__(self):
        raise Holding(self.tensor)

def test_unraisable(tensor):
    object = Unraisable()
    object.tensor = ttnn.add(tensor, tensor)

def test_besides_fails_and_leaks(tensor):
    kept.append(ttnn.add(tensor, tensor))
    raise ValueError("bad", tensor)

def test_is_expected_and_leaks(tensor):
    with pytest.raises(Holding) as raised:
        raise Holding(ttnn.add(tensor, tensor))
    kept.append(raised)
