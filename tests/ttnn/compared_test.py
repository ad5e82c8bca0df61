"""At every mark of a workload, for each chip, mesh and pool, and buffer by buffer: ttmem says what ttnn says."""
from real_ttnn import Machine
from scenario import FULL


def compare(name, *sections, least, own_descriptor=False):
    with Machine(name, own_descriptor=own_descriptor) as machine:
        result = machine.compared(*sections, env=machine.mocking())
        assert result.equal >= least, f"only {result.equal} figures"


def test_one_wormhole_chip_has_what_ttnn_says():
    compare("N150", least=3500)


def test_a_mesh_of_eight_wormhole_chips_has_what_ttnn_says():
    compare("T3000", least=10000)


def test_one_blackhole_chip_has_what_ttnn_says():
    compare("P150", least=3500)


def test_a_blackhole_chip_with_seven_banks_has_what_ttnn_says():
    compare("P100", *([] if FULL else ["kinds", "operations", "failures"]), least=1500)


def test_a_mesh_of_eight_blackhole_chips_has_what_ttnn_says():
    compare("8xP150", *([] if FULL else ["operations", "submeshes"]), least=2000)


def test_a_galaxy_of_32_chips_has_what_ttnn_says():
    compare("Galaxy", *([] if FULL else ["operations", "submeshes"]), least=5000)


def test_slow_dispatch_has_what_ttnn_says():
    with Machine("N150") as machine:
        result = machine.compared("kinds", "operations", "submeshes", env=machine.in_slow_dispatch())
        assert result.equal >= 1500, f"only {result.equal} figures"


def test_descriptors_of_our_own_do_as_well():
    for name in ("N150", "T3000"):
        compare(name, "operations", least=700, own_descriptor=True)
