"""The command `ttmem`, which lies in the package."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import List, Tuple

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAM = FOLDER / "bin" / "ttmem"
PRELOAD = FOLDER / "lib" / "ttmem" / "libttmem_preload.so"
LAUNCHER = FOLDER / "share" / "ttmem" / "python"


class CommandFailed(RuntimeError):
    """What the command said."""


def main() -> None:
    """The console script: the program takes this process over."""
    os.execv(PROGRAM, ["ttmem", *sys.argv[1:]])


def own() -> List[str]:
    """The option that asks about this process."""
    return ["--pid", str(os.getpid())]


def _error_of(answer: str) -> str:
    """What an answer in JSON says of an error, in the words that stderr has without --json; "" where it says none."""
    try:
        error = json.loads(answer)["error"]
        lines = ["ttmem: " + error["what"]]
        lines += [f"  {word:5} {error[name]}" for word, name in (("why:", "why"), ("next:", "next_step")) if error[name]]
        return "\n".join(lines)
    except (ValueError, LookupError, TypeError):
        return ""


def output(*arguments: str, codes: Tuple[int, ...] = (0,)) -> str:
    # The environment of a tracked program would load its libraries here, too.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, env=environment)
    if done.returncode not in codes:
        said = done.stderr.strip() or _error_of(done.stdout)
        raise CommandFailed(said or f"ttmem {' '.join(arguments)} ended with {done.returncode}")
    return done.stdout
