"""One judgement of leaks: every view of a capture, and the run that made it, tell the same figures under the same words."""
import os
import pathlib

from one_verdict import check_one_verdict, in_words, same_judgement, sums
from scenario import BIN, SIM, check, check_equal, document_of, scene, seeds

STEPS = BIN / "scenario-steps"
SEEDS = seeds(6, 60)


def run_of(s, options, *program):
    """The report of a run, and its summary."""
    report = s.files / "report.json"
    done = s.ttmem("run", "--bytes", "--report", report, *options, "--", *program, code=None)
    return document_of(report.read_text()), done.stderr


def check_program(s, what, *program, options=()):
    """Both with a capture and a gate and without: then the rings tell, as far as they go."""
    capture = s.files / "run.ttmem"
    gate = run_of(s, ["--force", "-o", capture, "--fail-on-leak", *options], *program)
    leaks = check_one_verdict(s, capture, gate, what)
    plain, said = run_of(s, options, *program)
    check_equal(sums(plain["leaks"]), sums(leaks["items"]), f"{what}: a run without a capture")
    same_judgement(plain, leaks, f"{what}: a run without a capture")
    in_words(leaks, said, f"{what}: a run without a capture")
    check_equal(sums(s.json("leaks", "--run", plain["run_id"])["items"]), sums(leaks["items"]), f"{what}: leaks of that run")
    return leaks


def test_every_view_of_a_run_of_the_simulator_is_of_one_opinion():
    with scene() as s:
        for program in (("decode",), ("decode", "--plant", "leak"), ("conv", "--plant", "leak"), ("mesh-test",)):
            check_program(s, program, SIM, *program)
        for seed in SEEDS:
            plant = ("--plant", "leak") if seed % 2 else ()
            check_program(s, f"seed {seed}", SIM, "random", "--machine", ("n150", "t3000")[seed % 2], "--seed", seed, *plant)


def test_every_view_of_steps_marked_or_not_is_of_one_opinion():
    with scene() as s:
        found = []
        for how, left, options in (("marked", "leaks", ()), ("marked", "list", ()), ("marked", "nothing", ()), ("unmarked", "leaks", ()),
                                   ("unmarked", "list", ()), ("unmarked", "nothing", ()), ("once", "leaks", ()),
                                   ("operations", "leaks", ("--iterations-by", "test.zeros"))):
            leaks = check_program(s, f"{how} {left}", STEPS, how, left, options=options)
            found.append([bool(leaks["items"]), bool(leaks["accumulated"]), not leaks["judgement"]["complete"]])
        for kind in range(3):
            check(any(each[kind] for each in found) and not all(each[kind] for each in found), kind, found)


def test_growth_without_iterations_is_as_sure_as_leaks():
    with scene() as s:
        capture = s.files / "run.ttmem"
        for left, code in (("nothing", 0), ("leaks", 12)):
            s.ttmem("run", "--force", "-o", capture, "--", STEPS, "unmarked", left)
            s.ttmem("leaks", capture, "--fail-on-leak", code=code)
            said = s.ttmem("growth", capture, "--fail-on-growth", code=code).stdout
            check(("finds no leak" in said) == (code == 0), said)


def test_a_recording_with_a_failure_begins_with_it_everywhere():
    with scene() as s:
        capture = s.recorded(SIM, "decode", "--plant", "clash", code=None)
        picture, page = s.files / "t.svg", s.files / "page.html"
        s.ttmem("timeline", capture, "--svg", picture)
        s.ttmem("page", capture, "-o", page)
        first = s.json("peak", capture)["verdict"]
        check(" failed" in first.split(". ")[0] or "did not fit" in first.split(". ")[0], first)
        check_equal(s.json("timeline", capture)["verdict"], first)
        for text in (s.ttmem("peak", capture).stdout, s.ttmem("timeline", capture).stdout):
            check(" ".join(text.split()).startswith(first.split(". ")[0]), first, text)
        check(f'"verdict":"{first[:20]}' in page.read_text(), first)
        words = first.split()[:4]
        check(all(word in picture.read_text() for word in words), words)


def test_of_a_process_that_runs_nothing_is_kept_to_the_end():
    with scene() as s:
        s.mesh_test("n300", ["run1.matmul"]).wait_paused("run1.matmul")
        for command in ("peak", "timeline"):
            said = s.ttmem(command).stdout
            check("kept to the end" not in said, command, said)
        check("kept so far" in s.ttmem("peak").stdout, s.ttmem("peak").stdout)


def test_exact_bytes_are_those_of_sentences_as_well():
    with scene() as s:
        capture = s.files / "run.ttmem"
        done = s.ttmem("run", "--bytes", "-o", capture, "--", STEPS, "unmarked", "leaks")
        for said in (done.stderr, s.ttmem("leaks", "--bytes", capture).stdout, s.ttmem("growth", "--bytes", capture).stdout):
            check("5 allocations, 5,242,880 (test.exp 5)" in " ".join(said.replace("ttmem:", "").split()) and "MiB" not in said, said)


def test_what_was_removed_in_other_folders_is_beside_the_question():
    with scene() as s:
        other = s.shm / f"ttmem-{os.getuid()}"
        worker = [BIN / "scenario-workers", "one-by-one"]
        s.run(*worker, 3, -1, env={"TTMEM_DIR": ""})
        for ledger in pathlib.Path(other).glob("*.ledger"):
            os.utime(ledger, ns=(1, 1))  # seen dead long ago
        s.run(*worker, 1, -1, env={"TTMEM_DIR": ""})
        s.run(STEPS, "once", "nothing")
        check("older ledgers of ended processes removed" in s.ttmem("leaks", env={"TTMEM_DIR": ""}).stdout, "nothing was removed")
        said = s.ttmem("leaks").stdout
        check("older ledger" not in said, said)
