"""Tests whose device is of the scope that DEVICE_SCOPE names; those that leave something say so by their name."""
import os
import pytest
import ttnn
import marks

SCOPE = os.environ["DEVICE_SCOPE"]
kept, caught, open_devices = [], [], []

@pytest.fixture(scope=SCOPE)
def device():
    device = marks.open_mesh()
    try:
        assert device is None
    except AssertionError as error:
        caught.append(error)  # its traceback has this frame, which goes on
    open_devices.append(device)
    try:
        yield device
    finally:
        ttnn.close_mesh_device(open_devices.pop())

@pytest.fixture(scope=SCOPE, params=[64, 96])
def weights(request, device):
    made = [marks.tensor(device, request.param)]
    yield made[0]
    made.clear()

@pytest.fixture(autouse=True)
def workspace(device):
    workspace = [marks.tensor(device, 64)]
    yield workspace
    workspace.clear()

@pytest.fixture
def setup_raises(device):
    tensor = marks.tensor(device, 64)
    assert not tensor, "its traceback holds a tensor"

@pytest.fixture
def teardown_raises(device):
    tensor = marks.tensor(device, 64)
    yield
    assert not tensor, "its traceback holds a tensor"

class TestFirst:
    def test_is_clean(self, weights, workspace):
        workspace.append(ttnn.add(weights, weights))

    def test_leaks(self, device):
        kept.append(marks.tensor(device, 64))

    def test_raises(self, device):
        tensor = marks.tensor(device, 64)
        try:
            assert not tensor, "the traceback of a cause holds a tensor, too"
        except AssertionError as error:
            raise RuntimeError from error

    def test_raises_what_the_device_keeps_and_leaks(self, device):
        tensor = marks.tensor(device, 64)
        raise caught[-1]

    def test_has_its_device_all_the_same(self, device):
        assert open_devices == [device]

    def test_is_in_error_at_setup(self, setup_raises):
        pass

    def test_is_in_error_at_teardown(self, teardown_raises):
        pass

    def test_last_leaks(self, weights):
        kept.append(ttnn.add(weights, weights))

@pytest.fixture(scope="class")
def late(device):
    yield
    kept.append(marks.tensor(device, 64))  # in a teardown of a wider scope than any test

class TestSecond:
    def test_begins(self, weights):
        ttnn.add(weights, weights)

    def test_skips_and_leaks(self, late, device):
        kept.append(marks.tensor(device, 64))
        pytest.skip()

    @pytest.mark.limit_device_leaks("64 KiB")
    def test_last_leaves_little(self, late, device):
        kept.append(marks.tensor(device, 64))

class TestKeeps:
    def setup_method(self):
        self.many = []

    def test_keeps_a_tensor_in_its_object(self, weights):
        self.result = ttnn.add(weights, weights)
        self.many.append(ttnn.add(weights, weights))

    def test_keeps_one_in_its_object_and_raises(self, weights):
        self.result = ttnn.add(weights, weights)
        assert self.many, "and another object has it all anew"

    def test_keeps_one_elsewhere_and_leaks(self, weights):
        self.result = ttnn.add(weights, weights)
        kept.append(ttnn.add(weights, weights))

class TestThird:
    def test_replaces_and_leaks(self, device):
        kept[-1] = marks.tensor(device, 64)  # no more bytes than before, but it is another

    def test_is_not_blamed(self, device):
        marks.tensor(device, 64)

    def test_raises_and_leaks(self, device):
        kept.append(marks.tensor(device, 64))
        assert False

def test_of_the_module_last_leaks(device):
    kept.append(marks.tensor(device, 64))
