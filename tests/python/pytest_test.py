"""The pytest plugin: of a suite with planted leaks exactly those fail, in one process and under xdist."""
import json
import re

from package import Machine
from scenario import check, check_equal

PLANTED = {7, 40, 71, 90}


def outcome(done):
    """What each test that did not pass is: the numbers of those that failed, and of those that left something."""
    failed = {int(number) for number in re.findall(r"^FAILED .*?\[(\d+)\]", done.stdout, re.MULTILINE)}
    left = {int(number) for number in re.findall(r"^ERROR .*?\[(\d+)\]", done.stdout, re.MULTILINE)}
    return failed, left


def test_exactly_the_planted_leaks_fail():
    with Machine() as machine:
        for options in ((), ("-n", "2")):
            done = machine.pytest("planted", "--ttmem-fail-on-leak", *options)
            check_equal(outcome(done), ({55}, PLANTED), done.stdout[-3000:] + done.stderr[-2000:])
            check("the test left 24.00 KiB of device memory in 1 allocations" in done.stdout, done.stdout[-3000:])
            check("ttnn.add" in done.stdout and "peaks of DRAM per chip" in done.stdout, done.stdout[-3000:])


def test_without_options_nothing_is_judged():
    with Machine() as machine:
        check_equal(outcome(machine.pytest("planted")), ({55}, set()))


def test_markers_limit_what_a_test_takes_and_leaves():
    with Machine() as machine:
        done = machine.pytest("limits", "-rA")
        wrong = {int(number) for number in re.findall(r"^ERROR .*::test_\w+_(\d)\b", done.stdout, re.MULTILINE)}
        check_equal(wrong, {1, 2, 4}, done.stdout[-4000:] + done.stderr[-2000:])
        check("6 passed, 1 skipped, 3 errors" in done.stdout, done.stdout[-500:])


def test_repeated_only_what_grows_is_a_leak():
    with Machine() as machine:
        done = machine.pytest("repeated", "--ttmem-fail-on-leak")
        check("2 errors" in done.stdout, "once, neither is told from the other\n", done.stdout[-3000:])
        done = machine.pytest("repeated", "--ttmem-fail-on-leak", "--ttmem-repeat", "3")
        check("1 error" in done.stdout and "test_grows_1" in done.stdout, done.stdout[-3000:], done.stderr[-2000:])
        check("in 2 allocations" in done.stdout, done.stdout[-3000:])


def test_what_is_not_tracked_is_not_green():
    with Machine() as machine:
        done = machine.pytest("nothing")
        check_equal(done.returncode, 1)
        check("inconclusive: this process is not tracked" in done.stdout, done.stdout[-3000:])
        done = machine.pytest("nothing", "--ttmem")
        check_equal(done.returncode, 0, done.stdout[-3000:] + done.stderr[-2000:])


def test_what_is_switched_off_is_not_green():
    with Machine() as machine:
        done = machine.pytest("limits", "--ttmem-fail-on-leak", "-k", "within", env={"TTMEM_LEVEL": "off"})
        check_equal(done.returncode, 1, done.stdout[-3000:] + done.stderr[-2000:])
        check("inconclusive: tracking is off" in done.stdout, done.stdout[-3000:])


def test_above_its_baseline_a_test_fails():
    with Machine() as machine:
        baseline = machine.files / "peaks.json"
        options = ("--ttmem-baseline", baseline)
        done = machine.pytest("limits", *options)
        check("--ttmem-update-baseline writes one" in done.stderr, done.stdout, done.stderr)
        check_equal(machine.pytest("limits", "-k", "within or fixture", *options, "--ttmem-update-baseline", "-n", "2").returncode, 0)
        peaks = json.loads(baseline.read_text())
        check_equal(sorted(test.rsplit("_", 1)[1] for test in peaks), ["0", "5"])
        check_equal(machine.pytest("limits", "-k", "within or fixture", *options).returncode, 0)
        baseline.write_text(json.dumps({test: peak - 1 for test, peak in peaks.items() if "fixture" in test}))
        done = machine.pytest("limits", "-k", "within or fixture", *options)
        check("2 passed, 5 deselected, 1 error" in done.stdout and "1 B more than its baseline" in done.stdout, done.stdout[-3000:])
        check("1 test without a baseline" in done.stdout, done.stdout[-3000:])
