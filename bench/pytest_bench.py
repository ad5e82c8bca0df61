"""What the pytest plugin costs: CPU time of a test with twenty small operations, without it and with it by turns.

    python3 bench/pytest_bench.py [TURNS]        in an environment with the wheel, pytest and ttnn, on a device or a mock

Prints medians of ninety tests, in milliseconds; asserts nothing."""
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

SUITE = '''
import time
import pytest
import ttnn

@pytest.fixture(scope="session")
def device():
    return ttnn.open_device(device_id=0)

@pytest.mark.parametrize("number", range(100))
def test_operations(device, number):
    x = ttnn.ones([1, 1, 64, 64], layout=ttnn.TILE_LAYOUT, device=device)
    for _ in range(10):
        x = ttnn.softmax(ttnn.add(x, x))
'''
TIMES = '''
import time
import pytest

@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    begun = time.process_time_ns()
    yield
    print(f"took {item.name} {time.process_time_ns() - begun}")
'''


def milliseconds(folder, *options):
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *options, folder], capture_output=True, text=True)
    times = [int(time) for time in re.findall(r"took \S+ (\d+)$", done.stdout, re.MULTILINE)]
    if len(times) != 100:
        sys.exit(done.stdout + done.stderr)
    return statistics.median(times[10:]) / 1e6  # the first ones compile programs


def main():
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "bench_test.py").write_text(SUITE)
        pathlib.Path(folder, "conftest.py").write_text(TIMES)
        kinds = {"without": ("-p", "no:ttmem"), "--ttmem": ("--ttmem",), "--ttmem-fail-on-leak": ("--ttmem-fail-on-leak",)}
        found = {name: [] for name in kinds}
        for _ in range(turns):
            for name, options in kinds.items():
                found[name].append(milliseconds(folder, *options))
        for name, times in found.items():
            print(f"{name}: {statistics.median(times):.3f} ms, least {min(times):.3f} ms")


if __name__ == "__main__":
    main()
