"""The pytest plugin: of a suite with planted leaks exactly those fail, in one process and under xdist."""
import json
import re
import xml.etree.ElementTree

from package import SUITES, Machine
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
            check("the test left 24.0 KiB of device memory in 1 allocation," in done.stdout, done.stdout[-3000:])
            check("ttnn.add" in done.stdout and "peaks of DRAM per chip" in done.stdout, done.stdout[-3000:])


def test_what_ttnn_keeps_with_a_program_is_no_leak_as_far_as_calls_tell():
    with Machine() as machine:
        wide = {"COLUMNS": "300"}
        done = machine.pytest("tables", "--ttmem-fail-on-leak", env=wide)
        check_equal(left_by(done), ["test_a_result_beside_it_leaks"], done.stdout[-4000:] + done.stderr[-2000:])
        check("in 2 allocations" in done.stdout and "inconclusive" not in done.stdout, done.stdout[-4000:])
        done = machine.pytest("tables", "--ttmem-fail-on-leak", "-k", "another_table", env=wide)
        check_equal(left_by(done), ["test_another_table_of_the_same_operation"], done.stdout[-4000:])
        check("inconclusive: it may belong to a program that was compiled" in done.stdout, done.stdout[-4000:])
        done = machine.pytest("tables", "--ttmem-fail-on-leak", "-k", "another_table", "--ttmem-repeat", "2", env=wide)
        check_equal(left_by(done), [], done.stdout[-4000:])


def test_in_ci_where_pytest_repeats_whole_messages_the_same_tests_fail():
    with Machine() as machine:
        done = machine.pytest("planted", "--ttmem-fail-on-leak", env={"CI": "true"})
        check_equal(outcome(done), ({55}, PLANTED), done.stdout[-3000:] + done.stderr[-2000:])
        errors, _, summary = done.stdout.partition("short test summary info")
        for part in (errors, summary):
            check_equal(part.count("the test left "), len(PLANTED), done.stdout[-6000:])


def left_by(done):
    """The names of the tests that are said to have left something."""
    return sorted(re.findall(r"^ERROR \S*::(\w+)\S* - the test left", done.stdout, re.MULTILINE))


def of_scope(scope):
    return {"DEVICE_SCOPE": scope, "COLUMNS": "300"}


def leaking(suite):
    """The names of tests that say that they leave something."""
    return sorted(re.findall(r"def (test_\w*leaks)\b", (SUITES / f"{suite}.py").read_text()))


def test_a_leak_is_found_before_fixtures_of_a_wider_scope_take_it_away():
    with Machine() as machine:
        for scope in ("class", "module", "session"):
            done = machine.pytest("scopes", "--ttmem-fail-on-leak", env=of_scope(scope))
            # Of a function outside of classes a fixture of class scope is one of the test itself.
            expected = [name for name in leaking("scopes") if scope != "class" or "of_the_module" not in name]
            check_equal(sorted(set(left_by(done))), expected, f"{scope}\n{done.stdout[-6000:]}")
            check("5 failed, 17 passed, 1 skipped" in done.stdout, done.stdout[-500:])
            check(re.search(r"ERROR \S+::test_is_in_error_at_setup", done.stdout), done.stdout[-500:])
            check(re.search(r"ERROR \S+::test_is_in_error_at_teardown", done.stdout), done.stdout[-500:])


def test_what_fixtures_of_the_test_take_away_is_no_leak():
    with Machine() as machine:
        done = machine.pytest("scopes", "--ttmem-fail-on-leak", env=of_scope("function"))
        check_equal(left_by(done), [], done.stdout[-6000:])


def test_the_last_test_of_a_scope_is_judged_with_every_other_plugin():
    with Machine() as machine:
        for options in (("-n", "2", "--dist", "loadscope"), ("--reruns", "1"), ("--ttmem-repeat", "3")):
            done = machine.pytest("scopes", "--ttmem-fail-on-leak", *options, env=of_scope("module"))
            check_equal(sorted(set(left_by(done))), leaking("scopes"), f"{options}\n{done.stdout[-6000:]}")


WIDER = ["setup_leaks", "teardown_leaks", "teardown_leaks", "teardown_class", "something", "with_parameter_leaks['small']", "of_package_leaks", "of_session_leaks"]


def failed_of(done):
    return sorted(set(re.findall(r"^FAILED \S*::(\w+)", done.stdout, re.MULTILINE)))


def failing(suite):
    """The names of tests that say that they fail."""
    return sorted(re.findall(r"def (test_\w*fails\w*)\b", (SUITES / f"{suite}.py").read_text()))


def told(done):
    """What each that is no test is said to have left, wherever that is told, but for `teardown_raises` where that is not sure: the device was closed before
    pytest had let go of what was raised."""
    unsure = r"^the fixture `teardown_raises` .*, unless only what its teardown raised held it$"
    found = re.findall(r"^(?:the fixture `(.+?)`|`setup_class` or `(\w+)`|(something)) .*left 24.0 KiB", re.sub(unsure, "", done.stdout, flags=re.MULTILINE), re.MULTILINE)
    return sorted("".join(names) for names in found)


def test_what_a_fixture_of_a_wider_scope_leaves_is_told_once_with_its_name():
    with Machine() as machine:
        for options in ((), ("-n", "2", "--dist", "loadscope"), ("-p", "no:rerunfailures")):
            done = machine.pytest("wider", "--ttmem-fail-on-leak", *options, env={"COLUMNS": "300"})
            check_equal(told(done), sorted(WIDER), f"{options}\n{done.stdout[-6000:]}")
            check_equal(left_by(done), [], done.stdout[-3000:])
            wrong = set(re.findall(r"^ERROR \S*::(\w+::\w+)", done.stdout, re.MULTILINE))
            expected = {f"Test{name}::test_has_the_error" for name in ("Setup", "Teardown", "Skips", "OfTheClass")}
            expected |= {"TestBroken::test_is_in_error_at_setup", "TestBrokenTeardown::test_is_in_error_at_teardown"}
            check_equal(wrong, expected, done.stdout[-3000:])
            check_equal(done.returncode, 1)


def test_without_a_leak_fixtures_of_a_wider_scope_are_green():
    with Machine() as machine:
        for options in ((), ("-n", "2"), ("--reruns", "1"), ("--ttmem-repeat", "2")):
            done = machine.pytest("wider", "--ttmem-fail-on-leak", "-k", "TestClean", *options)
            check_equal((told(done), left_by(done)), ([], []), done.stdout[-3000:])
            check("1 failed, 1 passed, 1 skipped" in done.stdout, done.stdout[-500:])


def test_a_fixture_that_the_end_of_the_session_tears_down_is_judged():
    with Machine() as machine:
        for way in ("exit", "failure", "last"):
            done = machine.pytest("stops", "--ttmem-fail-on-leak", "-x", "-k", "not and_ends", env={"STOPS_BY": way})
            check_equal(told(done), ["leaks"], done.stdout[-3000:])
            check_equal(done.returncode, 1, done.stdout[-3000:])


def test_what_a_test_left_that_ended_the_session_is_told():
    with Machine() as machine:
        done = machine.pytest("stops", "--ttmem-fail-on-leak", "-k", "leaves_and_ends")
        outside = done.stdout.partition("device memory left outside of tests")[2]
        check("leaves_and_ends_the_session` was cut short: the test left 24.0 KiB of device memory in 1 allocation" in outside, done.stdout[-3000:])
        check_equal(done.returncode, 1, done.stdout[-3000:])
        done = machine.pytest("stops", "--ttmem-fail-on-leak", "-k", "is_clean_and_ends")
        check("device memory left" not in done.stdout and "enough of" in done.stdout, done.stdout[-3000:])
        check_equal(done.returncode, 0, done.stdout[-3000:])


def test_what_a_test_left_that_ended_a_worker_is_told_once():
    with Machine() as machine:
        for code, ended in (("2", 2), ("0", 3)):  # with 0 xdist ends in an error of its own, without a summary
            done = machine.pytest("stops", "--ttmem-fail-on-leak", "-k", "leaves_and_ends", "-n", "2", env={"STOPS_CODE": code})
            check_equal(done.stdout.count("leaves_and_ends_the_session` was cut short: the test left 24.0 KiB"), 1, done.stdout[-3000:])
            check_equal(done.returncode, ended, done.stdout[-3000:])


def told_of_leaks(done):
    """The names of the tests of which an error says that they left something, beside what else it says."""
    errors = re.split(r"^_+ ERROR at (?:setup|teardown) of (?:\w+\.)?(\w+)\S* _+$", done.stdout.partition("short test summary info")[0], flags=re.MULTILINE)
    return sorted({name for name, text in zip(errors[1::2], errors[2::2]) if re.search("^the test left", text, re.MULTILINE)})


WAYS = ((), ("-n", "2"), ("--ttmem-repeat", "2"), ("-p", "no:rerunfailures"), ("--reruns", "1"), ("--showlocals", "--capture=no", "-p", "no:logging"))


def test_what_pytest_alone_holds_is_no_leak():
    with Machine() as machine:
        for options in WAYS:
            done = machine.pytest("raised", "--ttmem-fail-on-leak", *options, env={"COLUMNS": "300"})
            check_equal(told_of_leaks(done), leaking("raised"), f"{options}\n{done.stdout[-6000:]}")
            check_equal(failed_of(done), failing("raised"), f"{options}\n{done.stdout[-6000:]}")


def test_what_the_program_keeps_in_whatever_way_is_a_leak():
    with Machine() as machine:
        for options in WAYS:
            done = machine.pytest("keeps", "--ttmem-fail-on-leak", *options, env={"COLUMNS": "300"})
            check_equal(told_of_leaks(done), leaking("keeps"), f"{options}\n{done.stdout[-6000:]}")
            check_equal(failed_of(done), failing("keeps"), f"{options}\n{done.stdout[-6000:]}")


def test_with_call_stacks_an_error_has_the_line_and_without_it_says_how():
    with Machine() as machine:
        done = machine.pytest("planted", "--ttmem-fail-on-leak", "-k", "7", env={"TTMEM_LEVEL": "stacks"})
        line = 1 + next(number for number, text in enumerate((SUITES / "planted.py").read_text().splitlines()) if "result = ttnn.add" in text)
        check(re.search(rf"dram  ttnn.add  .*suites/planted.py:{line} in test_model$", done.stdout, re.MULTILINE), done.stdout[-3000:])
        check("TTMEM_LEVEL=stacks" not in done.stdout, done.stdout[-3000:])
        done = machine.pytest("planted", "--ttmem-fail-on-leak", "-k", "7")
        check("with TTMEM_LEVEL=stacks in the environment" in done.stdout and " in test_model\n" not in done.stdout, done.stdout[-3000:])
        check_equal(len(re.findall(r"dram  ttnn.add", done.stdout)), 1, done.stdout[-3000:])


def test_cases_of_unittest_are_judged_before_their_class_is_torn_down():
    with Machine() as machine:
        done = machine.pytest("cases", "--ttmem-fail-on-leak", env={"COLUMNS": "300"})
        check_equal(left_by(done), leaking("cases"), done.stdout[-6000:])
        check("1 failed, 4 passed, 2 errors" in done.stdout, done.stdout[-500:])
        told = "Leaking::test_4_has_the_error - `setUpClass` or `tearDownClass` of cases.py::Leaking left 24.0 KiB"
        check(told in done.stdout, done.stdout[-3000:])


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


def test_what_only_an_error_of_the_teardown_may_hold_is_told_with_that_where_the_device_is_closed_before_it_is_known():
    with Machine() as machine:
        for number, (test, what) in enumerate((("TestBrokenTeardown", "the fixture `teardown_raises` of wider.py::TestBrokenTeardown (scope class)"),
                                               ("TestFirst and error_at_teardown", "the test"))):
            done = machine.pytest(("wider", "scopes")[number], "--ttmem-fail-on-leak", "-k", test, env=of_scope("module"))
            check_equal(done.stdout.count(f"{what} left 24.0 KiB of device memory in 1 allocation, summed over chips, unless only what its teardown raised held it\n"), 1,
                        done.stdout[-3000:])
            check(", 1 error" in done.stdout and done.returncode == 1, done.stdout[-500:])


def test_what_any_run_of_a_test_that_is_run_again_left_is_an_error():
    with Machine() as machine:
        for options in ((), ("-n", "1")):
            done = machine.pytest("flaky", "--ttmem-fail-on-leak", "--reruns", "2", *options)
            wrong = re.findall(r"^(?:ERROR|FAILED) .*::(\w+)", done.stdout, re.MULTILINE)
            check_equal(wrong, ["test_leaves_each_time_1", "test_leaves_once_2", "test_leaves_once_and_fails_3"], done.stdout[-4000:] + done.stderr[-2000:])
            check(" rerun" in done.stdout, done.stdout[-600:])
            check_equal(done.stdout.count("in 3 allocations"), 1, done.stdout[-4000:])
            check_equal(done.returncode, 1)


def test_on_github_each_leak_is_an_annotation_at_its_test():
    with Machine() as machine:
        outside = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(SUITES.parents[1])}
        for options in ((), ("-n", "2")):
            done = machine.pytest("planted", "--ttmem-fail-on-leak", "-k", "7 or 40 or 8", *options, env=outside)
            said = sorted(set(re.findall(r"^::error file=(\S+),line=(\d+),title=device memory of (\S+)::the test left 24.0 KiB.*%0A", done.stdout, re.MULTILINE)))
            line = 1 + next(number for number, text in enumerate((SUITES / "planted.py").read_text().splitlines()) if "parametrize" in text)
            check_equal(said, [("python/suites/planted.py", str(line), f"test_model[{number}]") for number in (40, 7)], done.stdout[-3000:])
        done = machine.pytest("planted", "--ttmem-fail-on-leak", "-k", "40", env={"GITHUB_ACTIONS": ""})
        check("::error" not in done.stdout, done.stdout[-3000:])


def test_peaks_are_properties_in_junit_files():
    with Machine() as machine:
        for options in ((), ("-n", "2")):
            file = machine.files / "junit.xml"
            machine.pytest("limits", "--ttmem", "-k", "within or above or skipped", "--junitxml", file, *options)
            peaks = {}
            for case in xml.etree.ElementTree.parse(file).iter("testcase"):
                for found in case.iter("property"):
                    check_equal(found.get("name"), "ttmem_peak_bytes")
                    peaks[case.get("name")] = int(found.get("value"))
            check_equal(sorted(peaks), ["test_above_1", "test_above_2", "test_skipped_6", "test_within_0"])
            check(peaks["test_above_1"] >= 2 << 20 > peaks["test_within_0"] >= 512 << 10, peaks)


def test_the_hungriest_tests_are_listed_first():
    with Machine() as machine:
        done = machine.pytest("limits", "--ttmem", "--ttmem-summary", "2", "-k", "within or above or fixture")
        listed = re.findall(r"^ +[\d.]+ [KM]iB +(?:\S+::)?(test_\w+)", done.stdout.split("peaks of DRAM per chip")[1], re.MULTILINE)
        check_equal(listed, ["test_above_1", "test_within_0"], done.stdout[-2000:])


def test_a_default_limit_holds_for_all_tests_without_a_marker():
    with Machine() as machine:
        done = machine.pytest("limits", "--ttmem-limit", "100 KiB", "-k", "within or little or fixture")
        wrong = {int(number) for number in re.findall(r"^ERROR .*::test_\w+_(\d)\b", done.stdout, re.MULTILINE)}
        check_equal(wrong, {5}, done.stdout[-4000:])


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
        check_equal(machine.pytest("limits", "-k", "within", *options, "--ttmem-update-baseline").returncode, 0)
        check_equal(json.loads(baseline.read_text()), peaks, "those of tests that were not run are kept")
        baseline.write_text(json.dumps({test: peak - 1 for test, peak in peaks.items() if "fixture" in test}))
        done = machine.pytest("limits", "-k", "within or fixture", *options)
        check("2 passed, 5 deselected, 1 error" in done.stdout and "1 B more than its baseline" in done.stdout, done.stdout[-3000:])
        check("1 test without a baseline" in done.stdout, done.stdout[-3000:])


def test_under_ttmem_run_the_summary_says_what_pytest_told():
    with Machine() as machine:
        for suite, expected in (("planted", len(PLANTED)), ("nothing", 0)):
            done = machine.run("ttmem", "run", "--", machine.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", SUITES,
                               "--ttmem-fail-on-leak", SUITES / f"{suite}.py", cwd=machine.files, env=machine.mocking())
            told = re.findall(r"pytest: (\d+) tests left device memory, which its report names", done.stderr)
            check_equal(told, [str(expected)] * bool(expected), done.stderr[-3000:])
