"""Operations that keep a table with the program that they compile."""
import pytest
import ttnn
import marks

kept = []

@pytest.fixture(scope="session")
def device():
    device = marks.open_mesh(l1_small_size=32768)
    yield device
    ttnn.close_mesh_device(device)

def total(device, rows):
    return ttnn.sum(marks.tensor(device, rows, 32), dim=-1)

def test_many_calls_tell(device):
    for rows in (64, 64, 64, 64, 128):
        total(device, rows)

def test_another_table_of_the_same_operation(device):
    total(device, 256)

def test_a_result_beside_it_leaks(device):
    kept.append(total(device, 512))
