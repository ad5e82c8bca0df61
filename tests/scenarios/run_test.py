"""`ttmem run` follows a program to its end: exit codes, signals, descendants, the report."""
import os
import re
import signal
import sys

from scenario import BIN, SIM, check, check_equal, document_of, figures_of, process_state, scene, wait_until

DRIVER = BIN / "scenario-driver"
MIB = 1 << 20


def report_of(s, *command, options=(), code=0, **more):
    """Runs `command` under ttmem run; gives its report, and what was printed."""
    path = s.files / "report.json"
    done = s.ttmem("run", "--report", path, *options, "--", *command, code=code, **more)
    return document_of(path.read_text()), done


def test_the_exit_code_is_the_childs():
    with scene() as s:
        for number in (0, 1, 42, 255):
            report, _ = report_of(s, DRIVER, "clean", number, code=number)
            check_equal(report["exit_code"], number)


def test_the_exit_code_is_the_childs_without_tracking_too():
    with scene() as s:
        s.ttmem("run", "--", "sh", "-c", "exit 5", code=5)


def test_a_child_that_dies_of_a_signal_is_seen_to():
    with scene() as s:
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV):
            report, _ = report_of(s, DRIVER, "raise", int(number), code=-number)
            check_equal([report["exit_code"], report["child_signal"]], [128 + number, int(number)])


def test_a_program_that_does_not_exist_gives_127():
    with scene() as s:
        done = s.ttmem("run", "--", s.files / "nothing-here", code=127)
        check("nothing-here" in done.stderr, done.stderr)


def test_a_program_that_may_not_be_executed_gives_126():
    with scene() as s:
        path = s.files / "plain"
        path.write_text("no program\n")
        path.chmod(0o600)
        done = s.ttmem("run", "--", path, code=126)
        check("plain" in done.stderr, done.stderr)


def test_leaks_alone_do_not_change_the_exit_code():
    with scene() as s:
        report, _ = report_of(s, DRIVER, "leave", 0, code=0)
        check_equal(len(report["leaks"]), 1, "leaks:")


def test_fail_on_leak_gives_10():
    with scene() as s:
        _, done = report_of(s, DRIVER, "leave", 0, options=["--fail-on-leak"], code=10)
        check("ttmem: exit code 10: --fail-on-leak, " in done.stderr, done.stderr)


def test_fail_on_leak_lets_a_clean_run_pass():
    with scene() as s:
        report_of(s, DRIVER, "clean", 0, options=["--fail-on-leak"], code=0)


def test_the_childs_own_failure_wins_over_its_leaks():
    with scene() as s:
        report_of(s, DRIVER, "leave", 3, options=["--fail-on-leak"], code=3)


def test_fail_on_leak_is_inconclusive_when_something_could_not_be_recorded():
    with scene() as s:
        done = s.ttmem("run", "--fail-on-leak", "--", DRIVER, "full", 500, code=12, env={"TTMEM_LEDGER_SLOTS": "64"})
        check("ttmem: exit code 12: --fail-on-leak, whether something leaked cannot be told" in done.stderr, done.stderr)
        check("437" in done.stderr, "how many were not recorded:", done.stderr)


def test_the_report_has_what_was_held_at_the_end():
    with scene() as s:
        report, _ = report_of(s, DRIVER, "leave", 0)
        check_equal(report["verdicts"]["held_at_exit_bytes_all_chips"], MIB, "held at exit:")
        others = {name: bytes for name, bytes in report["verdicts"].items() if name != "held_at_exit_bytes_all_chips" and bytes}
        check_equal(others, {}, "and nothing else:")
        check_equal([item["requested_bytes"] for item in report["leaks"]], [MIB])


def test_the_report_of_a_mesh_test_has_its_peaks_and_no_leak():
    with scene() as s:
        report, _ = report_of(s, SIM, "mesh-test", "--machine", "t3000")
        check_equal(report["leaks"], [])
        check_equal(len(report["chips"]), 8, "chips:")
        for chip in report["chips"]:
            dram = chip["pools"]["dram"]
            check_equal([dram["requested_bytes"], dram["peak_requested_bytes"], dram["peak_reserved_bytes"],
                         dram["peak_exact"]], [0, 14716928, 14794752, True])


def test_the_child_gets_a_run_id_of_128_bits_and_history():
    with scene() as s:
        script = 'echo "$TTMEM_RUN $TTMEM_LEVEL $TTMEM_HISTORY_BYTES"'
        words = s.ttmem("run", "--", "sh", "-c", script).stdout.split()
        check(re.fullmatch("[0-9a-f]{32}", words[0]), words)
        check_equal(words[1:], ["events", str(4 << 20)])


def test_each_run_has_an_id_of_its_own():
    with scene() as s:
        ids = {s.ttmem("run", "--", "sh", "-c", "echo $TTMEM_RUN").stdout.split()[0] for _ in range(3)}
        check_equal(len(ids), 3)


def test_processes_of_other_runs_are_not_in_the_report():
    with scene() as s:
        s.driver("hold")
        report, _ = report_of(s, DRIVER, "clean", 0)
        check_equal(figures_of(report["chips"]), {}, "the other process's 1 MiB:")


def test_term_int_and_hup_are_forwarded():
    with scene() as s:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            script = "import signal,sys,time\n" \
                     f"signal.signal({int(number)}, lambda *_: sys.exit(33))\n" \
                     "print('set', flush=True)\ntime.sleep(60)"
            process = s.start(BIN / "ttmem", "run", "--", sys.executable, "-c", script, start_new_session=True)
            check_equal(process.stdout.readline().strip(), "set")
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            check_equal(process.returncode, 33, f"{number}: {errors}")


def test_a_descendant_that_lives_on_is_listed_as_still_running():
    with scene() as s:
        path = s.files / "report.json"
        process = s.start(BIN / "ttmem", "run", "--report", path, "--", DRIVER, "orphan")
        orphan = int(process.stdout.readline().split()[1])
        try:
            process.wait(timeout=30)
            errors = process.stderr.read()
            check_equal(process.returncode, 0, errors)
            check(str(orphan) in errors and "still running" in errors, "told by pid:", errors)
            check(process_state(orphan) not in ("", "Z"), "and left alone")
            report = document_of(path.read_text())
            check_equal([item["requested_bytes"] for item in report["leaks"] if item["pid"] == orphan], [])
        finally:
            os.kill(orphan, signal.SIGKILL)


def test_grandchildren_belong_to_the_run():
    with scene() as s:
        report, _ = report_of(s, "sh", "-c", f'sh -c "{DRIVER} leave 0"; exit 4', code=4)
        check_equal([item["requested_bytes"] for item in report["leaks"]], [MIB])


def test_output_and_input_of_the_child_are_its_own():
    with scene() as s:
        process = s.start(BIN / "ttmem", "run", "--", "cat")
        output, _ = process.communicate("one line\n", timeout=30)
        check_equal(output, "one line\n", "stdout holds nothing but the child's:")


def test_an_interrupted_wait_leaves_no_child_behind():
    with scene() as s:
        process = s.start(BIN / "ttmem", "run", "--", "sh", "-c", "echo $$; exec sleep 60", start_new_session=True)
        child = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        check_equal(process.returncode, -signal.SIGTERM)
        wait_until(lambda: process_state(child) == "", "the child is gone")


def test_a_run_without_a_command_is_a_usage_error():
    with scene() as s:
        s.ttmem("run", code=2)
        s.ttmem("run", "--no-such-option", "--", "true", code=2)


def test_what_was_held_one_after_the_other_was_not_in_use_at_one_time():
    with scene() as s:
        report, done = report_of(s, "sh", "-c", f"{DRIVER} leave 0; {DRIVER} leave 0; {DRIVER} leave 0")
        (chip,) = report["chips"]
        dram = chip["pools"]["dram"]
        each = dram["reserved_bytes"] // 3  # held at their ends
        check(each >= MIB, dram)
        check_equal([dram["peak_reserved_bytes"], dram["peak_reserved_bytes_max"], dram["peak_exact"]], [each, each, True],
                    "no two lived at one time")
        check("dram 1.00 MiB of" in done.stderr, done.stderr)
