"""Captures as tables of other libraries, each of which is installed only if it is wanted. Made of what `ttmem export csv` writes,
with the coverage that it tells. `capture` is a file."""
from __future__ import annotations

import contextlib
import csv
import importlib
import json
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Tuple

from . import _command

if TYPE_CHECKING:
    import duckdb
    import pandas

_OPTIONS: Dict[str, Tuple[str, ...]] = {"allocations": ("--allocations",), "events": ()}
_NUMBERS = ("order", "process", "pid", "thread", "chips", "iteration", "address_in_bank", "banks", "data_banks")


class MissingExtra(ImportError):
    """A library that is not installed; the message says how it is."""


def _library(name: str, extra: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra(f"this needs {name}, which is not installed: pip install ttmem[{extra}]") from error


def _is_number(column: str) -> bool:
    return column in _NUMBERS or column.endswith("_ns") or "bytes" in column


@contextlib.contextmanager
def _exported(capture: str, table: str) -> Iterator[Tuple[str, List[str], Dict[str, Any]]]:
    """A file of this table, its columns, and what is missing from it."""
    if table not in _OPTIONS:
        raise ValueError(f"`{table}` is no table of a capture: {', '.join(_OPTIONS)}")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / f"{table}.csv"
        coverage = json.loads(_command.output("export", "csv", capture, *_OPTIONS[table], "-o", str(file), "--json"))["coverage"]
        with open(file, newline="", encoding="utf-8") as lines:
            columns = next(csv.reader(lines))
        yield str(file), columns, coverage


def to_pandas(capture: str, table: str) -> pandas.DataFrame:
    pandas = _library("pandas", "pandas")
    with _exported(capture, table) as (file, columns, coverage):
        types = {column: "Int64" if _is_number(column) else "boolean" if column == "persistent" else "string" for column in columns}
        # An operation may be called "None"; only an empty cell is unknown.
        frame = pandas.read_csv(file, dtype=types, keep_default_na=False, na_values=[""], true_values=["true"], false_values=["false"])
    frame.attrs["coverage"] = coverage
    return frame


def to_parquet(capture: str, path: str, table: str) -> None:
    _library("pandas", "parquet")
    _library("pyarrow", "parquet")
    to_pandas(capture, table).to_parquet(path, engine="pyarrow")


def to_duckdb(capture: str, path: str) -> duckdb.DuckDBPyConnection:
    duckdb = _library("duckdb", "duckdb")
    connection = duckdb.connect(path)
    complete, notes = True, []
    for table in _OPTIONS:
        with _exported(capture, table) as (file, columns, coverage):
            types = {column: "BIGINT" if _is_number(column) else "BOOLEAN" if column == "persistent" else "VARCHAR" for column in columns}
            connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', "
                               f"escape = '\"', auto_detect = false, columns = {types})", [file])
        complete = complete and coverage["complete"]
        notes += [note for note in coverage["notes"] if note not in notes]
    connection.execute("CREATE OR REPLACE TABLE coverage (complete BOOLEAN, note VARCHAR)")
    for note in notes or [None]:
        connection.execute("INSERT INTO coverage VALUES (?, ?)", [complete, note])
    return connection
