"""Reads a capture by the package, while each call of the command that reads it fails once: unread.py CAPTURE LIBRARY.

What comes back is what comes without a fault, or says that it is incomplete, or CommandFailed is raised.
"""
import errno
import json
import os
import pathlib
import sys
import tempfile
import warnings

import ttmem
from ttmem import _command

CAPTURE, LIBRARY = sys.argv[1:3]
NOT_COMPARED = {"generated_at"}
EACH = 12  # after so many calls the steps to the next grow


def of(document):
    shown = {name: value for name, value in document.items() if name not in NOT_COMPARED}
    return shown, document["coverage"]["complete"]


def is_less_judged(shown, right):
    """Then its notes say what is not, and why."""
    judged = [of.get("judgement", {}).get("complete", True) if isinstance(of, dict) else True for of in (shown, right)]
    return judged[0] < judged[1]


def table(frame):
    return frame.to_csv(), frame.attrs["coverage"]["complete"]


def database(capture):
    connection = capture.to_duckdb()
    rows = [connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in ("allocations", "events")]
    return rows, all(complete for complete, in connection.execute("SELECT complete FROM coverage").fetchall())


def read(asked):
    """(what is shown, whether it is whole)"""
    ttmem._own._said.clear()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        shown, complete = asked(ttmem.read(CAPTURE))
    return shown, complete and not any(issubclass(each.category, ttmem.IncompleteWarning) for each in said)


ASKED = {"peak": lambda capture: of(capture.peak()), "leaks": lambda capture: of(capture.leaks()), "growth": lambda capture: of(capture.growth()),
         "allocations": lambda capture: (capture.allocations(), True), "to_pandas": lambda capture: table(capture.to_pandas()),
         "events": lambda capture: table(capture.to_pandas("events")), "to_duckdb": database, "diff": lambda capture: of(capture.diff(CAPTURE))}


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    mark, program, real = folder / "called", folder / "ttmem", _command.PROGRAM
    right = {name: read(asked) for name, asked in ASKED.items()}
    assert all(complete for _, complete in right.values()), right
    program.write_text(f'#!/bin/sh\nLD_PRELOAD={LIBRARY} exec {real} "$@"\n')
    program.chmod(0o700)
    _command.PROGRAM = program
    os.environ["TTMEM_FAULT_FILE"] = str(mark)
    tried, wrong = 0, []
    for name, asked in ASKED.items():
        for function, number in (("pread", errno.EIO), ("read", errno.EIO), ("openat", errno.EMFILE), ("open", errno.EMFILE), ("fstat", errno.EIO)):
            nth = 1
            while True:
                mark.unlink(missing_ok=True)
                os.environ["TTMEM_FAULT"] = f"{function}:{nth}:{number}"
                try:
                    shown, complete = read(asked)
                except (ttmem.CommandFailed, ValueError):
                    complete = False
                if not mark.exists():
                    break
                tried += 1
                if complete and shown != right[name][0] and not is_less_judged(shown, right[name][0]):
                    wrong.append(f"{name}, {function}:{nth}: shows {str(shown)[:200]} and says nothing")
                nth = nth + 1 if nth < EACH else int(nth * 1.5)
    print(json.dumps({"tried": tried, "wrong": wrong}))


if __name__ == "__main__":
    main()
