"""That the tests of faults know every command."""
import importlib
import pathlib
import re

from injected import meets_faults  # noqa: F401
from scenario import check_equal, scene

# Commands that look at no ledger and at no file of a user, and why that is so.
EXEMPT = {"allocation-server": "waits for clients, and shows what they say",
          "completion": "prints a script that is in it", "machines": "lists what is in it",
          "preload-path": "prints where a library is", "version": "prints what is in it"}


def commands_of_the_binary(s):
    section = s.ttmem("--help", env={"COLUMNS": "100"}).stdout.split("\nCommands:\n", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^  (\S+) ", section, re.MULTILINE))


def commands_that_meet_faults():
    commands = set()
    for file in pathlib.Path(__file__).parent.glob("*_test.py"):
        for name, test in vars(importlib.import_module(file.stem)).items():
            if name.startswith("test_"):
                commands.update(getattr(test, "commands", ()))
    return commands


def test_every_command_that_looks_at_something_meets_faults():
    with scene() as s:
        check_equal(sorted(commands_of_the_binary(s)), sorted(commands_that_meet_faults() | EXEMPT.keys()), "commands")
        check_equal(commands_that_meet_faults() & EXEMPT.keys(), set(), "commands that are exempt, and need not be")


def test_every_form_of_an_export_meets_faults():
    with scene() as s:
        forms = re.search(r"FORMAT.*?((?:[a-z_-]+\|)+[a-z_-]+)", s.ttmem("export", "--help").stdout, re.DOTALL)[1]
        check_equal(sorted(importlib.import_module("history_test").FORMATS), sorted(forms.split("|")), "forms")
