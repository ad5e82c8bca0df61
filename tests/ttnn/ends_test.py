"""The verdict at the end of a program: the same with every version of ttnn, whoever releases what it kept."""
from real_ttnn import Machine
from scenario import check, check_equal, document_of

BEGIN = """
import ttnn
device = ttnn.open_device(device_id=0)
def make(f=ttnn.ones):
    return f([1, 1, 32, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
"""
CLOSE = "\nttnn.close_device(device)\n"

WEIGHTS_AND_ONE_PASS = BEGIN + """
weights = [make(f) for _ in range(8) for f in (ttnn.ones, ttnn.zeros, ttnn.rand)]
x = make()
for w in weights:
    x = ttnn.add(x, w)
print(x.shape)
"""

A_LIST = BEGIN + """
kept = []
for step in range(6):
    x = make()
    kept.append(ttnn.exp(ttnn.relu(x)))
"""

ONE_OF_MANY = BEGIN + """
kept = []
for step in range(12):
    y = ttnn.exp(ttnn.relu(make()))
    if step == 8:
        kept.append(y)
"""

A_LIST_IN_A_FUNCTION = BEGIN + """
def main():
    kept = []
    for step in range(6):
        kept.append(ttnn.exp(ttnn.relu(make())))
main()
"""

A_LIST_OF_ONE_OPERATION = BEGIN + """
x = make()
kept = [ttnn.relu(x) for step in range(6)]
"""

GIVEN_BACK = BEGIN + """
kept = [ttnn.exp(ttnn.relu(make())) for step in range(6)]
for tensor in kept:
    ttnn.deallocate(tensor)
"""

CLEARED_BEFORE_THE_LAST_OPERATION = A_LIST + """
kept.clear()
y = ttnn.relu(x)
"""

# What follows compiles two programs more: a fifth of the work.
CLEARED_BEFORE_NEW_PROGRAMS = BEGIN + """
x = make()
kept = [ttnn.relu(x) for step in range(8)]
kept.clear()
y = ttnn.exp(ttnn.sqrt(x))
"""

CONVERTED_AGAIN_AND_AGAIN = BEGIN + """
x = ttnn.relu(make())
kept = [ttnn.typecast(x, ttnn.float32) for step in range(6)]
"""

CONVERTED_WEIGHTS = BEGIN + """
x = ttnn.relu(make())
weights = [ttnn.typecast(make(), ttnn.float32) for layer in range(6)]
more = [make() for layer in range(6)]
more = [ttnn.typecast(weight, ttnn.float32) for weight in more]
"""

TRAINED = BEGIN + """
weights = [make() for _ in range(4)]
for epoch in range(4):
    for layer in range(4):
        weights[layer] = ttnn.sub(weights[layer], ttnn.exp(weights[layer]))
"""

SESSIONS = """
import ttnn
for run in range(4):
    device = ttnn.open_device(device_id=0)
    x = ttnn.ones([1, 1, 32, 64], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.relu(x)
    del x, y
    ttnn.close_device(device)
"""


def gate(machine, text, code, *options):
    report = machine.files / "report.json"
    done = machine.followed(machine.script(text), code=code, options=["--fail-on-leak", "--report", report, *options])
    return document_of(report.read_text()), done.stderr


def test_a_fixed_set_that_is_kept_to_the_end_is_green_and_counted():
    with Machine() as machine:
        for end in ("", CLOSE):
            report, said = gate(machine, WEIGHTS_AND_ONE_PASS + end, 0)
            check_equal([report["judgement"]["kept"], report["judgement"]["complete"], report["leaks"]], [25, True, []], repr(end))
            check("ttmem: kept to the end, and no growth: 25 allocations, 100 KiB requested" in said, said)
        gate(machine, SESSIONS, 0)


def test_a_list_that_grows_all_the_time_is_never_green():
    with Machine() as machine:
        for text in (A_LIST, A_LIST_IN_A_FUNCTION, A_LIST_OF_ONE_OPERATION, GIVEN_BACK, CLEARED_BEFORE_THE_LAST_OPERATION,
                     CLEARED_BEFORE_NEW_PROGRAMS, CONVERTED_AGAIN_AND_AGAIN):
            for end in ("", CLOSE):
                report, said = gate(machine, text + end, 12)
                check_equal([report["judgement"]["not_judged"] >= 6, report["leaks"]], [True, []], f"{text}{end}: {said}")
                check("no iterations were marked, so nothing can be called leaked" in said and "OPNAME" in said, said)
        gate(machine, TRAINED + CLOSE, 0)
        gate(machine, CONVERTED_WEIGHTS + CLOSE, 0)


STEPS = """
kept, best = [], None
for step in range(%d):
    x = make()
    h = ttnn.relu(x)
    %s
    del x, h
%s
"""


def steps(count, body, after=""):
    return BEGIN + STEPS % (count, body, after) + CLOSE


def test_what_others_replace_is_no_leak():
    with Machine() as machine:
        for code, text in ((0, steps(8, "best = ttnn.neg(h) if step in (1, 2, 3) else best")),
                           (0, steps(11, "kept = kept[:2 * (len(kept) < 3)] + [ttnn.abs(x)]"))):
            report, said = gate(machine, text, code, "--iterations-by", "ttnn.ones")
            check_equal(report["leaks"], [], said)


def test_what_grows_late_or_now_and_then_and_is_freed_is_not_green():
    with Machine() as machine:
        for text in (steps(12, "kept += [ttnn.add(x, h)] if step % 3 == 2 else []", "kept.clear()"),
                     steps(13, "kept += [ttnn.gelu(h)] if step >= 9 else []", "kept.clear()"),
                     steps(13, "kept.append(ttnn.gelu(x)); step == 6 and kept.clear()", "kept.clear()")):
            _, said = gate(machine, text, 12, "--iterations-by", "ttnn.ones")
            check("and was freed later\nttmem:   whether that is a leak, more iterations tell\n" in said, said)
        gate(machine, steps(13, "kept = kept[-2:] + [ttnn.gelu(x)]", "kept.clear()"), 0, "--iterations-by", "ttnn.ones")


def test_a_list_that_grew_before_the_first_iteration_is_not_judged_as_weights():
    with Machine() as machine:
        before = BEGIN.replace("ttnn.ones", "ttnn.zeros") + "w = make()\nlist_ = [ttnn.gelu(ttnn.matmul(make(), ttnn.reshape(w, (1, 1, 64, 32)))) for _ in range(8)]\n"
        loop = STEPS.replace("make()", "make(ttnn.ones)") % (4, "", "")
        _, said = gate(machine, before + loop + CLOSE, 12, "--iterations-by", "ttnn.ones")
        check("not all work was in iterations" in said and "ttnn.gelu 8" in said, said)
        weights = before.replace("ttnn.gelu(ttnn.matmul(make(), ttnn.reshape(w, (1, 1, 64, 32))))", "make()")
        gate(machine, weights + loop + CLOSE, 0, "--iterations-by", "ttnn.ones")


def test_what_python_frees_at_its_end_is_told_as_what_a_close_releases():
    with Machine() as machine:
        for end in ("", CLOSE):
            report, _ = gate(machine, A_LIST + end, 10, "--iterations-by", "ttnn.relu")
            check_equal([leak["op"] for leak in report["leaks"]], ["ttnn.exp"] * 5, repr(end))
            report, said = gate(machine, ONE_OF_MANY + end, 10, "--iterations-by", "ttnn.ones")
            check_equal([leak["op"] for leak in report["leaks"]], ["ttnn.exp"], said)


def test_the_hint_names_no_operation_that_only_makes_inputs():
    with Machine() as machine:
        _, said = gate(machine, A_LIST + CLOSE, 12)
        check("each step begins with\nttmem:   ttnn.relu, ttnn.exp ran all the time (name one that a step calls once)\n" in said, said)
        _, said = gate(machine, A_LIST + "    ttnn.deallocate(x)\n" + CLOSE, 12)
        check("ttnn.relu, ttnn.exp ran all the time (name one that a step calls once)\n" in said, said)
        once = A_LIST.replace("range(6)", "range(3)").replace("kept.append(ttnn.exp(ttnn.relu(x)))", "kept.append(x); step or ttnn.exp(x)")
        _, said = gate(machine, once + CLOSE, 0)
        check("ran all the time" not in said, said)


STEPS_BY_THEIR_INPUT = BEGIN + """
weights = [make() for _ in range(6)]
kept = []
for step in range(5):
    x = make()
    for w in weights:
        x = ttnn.add(x, w)
    kept = [x]
    KEEP
"""


def test_iterations_begun_by_what_makes_inputs_call_no_weights_leaked():
    with Machine() as machine:
        by = ("--iterations-by", "ttnn.ones")
        for end in ("", CLOSE):
            report, said = gate(machine, STEPS_BY_THEIR_INPUT.replace("KEEP", "") + end, 0, *by)
            check_equal([report["leaks"], report["accumulated"], report["judgement"]["kept"] >= 5], [[], [], True], said)
        report, _ = gate(machine, STEPS_BY_THEIR_INPUT.replace("KEEP", "weights.append(ttnn.exp(x))") + CLOSE, 10, *by)
        check_equal({leak["op"] for leak in report["leaks"]}, {"ttnn.exp"})
        only_inputs = BEGIN + "kept = [make() for _ in range(12)]\n" + CLOSE
        gate(machine, only_inputs, 10, *by)


A_LAST_RESULT = BEGIN + """
for step in range(STEPS):
    x = make()
    y = ttnn.relu(x)
    z = ttnn.exp(y)
ttnn.relu(z)
"""


def test_the_last_result_of_a_loop_is_no_leak():
    with Machine() as machine:
        by = ("--iterations-by", "ttnn.relu")
        for end in ("", CLOSE):
            report, said = gate(machine, A_LAST_RESULT.replace("STEPS", "8") + end, 0, *by)
            check_equal([report["leaks"], report["judgement"]["kept"] >= 1, report["verdicts"]["leaked_bytes_all_chips"]],
                        [[], True, 0], said)


OF_THE_LAST_ONE = BEGIN + """
for step in range(6):
    y = ttnn.relu(make())
    if step == 5:
        kept = ttnn.exp(y)
"""


def test_the_last_iteration_is_judged_by_those_before_it_only_where_they_made_its_like():
    with Machine() as machine:
        by = ("--iterations-by", "ttnn.relu")
        for end in ("", CLOSE):
            _, said = gate(machine, OF_THE_LAST_ONE + end, 12, *by)
            check("the last iteration did not end, and none before it made the like of what it kept" in said, said)
            gate(machine, OF_THE_LAST_ONE.replace("if step == 5", "if True") + end, 0, *by)
            more = OF_THE_LAST_ONE.replace("kept = ttnn.exp(y)", "kept = [ttnn.exp(y), ttnn.exp(y)]\n    else:\n        ttnn.exp(y)")
            gate(machine, more + end, 12, *by)


A_TABLE = """
import ttnn
device = ttnn.open_device(device_id=0, l1_small_size=16384)
for step in range(12):
    x = ttnn.ones([1, 1, 32 * 32, 32], dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)
    y = ttnn.max_pool2d(x, batch_size=1, input_h=32, input_w=32, channels=32, kernel_size=[2, 2], stride=[2, 2],
                        padding=[0, 0], dilation=[1, 1])
    del x, y
ttnn.close_device(device)
"""


def test_what_ttnn_keeps_once_is_left_out_by_default_and_counted():
    with Machine() as machine:
        by = ("--iterations-by", "ttnn.max_pool2d")
        report, said = gate(machine, A_TABLE, 0, *by)
        check("suppressed" in said and "once:^ttnn." in said, said)
        check_equal([report["leaks"], [item["line"] for item in report["suppressed"]]], [[], ["once:^ttnn."]])
        report, _ = gate(machine, A_TABLE, 10, *by, "--suppressions", "none")
        check(report["leaks"] and not report["suppressed"], report["suppressed"])
