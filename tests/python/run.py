#!/usr/bin/env python3
"""Runs one test: run.py FILE_WITHOUT_SUFFIX FUNCTION. Exit code 0 passed, 1 failed, 77 skipped."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "ttnn"), str(TESTS.parent / "scenarios")]

import scenario  # noqa: E402

if __name__ == "__main__":
    sys.exit(scenario.main())
