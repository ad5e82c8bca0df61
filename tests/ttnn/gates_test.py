"""A gate around ttnn: green only when it has judged."""
from real_ttnn import Machine
from scenario import check, check_equal, document_of

LEAKS_EVERY_STEP = """
import ttnn
device = ttnn.open_device(device_id=0)
kept = []
for step in range(6):
    x = ttnn.zeros([1, 1, 128, 256], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.relu(x)
    kept.append(ttnn.exp(y))
    del x, y
ttnn.close_device(device)
"""


def gate(machine, text, code, *options, python=()):
    report = machine.files / "report.json"
    done = machine.followed(*python, machine.script(text), code=code, options=["--fail-on-leak", "--report", report, *options])
    return document_of(report.read_text()), done.stderr


def test_what_leaks_every_step_is_never_green():
    with Machine() as machine:
        report, said = gate(machine, LEAKS_EVERY_STEP, 12)
        check_equal([report["judgement"]["complete"], report["judgement"]["not_judged"], report["leaks"]], [False, 6, []])
        check("no iterations were marked, so nothing can be called leaked\nttmem:   closing the device, or the program's end, "
              "released 6 allocations, 384 KiB (ttnn.exp 6)\n" in said, said)
        _, said = gate(machine, LEAKS_EVERY_STEP, 12, "--iterations-by", "ttnn.zeroes")
        check("did you mean `ttnn.zeros`?" in said, said)
        _, said = gate(machine, LEAKS_EVERY_STEP, 12, "--iterations-by", "exp")
        check("did you mean `ttnn.exp`?" in said, said)
        gate(machine, LEAKS_EVERY_STEP, 12, "--iterations-by", "ttnn.open_device")
        report, _ = gate(machine, LEAKS_EVERY_STEP, 10, "--iterations-by", "ttnn.zeros")
        check_equal([report["judgement"]["complete"], len(report["leaks"])], [True, 5])


WEIGHTS_AND_A_LEAK = """
import ttnn
device = ttnn.open_device(device_id=0)
ones = lambda: ttnn.ones([1, 1, 32, 64], layout=ttnn.TILE_LAYOUT, device=device)
weights = [ones() for _ in range(40)]  # line 5
kept = []
def step(x):
    for w in weights:
        x = ttnn.add(x, w)
    kept.append(ttnn.exp(x))  # line 10
for _ in range(6):
    step(weights[0])
ttnn.close_device(device)
"""


def test_what_is_made_again_and_again_is_named_before_weights_with_its_line():
    with Machine() as machine:
        for options, leak, weights in (([], "ttnn.exp 6", "ttnn.ones 40"),
                                       (["--stacks"], "ttnn.exp 6 at program.py:10 step", "ttnn.ones 40 at program.py:4 <lambda>")):
            program, recording = machine.script(WEIGHTS_AND_A_LEAK), machine.files / "leak.ttmem"
            done = machine.followed(program, options=["--mock", machine.name, "--force", "-o", str(recording), *options])
            for said in (done.stderr, machine.ttmem("leaks", str(recording)).stdout):
                check(f"({leak}, {weights})" in said.replace("\n", " "), options, said)


def test_a_list_that_dies_before_the_close_is_not_green():
    in_a_function = LEAKS_EVERY_STEP.replace("kept = []\nfor", "def main(kept):\n  for").replace("\n    ", "\n      ")
    in_a_function = in_a_function.replace("\nttnn.close", "\nmain([])\nttnn.close")
    with Machine() as machine:
        report, said = gate(machine, in_a_function, 10, "--iterations-by", "ttnn.zeros")
        check_equal([report["leaks"], [(o["op"], o["certainty"]) for o in report["accumulated"]]],
                    [[], [("ttnn.exp", "certain")]], said)
        gate(machine, in_a_function.replace("kept.append(ttnn.exp(y))", "ttnn.exp(y)"), 0, "--iterations-by", "ttnn.zeros")


def test_what_gives_all_back_is_green():
    with Machine() as machine:
        report, _ = gate(machine, LEAKS_EVERY_STEP.replace("kept.append(ttnn.exp(y))", "ttnn.exp(y)"), 0)
        check_equal([report["coverage"]["complete"], report["judgement"]["complete"], report["leaks"]], [True, True, []])


def test_a_python_that_reads_no_sitecustomize_says_that_operations_have_no_names():
    with Machine() as machine:
        for option in ("-E", "-S", "-I"):
            if option == "-S" and machine.plain("-S", "-c", "import ttnn").returncode != 0:
                continue  # without `site` an environment has no packages
            report, said = gate(machine, LEAKS_EVERY_STEP.replace("kept.append(ttnn.exp(y))", "ttnn.exp(y)"), 12, python=[option])
            check(f"its operations have no names: Python was started with {option}" in said, option, said)
            check_equal(report["coverage"]["complete"], False)
