"""One judgement of leaks of the real ttnn: every view of a capture, and the run that made it, tell the same figures."""
from one_verdict import check_one_verdict, in_words, same_judgement, sums
from real_ttnn import Machine
from scenario import check, check_equal, document_of

BEGIN = """
import ttnn
device = ttnn.open_device(device_id=0)
make = lambda: ttnn.ones([1, 1, 64, 64], layout=ttnn.TILE_LAYOUT, device=device)
kept = []
"""
PROGRAMS = {
    # name: (options, what is between the open and the close)
    "a list that leaks, unmarked": ((), "for _ in range(6): kept.append(ttnn.relu(make()))"),
    "a list that leaks": (("--iterations-by", "ttnn.ones"), "for _ in range(8): kept.append(ttnn.relu(make()))"),
    "a list that dies beside a table": (("--iterations-by", "ttnn.ones"),
                                        "for _ in range(8): kept.append(ttnn.sum(ttnn.relu(make()), dim=-1))\nkept.clear()"),
    "a table alone": (("--iterations-by", "ttnn.ones"), "for _ in range(8): ttnn.sum(ttnn.relu(make()), dim=-1)"),
    "weights and steps, unmarked": ((), "weights = [make() for _ in range(5)]\nfor _ in range(6): ttnn.relu(ttnn.add(weights[0], weights[1]))"),
    "steps that hand on their results": (("--iterations-by", "ttnn.ones"), "x = None\nfor _ in range(9): x = ttnn.relu(make())"),
}


def test_every_view_of_a_capture_is_of_one_opinion():
    with Machine() as machine:
        leaked = suppressed = kept = not_judged = 0
        for what, (options, steps) in PROGRAMS.items():
            program = machine.script(BEGIN + steps + "\nttnn.close_device(device)\n")
            capture, report = machine.files / "run.ttmem", machine.files / "report.json"
            of_run = []
            for more in (("--force", "-o", capture, "--fail-on-leak"), ()):
                done = machine.followed(program, options=("--mock", machine.name, "--bytes", "--report", report, *more, *options),
                                        code=None)
                check(done.returncode in (0, 10, 12), what, done.returncode, done.stderr[-3000:])
                of_run.append((document_of(report.read_text()), done.stderr))
            leaks = check_one_verdict(machine, capture, of_run[0], what)
            plain, said = of_run[1]
            same_judgement(plain, leaks, f"{what}: a run without a capture")
            check_equal(sums(plain["leaks"]), sums(leaks["items"]), f"{what}: a run without a capture")
            in_words(leaks, said, f"{what}: a run without a capture")
            leaked += len(leaks["items"]) + len(leaks["accumulated"])
            suppressed += len(leaks["suppressed"])
            kept += leaks["judgement"]["kept"]
            not_judged += leaks["judgement"]["not_judged"]
        check(leaked and suppressed and kept and not_judged, leaked, suppressed, kept, not_judged)
