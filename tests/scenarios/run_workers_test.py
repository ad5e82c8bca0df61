"""`ttmem run` reads every process of its run, whatever their number, or says that it did not."""
import itertools
import json

from scenario import BIN, FULL, check, check_equal, no_large_files, scene

WORKERS = BIN / "scenario-workers"
MIB = 1 << 20


def run_workers(s, how, count, worker, code, **more):
    path = s.files / "report.json"
    s.ttmem("run", "-q", "--fail-on-leak", "--report", path, "--", WORKERS, how, count, worker, code=code, **more)
    return json.loads(path.read_text())


def check_leak(s, how, count, leaker):
    report = run_workers(s, how, count, leaker, code=10)
    what = f"{how}, {count} workers, number {leaker} leaks:"
    check_equal([len(report["processes"]), [item["requested_bytes"] for item in report["leaks"]],
                 report["verdicts"]["leaked_bytes_all_chips"], report["coverage"]["complete"]], [count, [MIB], MIB, True], what)


def test_whoever_leaks_of_however_many_at_once():
    with scene() as s:
        counts = range(1, 65) if FULL else (1, 2, 3, 7, 15, 16, 17, 32, 64)
        for count in counts:
            for leaker in range(count) if FULL else sorted({0, count // 2, count - 1}):
                check_leak(s, "at-once", count, leaker)


def test_two_hundred_at_once():
    with scene() as s:
        check_leak(s, "at-once", 200, 137)


def test_a_thousand_short_ones():
    with scene() as s:
        check_leak(s, "one-by-one", 1000, 500)


def test_a_thousand_clean_ones_are_all_counted():
    with scene() as s:
        report = run_workers(s, "one-by-one", 1000, -1, code=0)
        check_equal([len(report["processes"]), report["leaks"], report["coverage"]["complete"]], [1000, [], True])
        peaks = {chip["pools"]["dram"]["peak_requested_bytes"] for chip in report["chips"]}
        check(all(peak >= MIB for peak in peaks), "the peak of the chip:", peaks)


def test_few_descriptors_are_enough_for_many_ended_processes():
    def few():
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with scene() as s:
        report = run_workers(s, "one-by-one", 150, 75, code=10, preexec_fn=few)
        check_equal(len(report["processes"]), 150)


def test_with_too_few_descriptors_for_those_that_live_nothing_is_green_unseen():
    """What cannot be opened while it lives is read when it has ended; what has not been read is said."""
    def few():
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
    with scene() as s:
        for leaker in (0, 59):
            report = run_workers(s, "at-once", 60, leaker, code=None, preexec_fn=few)
            if report["coverage"]["complete"]:
                check_equal([len(report["processes"]), report["exit_code"]], [60, 10])
            else:
                check(report["exit_code"] in (10, 12), "not green:", report["exit_code"])


def test_a_ledger_that_becomes_unreadable_makes_it_inconclusive():
    with scene() as s:
        for count, damager in itertools.chain(((1, 0), (3, 1), (20, 10))):
            report = run_workers(s, "damage", count, damager, code=12)
            check_equal([len(report["processes"]), report["coverage"]["complete"]], [count - 1, False])
            check(any(".ledger" in note for note in report["coverage"]["notes"]), "it is named:",
                  report["coverage"]["notes"])


def test_a_worker_that_finds_no_room_is_named_and_never_green():
    with scene() as s:
        report = run_workers(s, "one-by-one", 3, -1, code=12, preexec_fn=no_large_files)
        check_equal(report["processes"], [])
        notes = " ".join(report["coverage"]["notes"])
        check("recorded nothing: its ledger needs a file of" in notes and "ulimit -f" in notes, notes)
        check("recorded nothing: its ledger needs a file of" in s.ttmem("doctor", code=None).stdout, "by doctor, too")


def nested_reports(s, depth, code):
    """Reports of `depth` runs, each within the next: the innermost first. One of two workers leaks."""
    paths = [s.files / f"report{number}.json" for number in range(depth)]
    words = [WORKERS, "one-by-one", 2, 1]
    for path in paths:
        words = [BIN / "ttmem", "run", "-q", "--fail-on-leak", "--report", path, "--", *words]
    done = s.run(*words)
    check_equal(done.returncode, code, done.stderr)
    left = [file.name for file in s.ledgers.iterdir() if not file.name.endswith((".ledger", ".ended"))]
    check_equal(left, [], "nothing but ledgers and words of ended runs is left:")
    return [json.loads(path.read_text()) for path in paths]


def figures_of_run(report):
    return [len(report["processes"]), [item["requested_bytes"] for item in report["leaks"]],
            report["verdicts"]["leaked_bytes_all_chips"], report["coverage"]["complete"]]


def test_a_run_sees_the_processes_of_runs_within_it():
    with scene() as s:
        reports = nested_reports(s, 3, code=10)
        for report in reports:
            check_equal(figures_of_run(report), [2, [MIB], MIB, True])
            known = s.json("leaks", "--run", report["run_id"])
            check_equal(len(known["items"]), 1, "leaks --run finds it, too:")
        check_equal(len({report["run_id"] for report in reports}), 3, "runs")


def test_a_run_does_not_see_what_runs_beside_it():
    with scene() as s:
        reports = [s.files / "inner.json", s.files / "outer.json"]
        leaky, clean = f"{WORKERS} one-by-one 1 0", f"{WORKERS} one-by-one 3 -1"
        inner = f"{BIN}/ttmem run -q --report {reports[0]} -- {clean}"
        s.ttmem("run", "-q", "--report", reports[1], "--", "sh", "-c", f"{leaky}; {BIN}/ttmem run -q -- {leaky}; {inner}")
        reports = [json.loads(path.read_text()) for path in reports]
        check_equal(figures_of_run(reports[0]), [3, [], 0, True])
        check_equal(figures_of_run(reports[1]), [5, [MIB, MIB], 2 * MIB, True])


def test_a_run_sees_a_run_within_it_whose_environment_was_taken_or_changed():
    with scene() as s:
        path, leaky = s.files / "report.json", f"{BIN.resolve()}/ttmem run -q -- {WORKERS.resolve()} one-by-one 2 1"
        taken = "".join(f" {name}={s.environment[name]}" for name in ("LD_PRELOAD", "TTMEM_TEST_ALONE") if name in s.environment)
        for changed, seen in ((f"env -i{taken} TTMEM_DIR={s.ledgers}", True), (f"env TTMEM_RUN={'7' * 32}", True), (f"env -i{taken}", False)):
            s.ttmem("run", "-q", "--fail-on-leak", "--report", path, "--", "sh", "-c", f"{changed} {leaky}; true", code=10 if seen else None)
            report = json.loads(path.read_text())
            if seen:
                check_equal(figures_of_run(report), [2, [MIB], MIB, True], changed)
            else:
                check("is a `ttmem run` of its own" in " ".join(report["coverage"]["notes"]), report["coverage"]["notes"])
            path.unlink()


def test_runs_too_deep_within_each_other_are_told():
    with scene() as s:
        innermost, *others = nested_reports(s, 5, code=10)
        check_equal(figures_of_run(innermost), [2, [MIB], MIB, True])
        check_equal(figures_of_run(others[0]), [2, [MIB], MIB, True])
        for report in others[1:]:
            check_equal([report["processes"], report["coverage"]["complete"]], [[], False])
            check("within more than two others" in " ".join(report["coverage"]["notes"]), report["coverage"]["notes"])


def test_a_process_whose_level_is_off_is_named_and_never_green():
    with scene() as s:
        path = s.files / "report.json"
        done = s.ttmem("run", "--fail-on-leak", "--report", path, "--", "sh", "-c",
                       f"{WORKERS} one-by-one 1 -1; TTMEM_LEVEL=off {WORKERS} one-by-one 1 0", code=12)
        report = json.loads(path.read_text())
        check_equal(len(report["processes"]), 1)
        for said in (" ".join(report["coverage"]["notes"]), done.stderr):
            check("recorded nothing: TTMEM_LEVEL=off was set for it" in said, said)
