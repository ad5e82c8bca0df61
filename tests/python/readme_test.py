"""What the README and docs/fit.md show of the real ttnn is what their commands say."""
import console
from package import Machine
from real_ttnn import ROOT
from scenario import check


class Reader(Machine):
    """Somebody with the examples, ttnn and ttmem, who lets `ttmem run --mock` choose the machine."""

    def __init__(self):
        super().__init__()
        (self.files / "examples").symlink_to(ROOT / "examples")
        for name in ("TT_METAL_MOCK_CLUSTER_DESC_PATH", "TT_METAL_CACHE", "TT_METAL_LOGS_PATH"):
            del self.environment[name]

    def says(self, document, beginning, code=0):
        console.says(self, document, beginning, self.python.parent, code)


def test_the_readme_shows_the_buffers_of_the_mesh_example():
    with Reader() as reader:
        run = reader.start(console.BIN / "ttmem", "run", "--mock", "T3000", "--", reader.python, ROOT / "examples" / "mesh_allocation.py", "--pause")
        said = ""
        while "ask ttmem" not in said:
            byte = run.stdout.read(1)
            check(byte, said, run.stderr.read() if not byte else "")
            said += byte
        reader.says("README.md", "ttmem buffers")
        run.communicate("\n\n\n")
        check(run.returncode == 0, run.returncode)


def test_the_readme_shows_the_leak_of_the_example():
    with Reader() as reader:
        reader.says("README.md", "ttmem run --mock N150 --iterations-by ttnn.ones -- python3 examples/leak.py")


def test_the_readme_shows_what_its_python_says():
    with Reader() as reader:
        text = (ROOT / "README.md").read_text()
        (program,) = [code for code in text.split("```python\n")[1:]]
        reader.script(program.split("```")[0], "leak.py")
        reader.says("README.md", "ttmem run --mock N150 -- python3 leak.py")


def test_what_fits_is_shown_as_it_is():
    with Reader() as reader:
        reader.says("docs/fit.md", "ttmem fit --on N150 --l1-small 0,32K", code=10)
