"""Lives of device memory that are drawn from seeds: whatever comes, ttmem says what ttnn says."""
import os
import random

from real_ttnn import PROGRAMS, Machine
from scenario import FULL, check

SEEDS = int(os.environ.get("TTMEM_TEST_SEEDS", 12 if FULL else 1))


def live_through(name, steps, least):
    for _ in range(SEEDS):
        seed = os.environ.get("TTMEM_TEST_SEED") or str(random.SystemRandom().randrange(1 << 32))
        print(f"{name}: TTMEM_TEST_SEED={seed}")
        with Machine(name) as machine:
            done = machine.followed(PROGRAMS / "random_steps.py", seed, steps, env=machine.mocking("12288,24576,2048"))
            check("the workload is done" in done.stdout, f"seed {seed}:", done.stdout[-3000:], done.stderr[-3000:])
            machine.no_difference(least=least)


def test_whatever_one_wormhole_chip_goes_through():
    live_through("N150", 90, 300)


def test_whatever_a_mesh_of_eight_wormhole_chips_goes_through():
    live_through("T3000", 60, 1000)


def test_whatever_one_blackhole_chip_goes_through():
    live_through("P150", 90, 300)
