"""That each command is compared with what is true of random programs, or why it is not.

The lists are closed: a new command has to be in one of them.
"""
import ast
import pathlib
import re

from scenario import check_equal, scene

# Commands whose answers say nothing that the calls of a program tell; and where these are compared with what is true.
NOT_COMPARED = {
    "allocation-server": "shows what clients of another protocol say: tests/scenarios/allocation_server_test.py",
    "completion": "prints a script that is in it", "doctor": "is about the machine, not about a program",
    "fit": "runs programs on a mock of a machine: tests/ttnn compares with what the real ttnn then says",
    "gc": "is about files that are removed", "machines": "lists what is in it", "preload-path": "prints where a library is",
    "replay": "what another allocator would do no call tells: tests/scenarios compares it with the simulator's allocators",
    "show": "is about files of others: tests/golden and tests/messages", "version": "prints what is in it",
    "top": "shows no document: its frames are of the values of `status`, `ps`, `buffers` and `peak`",
    "page": "its document says how large the page is: that the page has the documents of these commands tests/page compares",
    "open": "likewise, of a page that is served", "record": "its document counts events: captures are compared as those of `run -o`"}


def commands_that_are_asked():
    """First words of the calls by which programs_test.py and what it uses ask."""
    asked = set()
    folder = pathlib.Path(__file__).parent
    for file in (folder / "programs_test.py", *folder.glob("compare*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("json", "ask", "ttmem"):
                asked.update(word.value for word in call.args[:1] if isinstance(word, ast.Constant))
    return asked


def test_every_command_is_compared_or_there_is_a_reason():
    with scene() as s:
        section = s.ttmem("--help", env={"COLUMNS": "100"}).stdout.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
        commands = set(re.findall(r"^  (\S+) ", section, re.MULTILINE))
        compared = commands_that_are_asked() | {"run"}  # whose report is read
        check_equal(sorted(commands), sorted(compared & commands | NOT_COMPARED.keys()), "commands that are compared, or there is a reason")
        check_equal(compared & NOT_COMPARED.keys(), set(), "commands that are compared, and need no reason")
