"""Tests of which the program itself keeps a tensor in some way, so each of them leaks; also when pytest has the same exception or frame."""
import asyncio
import contextlib
import contextvars
import functools
import logging.handlers
import sys
import threading
import unittest
import pytest
import ttnn
import marks

kept = []
log = logging.handlers.MemoryHandler(1000)
variable = contextvars.ContextVar("variable")

class Holding(Exception):
    def __init__(self, tensor):
        super().__init__("it has a tensor")
        self.tensor = tensor

@pytest.fixture(scope="module")
def device():
    device = marks.open_mesh()
    yield device
    ttnn.close_mesh_device(device)
    kept.clear()

@pytest.fixture
def tensor(device):
    return marks.tensor(device, 64)

def fails(tensor):
    result = ttnn.add(tensor, tensor)
    raise ValueError(f"no {result.shape}")

def test_traceback_leaks(tensor):
    try:
        fails(tensor)
    except ValueError as error:
        kept.append(error.__traceback__)

def test_traceback_fails_and_leaks(tensor):
    try:
        fails(tensor)
    except ValueError as error:
        kept.append(error.__traceback__)
        raise

def test_frame_leaks(tensor):
    result = ttnn.add(tensor, tensor)
    kept.append(sys._getframe())

def test_frame_fails_and_leaks(tensor):
    result = ttnn.add(tensor, tensor)
    kept.append(sys._getframe())
    assert result is None

def test_frame_of_a_call_fails_and_leaks(tensor):
    def calls():
        result = ttnn.add(tensor, tensor)
        kept.append(sys._getframe())
        assert result is None
    calls()

def test_caller_fails_and_leaks(tensor):
    result = ttnn.add(tensor, tensor)
    def calls():
        kept.append(sys._getframe())
    calls()
    assert result is None

def test_exception_leaks(tensor):
    try:
        fails(tensor)
    except ValueError as error:
        kept.append(error)

def test_exception_fails_and_leaks(tensor):
    try:
        fails(tensor)
    except ValueError as error:
        kept.append(error)
        raise

def test_argument_fails_and_leaks(tensor):
    kept.append(ValueError("bad", [{"of": (tensor,)}]))
    raise kept[-1]

def test_attribute_fails_and_leaks(tensor):
    kept.append(Holding(tensor))
    raise kept[-1]

def test_cause_fails_and_leaks(tensor):
    try:
        raise Holding(tensor)
    except Holding as error:
        kept.append(error)
        raise RuntimeError("no") from error

def test_context_fails_and_leaks(tensor):
    try:
        fails(tensor)
    except ValueError:
        kept.append(KeyError("of another"))
        raise kept[-1]

def test_expected_leaks(tensor):
    with pytest.raises(Holding) as raised:
        raise Holding(ttnn.add(tensor, tensor))
    kept.append(raised)

def test_expected_otherwise_fails_and_leaks(tensor):
    with pytest.raises(ValueError, match="good"):
        kept.append(ValueError("bad", tensor))
        raise kept[-1]

@pytest.mark.xfail
def test_as_expected_it_raises_and_leaks(tensor):
    kept.append(Holding(tensor))
    raise kept[-1]

def test_generator_fails_and_leaks(tensor):
    def yields():
        result = ttnn.add(tensor, tensor)
        yield
        assert result is None
    kept.append(yields())
    next(kept[-1])
    assert False

def test_generator_that_caught_fails_and_leaks(tensor):
    def yields():
        result = ttnn.add(tensor, tensor)
        try:
            raise ValueError(str(result.shape))
        except ValueError as error:
            caught = error
        yield caught
    kept.append(yields())
    raise next(kept[-1])

def test_coroutine_fails_and_leaks(tensor):
    async def waits():
        result = ttnn.add(tensor, tensor)
        await asyncio.sleep(0)
        assert result is None
    kept.append(waits())
    kept[-1].send(None)
    assert False

def test_context_manager_fails_and_leaks(tensor):
    @contextlib.contextmanager
    def holds():
        result = ttnn.add(tensor, tensor)
        yield result
    kept.append(holds())
    kept[-1].__enter__()
    assert False

def test_task_fails_and_leaks(tensor):
    async def runs():
        fails(tensor)
    async def starts():
        kept.append(asyncio.ensure_future(runs()))
        await kept[-1]
    asyncio.run(starts())

def test_thread_fails_and_leaks(tensor):
    waits, has_begun = threading.Event(), threading.Event()
    def runs():
        result = ttnn.add(tensor, tensor)
        has_begun.set()
        waits.wait()
        del result
    threading.Thread(target=runs, daemon=True).start()
    has_begun.wait()
    kept.append(waits)
    assert False

def test_record_of_a_log_of_its_own_fails_and_leaks(tensor):
    logging.getLogger().addHandler(log)
    try:
        fails(tensor)
    except ValueError:
        logging.exception("it is known")
        raise
    finally:
        logging.getLogger().removeHandler(log)

@functools.lru_cache
def of(tensor):
    return ttnn.add(tensor, tensor)

def test_cache_fails_and_leaks(tensor):
    of(tensor)
    assert False

def test_variable_of_a_context_fails_and_leaks(tensor):
    variable.set(tensor)
    assert False

def test_closure_fails_and_leaks(tensor):
    kept.append(lambda: tensor)
    assert False

class TestObject:
    def test_object_fails_and_leaks(self, tensor):
        self.tensor = tensor
        kept.append(self)
        assert False

class Case(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def with_tensor(self, tensor):
        self.tensor = tensor

    def test_object_of_a_case_fails_and_leaks(self):
        kept.append(self)
        self.fail()

    def test_exception_of_a_case_fails_and_leaks(self):
        kept.append(Holding(self.tensor))
        raise kept[-1]

@pytest.fixture
def setup_raises(tensor):
    kept.append(Holding(tensor))
    raise kept[-1]

def test_setup_raises_and_leaks(setup_raises):
    pass

@pytest.fixture
def teardown_raises(tensor):
    yield
    kept.append(Holding(ttnn.add(tensor, tensor)))
    raise kept[-1]

def test_teardown_raises_and_leaks(teardown_raises):
    pass

def test_subtest_fails_and_leaks(tensor, subtests):
    with subtests.test():
        kept.append(Holding(ttnn.add(tensor, tensor)))
        raise kept[-1]

def test_last_is_clean(tensor):
    ttnn.add(tensor, tensor)
