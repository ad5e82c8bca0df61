"""Tests of unittest, whose class has the device; and one that closes its device itself."""
import unittest
import ttnn
import marks

kept = []

class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = marks.open_mesh()
        cls.weights = marks.tensor(cls.device, 64)

    @classmethod
    def tearDownClass(cls):
        del cls.weights
        ttnn.close_mesh_device(cls.device)

    def setUp(self):
        self.tensor = marks.tensor(self.device, 64)

    def test_1_is_clean(self):
        self.result = ttnn.add(self.weights, self.tensor)

    def test_2_raises(self):
        result = ttnn.add(self.weights, self.tensor)
        self.assertIsNone(result)

    def test_3_last_leaks(self):
        kept.append(ttnn.add(self.weights, self.tensor))

def test_closes_its_device_itself():
    device = marks.open_mesh()
    kept.append(marks.tensor(device, 64))
    ttnn.close_mesh_device(device)

class Leaking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.device = marks.open_mesh()
        kept.append(marks.tensor(cls.device, 64))
        kept.append(cls.device)

    def test_4_has_the_error(self):
        pass
