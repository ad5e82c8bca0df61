"""What each command says of random programs is what include/ttmem/ttmem.h and the documents say of them (model.py).

ORACLE_SEED=N plays the program of one seed alone, and leaves its lines in oracle-N.txt.
"""
import os
import pathlib
import random

from compare import Comparison
from compare_more import CaptureComparison
from generator import Generator
from history import RecordedWorld
from scenario import BIN, FULL, check, check_equal, document_of, scene

PROGRAMS = 200 if FULL else 4  # of each test
STEPS = 300
SYNCS = 2


def compare_all(s, world, pid, threads, lives, what, chosen):
    one = Comparison(world, pid, threads, lives, what)
    leaks = s.json("leaks", "--suppressions", "none", code=None)
    one.judge(one.mine(leaks["items"]), leaks["judgement"])
    if lives:
        one.status(s.json("status", "--pid", pid))
    one.ps(s.json("ps", "--dead"))
    one.buffers(s.json("buffers", code=None))
    one.leaks(leaks)
    one.programs(s.json("programs", "--cbs", code=None))
    live = world.live()
    addresses = [a.address + chosen.choice([0, 0, max(a.per_bank - 1, 0), a.per_bank])
                 for a in chosen.sample(live, min(2, len(live)))]
    for address in addresses:
        one.explain(s.json("explain", address, code=None), address)
    failures = "--failures" if "--failures" in s.ttmem("explain", "--help").stdout else "failures"
    one.failures(s.json("explain", failures, code=None))
    one.end()


def compare_history(s, world, pid, threads, lives, what, in_turn, source):
    one = CaptureComparison(lambda *words: s.json(*words, *source, code=None), world, pid, threads, lives, f"{what} history")
    if in_turn:
        one.all()
    else:
        one.bounds()
    one.traces()
    if lives:
        one.metrics(s.ttmem("metrics").stdout)
    else:
        one.info(s.json("info", *source))
        one.nothing_differs(s.json("diff", *source, *source, code=None))
    table = s.files / "table.csv"
    one.rows(s.json("export", "csv", "--allocations", "--force", *source, "-o", table), table, in_turn)
    one.end()


def compare_snapshot(s, world, pid, threads, what, earlier):
    """What a snapshot keeps of the history, and what grew since one before. Returns the largest uses by now."""
    kept = s.files / f"{len(earlier)}.ttmem"
    check_equal(s.json("snapshot", "--history", "--pid", pid, "-o", kept)["processes"], 1, what)
    one = CaptureComparison(lambda *words: s.json(*words, kept, code=None), world, pid, threads, True, f"{what} snapshot")
    one.bounds()
    one.traces()
    one.info(s.json("info", kept))
    for before, largest in earlier:
        one.grown(s.json("diff", before, kept, code=None), largest)
    one.end()
    return kept, one.largest()


def play(seed, level, under_run):
    in_turn = seed % 2 == 0
    made = Generator(seed, in_turn)
    lines = made.program(STEPS, SYNCS)
    chosen = random.Random(seed)
    what = f"seed {seed}, level {level}, {'under run' if under_run else 'alone'}, {made.threads} threads, " \
           f"{len(made.chips)} chips{', in turn' if in_turn else ''}:"
    with scene() as s:
        file, report, capture = s.files / "program.txt", s.files / "report.json", s.files / "run.ttmem"
        file.write_text("\n".join(" ".join(map(str, line)) for line in lines) + "\n")
        if "ORACLE_SEED" in os.environ:
            pathlib.Path(f"oracle-{seed}.txt").write_text(file.read_text())
        command = [BIN / "oracle-player", file, *(["in-turn"] if in_turn else [])]
        if under_run:
            command = [BIN / "ttmem", "run", "--suppressions", "none", "--report", report, "-o", capture, "--", *command]
        process = s.start(*command, env={"TTMEM_LEVEL": level, "TTMEM_HISTORY_BYTES": str(1 << 20)})
        words = process.stdout.readline().split()
        check_equal(words[:1], ["threads"], what)
        pid, threads = int(words[1]), [int(word) for word in words[2:]]
        world, syncs, snapshots = RecordedWorld(made.threads), 0, []
        for line in lines:
            if line == ["sync"]:
                check_equal(process.stdout.readline().strip(), "sync", what)
                syncs += 1
                compare_all(s, world, pid, threads, True, f"{what} sync {syncs}", chosen)
                if level == "events":
                    compare_history(s, world, pid, threads, True, f"{what} sync {syncs}", in_turn, ("--pid", pid))
                    snapshots.append(compare_snapshot(s, world, pid, threads, f"{what} sync {syncs}", snapshots))
                process.stdin.write("\n")
                process.stdin.flush()
                continue
            world.thread = line[0]
            getattr(world, line[1])(*line[2:])
        process.stdin.close()
        check_equal(process.wait(), 0, process.stderr.read())
        compare_all(s, world, pid, threads, False, f"{what} after its end", chosen)
        if under_run:
            one = Comparison(world, pid, threads, False, f"{what} report")
            one.report(document_of(report.read_text()), 0)
            one.end()
            compare_history(s, world, pid, threads, False, f"{what} capture", in_turn, (capture,))


def play_some(first, level, under_run):
    if "ORACLE_SEED" in os.environ:
        play(int(os.environ["ORACLE_SEED"]), level, under_run)
        return
    for seed in range(first, first + PROGRAMS):
        play(seed, level, under_run)
    check(PROGRAMS > 0)


def test_random_programs_at_level_counts_are_shown_as_they_are():
    play_some(1000, "counts", False)


def test_random_programs_with_history_are_shown_as_they_are():
    play_some(2000, "events", False)


def test_random_programs_under_run_are_shown_and_reported_as_they_are():
    play_some(3000, "events", True)


def test_random_programs_that_were_once_shown_wrongly_are_not_again():
    """Threads that use and end what others have made: the order of their events."""
    for seed, under_run in ((12003, False), (12000, False), (13010, True), (13022, True), (50014, False), (50079, False)):
        play(seed, "events", under_run)
