"""A gate is green only when it has judged: with --fail-on-leak, 12 says that something could not be called leaked or not."""
import os
import re

from scenario import BIN, check, check_equal, document_of, scene

STEPS = BIN / "scenario-steps"
MIB = 1 << 20


def gate(s, how, left, code, *options):
    """A gate around `scenario-steps`: its report, and what it said. `leaks --fail-on-leak` must be of the same opinion."""
    path = s.files / "report.json"
    done = s.ttmem("run", "--fail-on-leak", "--report", path, *options, "--", STEPS, how, left, code=code)
    report = document_of(path.read_text())
    check_equal(report["exit_code"], code)
    check_equal([report["coverage"]["complete"], report["judgement"]["complete"]], [True, code != 12],
                f"{how} {left}: all was seen, and judged: {report['judgement']['notes']}")
    known = s.json("leaks", "--fail-on-leak", "--run", report["run_id"], code=code)
    for judgement in (known["judgement"], report["judgement"]):
        del judgement["notes"]  # only the run knows what --iterations-by asked for
    check_equal(known["judgement"], report["judgement"], f"{how} {left}: leaks of it")
    check_equal(len(known["items"]), len(report["leaks"]))
    if code == 12:
        check("ttmem: inconclusive: " in done.stderr and "left after the end: nothing" not in done.stderr, done.stderr)
    return report, done.stderr


def test_what_leaks_every_step_is_not_green_because_the_device_was_closed():
    with scene() as s:
        report, said = gate(s, "unmarked", "leaks", 12)
        check_equal(report["verdicts"]["released_by_close_bytes_all_chips"], 5 * MIB)
        check("no iterations were marked, so nothing can be called leaked\nttmem:   closing the device, or the program's end, "
              "released 5 allocations, 5.00 MiB (test.exp 5)\n" in said, said)
        check("--iterations-by OPNAME" in said and "test.relu, test.exp ran all the time" in said, said)


def test_what_leaves_nothing_before_its_close_is_green_without_iterations():
    with scene() as s:
        for how in ("unmarked", "once", "within", "child", "thread"):
            gate(s, how, "nothing", 0)
        gate(s, "unmarked", "late", 0)


def test_marked_iterations_tell_a_leak_from_none():
    with scene() as s:
        for how, options in (("marked", []), ("operations", ["--iterations-by", "test.zeros"])):
            gate(s, how, "leaks", 10, *options)
            gate(s, how, "nothing", 0, *options)


def test_a_list_that_dies_before_the_close_leaked_all_the_same():
    with scene() as s:
        for how, options in (("marked", []), ("operations", ["--iterations-by", "test.zeros"])):
            report, said = gate(s, how, "list", 10, *options)
            check_equal([report["leaks"], [(o["op"], o["certainty"]) for o in report["accumulated"]]],
                        [[], [("test.exp", "certain")]], f"{how}: nothing is left, and yet it leaked")
            check("leaked and freed later: `test.exp`, 1.00 MiB an iteration in dram" in said, said)
            check("left after the end: nothing" not in said, said)
            known = s.json("leaks", "--run", report["run_id"])
            check_equal(known["accumulated"], report["accumulated"], "`leaks` afterward")
        _, said = gate(s, "unmarked", "list", 12)
        check("no iterations were marked, so nothing can be called leaked\nttmem:   5 allocations, 5.00 MiB, were freed only "
              "when nearly all work was done (test.exp 5)\n" in said, said)


def test_a_list_that_dies_is_seen_by_every_command():
    with scene() as s:
        capture = s.recorded(STEPS, "marked", "list", code=10, options=["--fail-on-leak"])
        for command in (["leaks", "--fail-on-leak"], ["growth", "--fail-on-growth"], ["check", "--leaks", "0"]):
            s.ttmem(*command[:1], capture, *command[1:], code=10)
        held = s.json("peak", capture)["peaks"][0]["moment"]
        check(held["parts"]["leaked"]["allocations"] > 0, held["parts"])


def test_without_history_a_gate_is_not_green():
    with scene() as s:
        for left, code in (("list", 12), ("nothing", 12), ("leaks", 10)):
            done = s.ttmem("run", "--fail-on-leak", "--", STEPS, "marked", left, code=code, env={"TTMEM_LEVEL": "counts"})
            check("recorded no history (TTMEM_LEVEL=counts)" in done.stderr, done.stderr)


def test_where_no_file_can_be_made_for_the_history_the_rings_tell():
    with scene() as s:
        for how, left, code in (("marked", "nothing", 0), ("marked", "list", 10), ("unmarked", "nothing", 0), ("unmarked", "list", 12)):
            s.ttmem("run", "--fail-on-leak", "--", STEPS, how, left, code=code, env={"TMPDIR": "/nowhere"})


def test_no_file_is_left_of_the_history_that_a_gate_keeps():
    with scene() as s:
        s.ttmem("run", "--fail-on-leak", "--", STEPS, "marked", "list", code=10, env={"TMPDIR": str(s.files)})
        check_equal(list(s.files.iterdir()), [])


def test_an_operation_that_never_ran_marks_nothing_and_the_one_that_was_meant_is_named():
    with scene() as s:
        for typo, meant in (("test.zeroes", "test.zeros"), ("exp", "test.exp")):
            _, said = gate(s, "operations", "leaks", 12, "--iterations-by", typo)
            check(f"the operation `{typo}` never ran" in said and f"did you mean `{meant}`?" in said, said)
        _, said = gate(s, "operations", "leaks", 12, "--iterations-by", "nothing.like.it")
        check("never ran" in said and "test.relu, test.exp ran all the time" in said, said)
        path = s.files / "report.json"
        said = s.ttmem("run", "--fail-on-leak", "--report", path, "--iterations-by", "nothing.like.it", "--", STEPS, "operations",
                       "nothing", code=12).stderr
        check("ran all the time" in said, "also where nothing was left:", said)
        said = s.ttmem("run", "--fail-on-leak", "--report", path, "--iterations-by", "test.zeroes", "--", STEPS, "operations",
                       "nothing", code=12).stderr
        check("iterations seen: none; the operation `test.zeroes` never ran; did you mean `test.zeros`?" in said, said)


def test_one_iteration_alone_judges_nothing():
    with scene() as s:
        _, said = gate(s, "once", "leaks", 12)
        check("no iteration ended" in said, said)
        _, said = gate(s, "once", "leaks", 12, "--iterations-by", "test.exp")
        check("iterations seen: 1, 1 of them not ended" in said, said)


def test_a_device_that_is_closed_inside_an_iteration_hides_its_leaks():
    with scene() as s:
        _, said = gate(s, "within", "leaks", 12)
        check("devices were closed in the middle of iterations" in said, said)


def test_iterations_of_one_process_judge_nothing_of_its_child():
    with scene() as s:
        gate(s, "child", "leaks", 12)


def test_work_outside_of_iterations_is_not_judged_by_them():
    with scene() as s:
        for how in ("thread", "after"):
            _, said = gate(s, how, "leaks", 12)
            check("not all work was in iterations" in said, how, said)


def test_what_stood_before_the_first_iteration_was_set_up():
    with scene() as s:
        gate(s, "setup", "nothing", 0)
        gate(s, "setup", "leaks", 10)


def test_of_a_running_process_without_iterations_nothing_is_called_free_of_leaks():
    with scene() as s:
        process = s.start(STEPS, "held", "leaks")
        check_equal(process.stdout.readline().split()[:1], ["ready"])
        done = s.ttmem("leaks", "--fail-on-leak", "--pid", process.pid, code=12)
        check(done.stdout.startswith("Inconclusive") and "seen, running." in done.stdout and "5 allocations, 5.00 MiB are in use now" in done.stdout, done.stdout)
        check("at its end" not in done.stdout, done.stdout)
        process.communicate(timeout=60)


def test_ledgers_of_a_run_that_are_gone_are_missed():
    with scene() as s:
        path = s.files / "report.json"
        s.ttmem("run", "-q", "--report", path, "--", BIN / "scenario-workers", "one-by-one", 6, 2)
        run = document_of(path.read_text())["run_id"]
        known = s.json("leaks", "--fail-on-leak", "--run", run, code=10)
        check_equal([len(known["items"]), known["coverage"]["complete"]], [1, True], "all are there:")
        leaker = known["items"][0]["pid"]
        for item in s.json("ps", "--dead")["items"]:
            if item["pid"] == leaker:
                os.unlink(item["ledger_path"])
        known = s.json("leaks", "--fail-on-leak", "--run", run, code=12)
        check_equal(known["items"], [])
        check("1 ledger of this run removed since" in " ".join(known["coverage"]["notes"]), known["coverage"])
        for end in s.ledgers.glob("*.ended"):
            end.unlink()
        known = s.json("leaks", "--fail-on-leak", "--run", run, code=12)
        check("is not known" in " ".join(known["coverage"]["notes"]), known["coverage"])


def test_a_run_that_saw_not_everything_is_not_complete_later():
    with scene() as s:
        path = s.files / "report.json"
        s.ttmem("run", "-q", "--report", path, "--", BIN / "scenario-workers", "damage", 3, 1)
        report = document_of(path.read_text())
        check_equal(report["coverage"]["complete"], False)
        kept = {item["ledger_path"] for item in s.json("ps", "--dead", code=None)["items"]}
        for ledger in s.ledgers.glob("*.ledger"):
            if str(ledger) not in kept:
                ledger.unlink()
        known = s.json("leaks", "--fail-on-leak", "--run", report["run_id"], code=12)
        check("`ttmem run` itself could not see all" in " ".join(known["coverage"]["notes"]), known["coverage"])


def test_who_asks_for_a_process_whose_ledger_gave_way_learns_that():
    with scene() as s:
        path = s.files / "report.json"
        s.ttmem("run", "-q", "--report", path, "--", BIN / "scenario-workers", "one-by-one", 1, 0)
        run = document_of(path.read_text())["run_id"]
        (gone,) = [item["pid"] for item in s.json("leaks")["items"]]
        for ledger in s.ledgers.glob("*.ledger"):
            os.utime(ledger, ns=(1, 1))  # seen dead long ago
        s.ttmem("run", "-q", "--", BIN / "scenario-workers", "one-by-one", 1, -1)
        for command in ("leaks", "buffers", "status", "peak"):
            done = s.ttmem(command, "--pid", gone, code=3)
            check(re.search(rf"process {gone} has ended, and was last heard of at 20.*Z; its ledger was removed at 20.*Z to make room", done.stderr), done.stderr)
            check("ttmem run -o FILE" in done.stderr, done.stderr)
        known = s.json("leaks", "--pid", gone, code=3)
        check(f"process {gone} has ended" in known["coverage"]["notes"][0] and not known["coverage"]["complete"], known["coverage"])
        done = s.ttmem("leaks", "--run", run, code=3)
        check(re.search(rf"of run {run} had ended at 20.*Z; what they left was removed since", done.stderr), done.stderr)


def test_removed_ledgers_make_an_answer_about_all_processes_incomplete():
    with scene() as s:
        s.ttmem("run", "-q", "--", BIN / "scenario-workers", "one-by-one", 3, -1)
        s.ttmem("leaks", "--fail-on-leak")
        for ledger in s.ledgers.glob("*.ledger"):
            os.utime(ledger, ns=(1, 1))  # seen dead long ago
        s.ttmem("run", "-q", "--", BIN / "scenario-workers", "one-by-one", 1, -1)
        done = s.ttmem("leaks", "--fail-on-leak", code=12)
        check("older ledgers of ended processes removed" in done.stdout, done.stdout)


def test_the_next_command_names_what_is_there():
    with scene() as s:
        done = s.ttmem("run", "--", STEPS, "marked", "leaks")
        pid = s.json("leaks")["items"][0]["pid"]
        check(f"ttmem: next: ttmem leaks --pid {pid}\n" in done.stderr, done.stderr)
        done = s.ttmem("run", "--", "sh", "-c", f"{STEPS} marked leaks; {STEPS} marked leaks; echo $TTMEM_RUN")
        check(f"ttmem: next: ttmem leaks --run {done.stdout.strip()}\n" in done.stderr, done.stderr)
        done = s.ttmem("run", "--", STEPS, "marked", "nothing")
        check("next:" not in done.stderr, done.stderr)
