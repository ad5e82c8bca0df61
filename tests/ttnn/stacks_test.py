"""Call stacks on the real ttnn: which line of a model made what it left."""
import json

from real_ttnn import Machine
from scenario import BIN, check, check_equal

MODEL = """
import ttnn

class Model:
    def __init__(self, device):
        self.weights = ttnn.ones([1, 1, 128, 256], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)  # weights
        self.kept = []

    def layer(self, x):
        return ttnn.add(x, self.weights)  # a layer

    def forward(self, x):
        y = self.layer(x)
        self.kept.append(ttnn.exp(y))  # the leak
        return ttnn.relu(y)

device = ttnn.open_device(device_id=0)
model = Model(device)
x = ttnn.zeros([1, 1, 128, 256], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)  # the input
for step in range(4):
    ttnn.add(x, x)
    y = model.forward(x)
    del y
"""
CLOSES = "ttnn.close_device(device)\n"


def line_of(text, comment):
    return 1 + next(i for i, line in enumerate(text.splitlines()) if line.endswith("# " + comment))


def innermost_of(program, item):
    """(line, function) of the innermost frame in this file; None without one."""
    return next(((frame["line"], frame["function"]) for frame in item.get("stack", []) if frame["file"] == str(program)), None)


def test_a_leak_is_told_with_the_line_that_made_it():
    with Machine() as machine:
        program = machine.script(MODEL + CLOSES, "model.py")
        done = machine.followed(program, code=None, options=["--stacks", "--iterations-by", "ttnn.add"])
        check_equal(done.returncode, 0, done.stderr)
        leaks = machine.json("leaks", code=None)["items"]
        lines = {innermost_of(program, item) for item in leaks if item["verdict"] == "leaked"}
        check_equal({line for line, _ in lines}, {line_of(MODEL, "the leak")}, json.dumps(leaks)[:3000])
        check(all(name.endswith("forward") for _, name in lines), lines)
        said = machine.run(BIN / "ttmem", "leaks").stdout
        check(f"model.py:{line_of(MODEL, 'the leak')} " in said, said)


def test_each_tensor_has_its_line_and_the_frames_around_it():
    with Machine() as machine:
        program = machine.script(MODEL.replace("    del y\n", "") + "import os, subprocess, sys\n"
                                 "print(subprocess.run([os.environ['TTMEM'], 'buffers', '--json'], capture_output=True, text=True).stdout)\n"
                                 "device = model = x = y = None\n", "model.py")
        done = machine.followed(program, options=["--stacks"])
        document = json.loads(done.stdout[done.stdout.index('{\n  "schema"'):])
        tensors = [item for item in document["items"] if item["class"] == "tensor"]
        found = {innermost_of(program, item)[0] for item in tensors if innermost_of(program, item)}
        for comment in ("weights", "the leak", "the input"):
            check(line_of(MODEL, comment) in found, comment, found, json.dumps(tensors)[:3000])
        without = [item for item in tensors if innermost_of(program, item) is None]
        check_equal(without, [], "each tensor has a line:")
        outer = {tuple(frame["function"].rsplit(".", 1)[-1] for frame in item["stack"] if frame["file"] == str(program))
                 for item in tensors if item["op"] == "ttnn.exp"}
        check_equal(outer, {("forward", "<module>")})


def test_a_capture_keeps_the_stacks_of_what_was_freed():
    with Machine() as machine:
        program = machine.script(MODEL + CLOSES, "model.py")
        capture = machine.files / "run.ttmem"
        machine.followed(program, options=["--stacks", "-o", capture])
        said = machine.ttmem("export", "collapsed", capture).stdout
        check(f"model.py:{line_of(MODEL, 'a layer')} " in said and "model.py:" in said, said)
        peak = machine.json("peak", capture)
        shares = [share for pool in peak["peaks"] for share in pool["moment"]["shares"]
                  if (share["op"], share["class"]) == ("ttnn.exp", "tensor")]
        check_equal({innermost_of(program, share)[0] for share in shares}, {line_of(MODEL, "the leak")}, json.dumps(peak)[:2000])


def test_below_its_level_there_are_none():
    with Machine() as machine:
        machine.followed(machine.script(MODEL + CLOSES), code=None, options=["--iterations-by", "ttnn.add"])
        items = machine.json("leaks", code=None)["items"]
        check(items and not any("stack" in item for item in items), items[:2])
