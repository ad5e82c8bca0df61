"""Captures, read: `ttmem.read("run.ttmem").peak()`. The answers are the JSON documents of the command (docs/json)."""
from __future__ import annotations

import json
import os
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Union

from . import _command

if TYPE_CHECKING:
    import pandas

Document = Dict[str, Any]
Path = Union[str, "os.PathLike[str]"]


class Capture:
    """What `ttmem run -o`, `ttmem record` or `ttmem snapshot` wrote. Each answer has `coverage`: what is missing from it."""

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        self.info()

    def _ask(self, command: str, *arguments: str) -> Document:
        document: Document = json.loads(_command.output(command, self.path, *arguments, "--json"))
        return document

    def info(self) -> Document:
        """What it contains, and what it lacks."""
        return self._ask("info")

    def peak(self, *, by: str = "op") -> Document:
        """The largest use of each pool, and what was live then, added up by op, tag, class, part or owner."""
        return self._ask("peak", "--by", by, "--limit", "0")

    def leaks(self) -> Document:
        """What leaked, and what ended processes still held."""
        return self._ask("leaks")

    def timeline(self) -> Document:
        """The use of each pool over time."""
        return self._ask("timeline")

    def stats(self) -> Document:
        """How often, how large and for how long it allocates."""
        return self._ask("stats")

    def status(self) -> Document:
        """How full the chips were at its end."""
        return self._ask("status")

    def allocations(self) -> List[Document]:
        """What was live at its end, one by one."""
        items: List[Document] = self._ask("buffers", "--limit", "0")["items"]
        return items

    def diff(self, other: Union[Capture, Path]) -> Document:
        """What grew from here to the other."""
        path = other.path if isinstance(other, Capture) else os.fspath(other)
        document: Document = json.loads(_command.output("diff", self.path, path, "--limit", "0", "--json"))
        return document

    def to_pandas(self) -> pandas.DataFrame:
        """allocations() as a table; `pip install ttmem[pandas]`."""
        import pandas

        return pandas.DataFrame(self.allocations())

    def svg(self) -> str:
        """The timeline as a picture, which needs nothing from elsewhere."""
        with tempfile.TemporaryDirectory() as folder:
            picture = pathlib.Path(folder) / "timeline.svg"
            _command.output("timeline", self.path, "--svg", str(picture))
            return picture.read_text(encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<ttmem.Capture {self.path!r}>"


def read(path: Path) -> Capture:
    """Opens a capture; CommandFailed says why it cannot be read."""
    return Capture(path)


def dump_snapshot(path: Path) -> None:
    """Writes how this process stands now to a capture, over what is there; after record_memory_history() also what happened
    until now. read() and every command answer from it."""
    _command.output("snapshot", "--history", *_command.own(), "--force", "-o", os.fspath(path))
