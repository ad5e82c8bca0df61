"""Captures, read: `ttmem.read("run.ttmem").peak()`. The answers are the JSON documents of the command (docs/json)."""
from __future__ import annotations

import base64
import errno
import html
import json
import os
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

from . import _command, _own, _tables

if TYPE_CHECKING:
    import duckdb
    import pandas

Path = Union[str, "os.PathLike[str]"]
_DRAWN = ("timeline", "map")  # the commands that have --svg


class Document(Dict[str, Any]):
    """An answer: the command's JSON document as a dictionary, with `coverage`: what is missing from it. Printed it is the
    command's text; in a notebook that and a picture, which load nothing from anywhere."""

    def __init__(self, command: str, files: Tuple[str, ...], options: Tuple[str, ...]) -> None:
        super().__init__(json.loads(_command.output(command, *files, *options, "--json")))
        self._asked = (command, *files, *options)

    def text(self) -> str:
        """What the command says in a terminal."""
        return _command.output(*self._asked, "--no-color")

    def svg(self) -> Optional[str]:
        """The picture of a timeline or of a map; None where there is none."""
        return _picture(*self._asked) if self._asked[0] in _DRAWN else None

    def _repr_html_(self) -> str:
        return _html(self.svg(), self.text())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # IPython in a terminal
        printer.text(self.text())

    __str__ = text


class Capture:
    """What `ttmem run -o`, `ttmem record`, `ttmem snapshot` or ttmem.dump_snapshot() wrote. In a notebook it shows its timeline
    and who held the peak."""

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        self.info()

    def _ask(self, command: str, *options: str) -> Document:
        return Document(command, (self.path,), options)

    def info(self) -> Document:
        """What it contains, and what it lacks."""
        return self._ask("info")

    def peak(self, *, by: str = "op") -> Document:
        """The largest use of each pool, and what was live then, added up by op, tag, class, part or owner."""
        return self._ask("peak", "--by", by, "--limit", "0")

    def leaks(self) -> Document:
        """What leaked, and what ended processes still held."""
        return self._ask("leaks")

    def growth(self) -> Document:
        """What accumulates from iteration to iteration, and how the program cache grows."""
        return self._ask("growth", "--limit", "0")

    def headroom(self) -> Document:
        """What each pool may still take: for a KV cache, a larger batch, a trace region."""
        return self._ask("headroom")

    def timeline(self, *, pool: Optional[str] = None, chip: Optional[int] = None) -> Document:
        """The use of each pool over time, or of one pool, or of one chip."""
        return self._ask("timeline", *_given("--pool", pool), *_given("--chip", chip))

    def l1_map(self, *, at: Optional[str] = None, core: Optional[Tuple[int, int]] = None, chip: Optional[int] = None) -> Document:
        """Where everything lies: each core's L1 with the gap between circular buffers and L1 buffers, and what ends it. `at`:
        end, l1-peak, dram-peak, failure, 90s; without it the end, or the fullest moment where all processes have ended."""
        files = (self.path,) if chip is None else (str(chip), self.path)
        return Document("map", files, (*_given("--at", at), *_given("--core", None if core is None else f"{core[0]},{core[1]}")))

    def failure(self) -> Document:
        """Why the last allocation failed: what it needed, who held what and what lay where, and what would help."""
        return self._ask("explain", "--last")

    def stats(self) -> Document:
        """How often, how large and for how long it allocates."""
        return self._ask("stats")

    def status(self) -> Document:
        """How full the chips were at its end."""
        return self._ask("status")

    def allocations(self) -> List[Dict[str, Any]]:
        """What was live at its end, one by one; IncompleteWarning is warned of where some may be missing."""
        document = self._ask("buffers", "--at", "end", "--limit", "0")
        _own.say_what_is_missing(document, f"what was live at the end of {self.path}")
        items: List[Dict[str, Any]] = document["items"]
        return items

    def diff(self, *others: Union[Capture, Path]) -> Document:
        """What grew from here to the other; of several what differs most."""
        files = tuple(other.path if isinstance(other, Capture) else os.fspath(other) for other in others)
        return Document("diff", (self.path, *files), ("--limit", "0"))

    def to_pandas(self, table: str = "allocations") -> pandas.DataFrame:
        """Each allocation with its whole life, or each of the `"events"`, as a table; `.attrs["coverage"]` is what is missing
        from it. Columns: docs/exports.md. `pip install ttmem[pandas]`"""
        return _tables.to_pandas(self.path, table)

    def to_parquet(self, path: Path, table: str = "allocations") -> None:
        """The same as a Parquet file. `pip install ttmem[parquet]`"""
        _tables.to_parquet(self.path, os.fspath(path), table)

    def to_duckdb(self, path: Path = ":memory:") -> duckdb.DuckDBPyConnection:
        """Both tables, `allocations` and `events`, and `coverage`, in a database that need not fit into memory; those that are
        there are replaced. `pip install ttmem[duckdb]`"""
        return _tables.to_duckdb(self.path, os.fspath(path))

    def svg(self) -> str:
        """The timeline as a picture, which needs nothing from elsewhere."""
        return _picture("timeline", self.path)

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return _html(self.svg(), self.peak().text())

    def __repr__(self) -> str:
        return f"<ttmem.Capture {self.path!r}>"


def _given(option: str, value: object) -> Tuple[str, ...]:
    return () if value is None else (option, str(value))


def _picture(*asked: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "picture.svg"
        _command.output(*asked, "--svg", str(picture))
        return picture.read_text(encoding="utf-8")


def _html(svg: Optional[str], text: str) -> str:
    """As an image its styles are its own, and those of the notebook do not reach it."""
    image = f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">' if svg else ""
    return f"<div>{image}<pre>{html.escape(text)}</pre></div>"


def read(path: Path) -> Capture:
    """Opens a capture; CommandFailed says why it cannot be read."""
    return Capture(path)


def _in_the_way(path: Path) -> str:
    """What is there that a snapshot must not replace; "" nothing, an empty file, or an earlier snapshot of one process."""
    if not os.path.exists(path) or (os.path.isfile(path) and os.path.getsize(path) == 0):
        return ""
    try:
        info = json.loads(_command.output("info", os.fspath(path), "--json"))
    except _command.CommandFailed:  # or a damaged recording
        return "what cannot be read as an earlier snapshot"
    is_snapshot = info["finished"] and len(info["processes"]) <= 1 and all(process["state"] == "live" for process in info["processes"])
    return "" if is_snapshot else "a recording of a run"


def dump_snapshot(path: Path, overwrite: bool = False) -> None:
    """Writes how this process stands now to a capture, over an earlier snapshot; after record_memory_history() also what happened
    until now. read() and every command answer from it. Any other file, such as what `ttmem run -o` or `ttmem record` wrote of
    programs that have ended, cannot be had again: it is replaced with `overwrite` alone, and else FileExistsError is raised."""
    in_the_way = "" if overwrite else _in_the_way(path)
    if in_the_way:
        raise FileExistsError(errno.EEXIST, f"{in_the_way} is there, which overwrite=True would replace", os.fspath(path))
    _command.output("snapshot", "--history", *_command.own(), "--force", "-o", os.fspath(path))
