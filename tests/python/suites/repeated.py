"""Two tests that leave something: one once, one each time."""
import ttnn
import marks

device = marks.open_mesh()
cache, grows = {}, []

def test_fills_a_cache_0():
    if "mask" not in cache:
        cache["mask"] = marks.tensor(device, 64)

def test_grows_1():
    grows.append(marks.tensor(device, 64))
