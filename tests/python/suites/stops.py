"""A fixture of the session leaves something, and the session is ended before its last test; two tests end
it, of which one leaves something."""
import os
import pytest
import marks

kept = []
CODE = int(os.environ.get("STOPS_CODE", 0))

@pytest.fixture(scope="session")
def leaks():
    device = marks.open_mesh()
    kept.append(device)
    yield device
    kept.append(marks.tensor(device, 64))

def test_ends_the_session(leaks):
    if os.environ.get("STOPS_BY") == "exit":
        pytest.exit("enough", returncode=CODE)
    assert os.environ.get("STOPS_BY") != "failure"

def test_is_last():
    pass

@pytest.fixture(scope="module")
def device():
    return marks.open_mesh()

def test_is_clean_and_ends_the_session(device):
    tensor = marks.tensor(device, 64)
    pytest.exit(f"enough of {tensor.shape}", returncode=CODE)

def test_leaves_and_ends_the_session(device):
    kept.append(marks.tensor(device, 64))
    pytest.exit("enough", returncode=CODE)
