"""The library in other people's hands: loaded at run time, closed, twice in one process, under Python's workers."""
import pathlib
import sys

from scenario import BIN, check_equal, scene

MIB = 1 << 20
LIBRARY = BIN.parent / "src" / "client" / "libttmem.so"
POOL = pathlib.Path(__file__).resolve().parent / "tracked_pool.py"
WORKERS = 4


def start(s, *command):
    process = s.start(*command)
    first = process.stdout.readline().split()
    if first[:1] != ["ready"]:
        raise AssertionError(f"it did not get ready: {first} {process.poll()} {process.stderr.read()}")
    return process, [int(word) for word in first[1:]]


def held(s):
    """[(pid, requested bytes)] of each ledger of a living process."""
    return sorted((item["pid"], sum(chip["pools"]["dram"]["requested_bytes"] for chip in item["chips"]))
                  for item in s.json("ps")["items"])


def end(process, code):
    process.communicate()
    check_equal(process.returncode, code, "exit code:")


def test_a_library_that_is_closed_stays_where_it_is_and_records():
    with scene() as s:
        process, (pid,) = start(s, BIN / "scenario-loader", "dlclose", LIBRARY)
        check_equal(held(s), [(pid, 2 * MIB)])
        end(process, 7)


def test_two_copies_in_one_process_have_a_ledger_each_and_count_nothing_twice():
    with scene() as s:
        process, (pid,) = start(s, BIN / "scenario-loader", "copies", LIBRARY)
        check_equal(held(s), [(pid, MIB), (pid, 2 * MIB)])
        total = s.json("status")["chips"]
        check_equal([chip["pools"]["dram"]["requested_bytes"] for chip in total], [3 * MIB])
        end(process, 7)


def check_workers(method):
    with scene() as s:
        process, pids = start(s, sys.executable, POOL, LIBRARY, method, WORKERS)
        expected = [(pids[0], MIB)] + [(pid, number * MIB) for number, pid in enumerate(pids[1:], start=1)]
        check_equal(held(s), sorted(expected), method)
        end(process, 0)


def test_workers_of_multiprocessing_by_fork_have_ledgers_of_their_own():
    check_workers("fork")


def test_workers_of_multiprocessing_by_spawn_have_ledgers_of_their_own():
    check_workers("spawn")


def test_workers_of_multiprocessing_by_forkserver_have_ledgers_of_their_own():
    check_workers("forkserver")
