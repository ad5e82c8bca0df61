"""The examples, as a user would run them."""
import re

from real_ttnn import ROOT, Machine
from scenario import check, check_equal

EXAMPLES = ROOT / "examples"


def test_three_runs_of_the_mesh_test_return_to_the_baseline():
    with Machine("T3000") as machine:
        done = machine.followed(EXAMPLES / "mesh_allocation.py", env=machine.mocking("12288,24576"))
        check_equal(re.findall(r"([\d,]+) B of DRAM", done.stdout), 3 * ["0", "14,794,752", "49,152", "0"])
        left = machine.json("leaks", code=None)["items"]
        check_equal(left, [])


def test_the_buffer_at_1073737728_is_the_cached_binary_of_matmul():
    with Machine("T3000") as machine:
        text = (EXAMPLES / "mesh_allocation.py").read_text()
        pause = 'say(device, "six tensors, two programs")\n'
        check(pause in text, "the example has no such line any more")
        stops = pause + "    import marks; marks.note('explained', said=[marks.ttmem('explain', '1073737728')])\n    import os; os._exit(0)\n"
        program = machine.script(text.replace(pause, stops))
        machine.followed(program, env={**machine.mocking("12288,24576"), "PYTHONPATH": str(ROOT / "tests/ttnn/programs")})
        said = machine.notes("explained")[0]["said"][0]
        story = " ".join(sentence for match in said["matches"] for sentence in match["story"])
        check("ttnn.matmul" in story and "24,576" in story, "explain does not tell of the binary:", said)


def test_a_leak_is_named_by_its_operation():
    with Machine() as machine:
        machine.followed(EXAMPLES / "leak.py", options=["--iterations-by", "ttnn.ones"])
        items = machine.json("leaks", code=None)["items"]
        leaked = [item for item in items if item["verdict"] == "leaked"]
        check(len(leaked) >= 4, items)
        check_equal({item["op"] for item in leaked}, {"ttnn.add"})
