"""Fixtures of every scope on one device of the session; what leaves something says so by its name, the others take it away."""
import pytest
import ttnn
import marks

kept, open_devices = [], []

@pytest.fixture(scope="session")
def device():
    open_devices.append(marks.open_mesh())
    yield open_devices[0]
    ttnn.close_mesh_device(open_devices.pop())

@pytest.fixture(scope="session")
def of_session(device):
    return marks.tensor(device, 64)

@pytest.fixture(scope="session")
def of_session_leaks(device):
    kept.append(marks.tensor(device, 64))

@pytest.fixture(scope="package")
def of_package_leaks(device):
    kept.append(marks.tensor(device, 64))

@pytest.fixture(scope="module")
def of_module(device):
    made = [marks.tensor(device, 64)]
    cycle = [made]
    cycle.append(cycle)  # what only a cycle holds is no leak
    return cycle

@pytest.fixture(scope="module", params=["small", "large"])
def with_parameter_leaks(device, request):
    yield
    if request.param == "small":
        kept.append(marks.tensor(device, 64))

@pytest.fixture(scope="class")
def of_class(device, of_module):
    return ttnn.add(of_module[0][0], of_module[0][0])

@pytest.fixture(scope="class")
def setup_leaks(device):
    kept.append(marks.tensor(device, 64))

@pytest.fixture(scope="class")
def teardown_leaks(device):
    yield
    kept.append(marks.tensor(device, 64))

@pytest.fixture(scope="class")
def setup_raises(device):
    tensor = marks.tensor(device, 64)
    assert not tensor, "its traceback holds a tensor"

@pytest.fixture(scope="class")
def teardown_raises(device):
    tensor = marks.tensor(device, 64)
    yield tensor
    assert not tensor, "its traceback holds a tensor"

class TestClean:
    def test_begins(self, of_session, of_class):
        self.made_by_fixtures = of_session, of_class

    def test_fails(self, of_class):
        assert not of_class, "its traceback holds what the fixture made"

    @pytest.mark.xfail
    def test_fails_as_expected(self, of_class):
        assert not of_class

    @pytest.mark.skip
    def test_is_skipped(self, of_class):
        pass

class TestSetup:
    def test_begins(self, setup_leaks):
        pass

    def test_has_the_error(self, setup_leaks, of_class):
        pass

class TestTeardown:
    def test_has_the_error(self, teardown_leaks):
        pass

class TestSkips:
    def test_has_the_error(self, teardown_leaks):
        pytest.skip("in its middle")

class TestBroken:
    def test_is_in_error_at_setup(self, setup_raises):
        pass

class TestBrokenTeardown:
    def test_is_in_error_at_teardown(self, teardown_raises):
        pass

class TestOfTheClass:
    @classmethod
    def teardown_class(cls):
        kept.append(marks.tensor(open_devices[0], 64))

    def test_has_the_error(self, request, device):
        request.node.parent.addfinalizer(lambda: kept.append(marks.tensor(device, 64)))  # of no fixture

def test_with_parameter(with_parameter_leaks):
    pass

def test_of_the_session_has_the_error(of_session_leaks, of_package_leaks):
    pass
