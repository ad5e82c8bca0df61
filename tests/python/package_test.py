"""The package in a process that nobody started with `ttmem run`: its figures, when it may come, what it costs to have it."""
import pathlib
import re

from package import Machine, installed, site_packages
from scenario import Scene, check, check_equal


def test_every_figure_agrees_with_ttnn_at_every_step():
    for name in ("N150", "T3000"):
        with Machine(name) as machine:
            check("figures are equal" in machine.says("agrees.py").stdout)


def test_imported_late_it_says_once_what_it_missed():
    with Machine() as machine:
        check("figures are equal" in machine.says("agrees.py", "late").stdout)


def test_before_a_device_is_open_there_is_no_figure():
    with Machine() as machine:
        done = machine.plain(machine.script("import ttmem, ttmem.ttnn\nttmem.memory_allocated()\n"))
        check("NotTracked: no device of this process is tracked so far" in done.stderr, done.stderr)


def test_under_ttmem_run_it_is_the_same():
    with Machine() as machine:
        done = machine.run("ttmem", "run", "--", machine.python, machine.script(
            "import ttmem, ttmem.ttnn, marks\ndevice = marks.open_mesh()\nkept = marks.tensor(device, 64)\nprint('has', ttmem.memory_allocated())\n"))
        check("has 24576" in done.stdout, done.stdout, done.stderr)


def test_the_wheel_alone_brings_the_command():
    scene = Scene()
    try:
        python = installed()
        done = scene.run(python.parent / "ttmem", "preload-path", "--json")
        check_equal(done.returncode, 0, done.stderr)
        check("site-packages/ttmem/lib/ttmem/libttmem_preload.so" in done.stdout, done.stdout)
        check("site-packages/ttmem/share/ttmem/python" in done.stdout, done.stdout)
        check_equal(scene.run(python, "-m", "ttmem", "version").stdout, scene.run(python.parent / "ttmem", "version").stdout)
        done = scene.run(python, "-c", "import ttmem; ttmem.memory_allocated()")
        check("NotTracked: this process is not tracked" in done.stderr, done.stderr)
    finally:
        scene.close()


def test_nothing_in_it_needs_more_than_glibc_2_34_and_gcc_11():
    newest = {b"GLIBC_2": 34, b"GLIBCXX_3.4": 29}
    programs = [path for path in pathlib.Path(site_packages(), "ttmem").rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    check(len(programs) >= 5, programs)
    for path in programs:
        for library, release in re.findall(rb"\0(GLIBC_2|GLIBCXX_3\.4)\.(\d+)(?=\0)", path.read_bytes()):
            check(int(release) <= newest[library], path, "needs", library, release)


def test_tracks_have_the_peak_of_their_own_time():
    with Machine() as machine:
        check("all is as it should be" in machine.says("tracks.py").stdout)


def test_functions_keep_what_torch_and_jax_document_of_their_names():
    with Machine() as machine:
        done = machine.pytest("semantics", "-p", "no:ttmem")
        check(re.search(r"^\d+ passed in", done.stdout, re.MULTILINE), done.stdout[-6000:], done.stderr[-2000:])


def test_failed_allocations_are_told_in_the_process():
    with Machine() as machine:
        check("failures are told" in machine.says("failures.py").stdout)


def recorded(machine, *options):
    """A capture of a program that makes tensors in two iterations, and frees one."""
    path = machine.files / "run.ttmem"
    program = machine.script("""
import os, marks, ttmem, ttnn
device, kept = marks.open_mesh(), []
for number in range(2):
    with ttmem.iteration("step"), ttmem.annotate("None"):
        kept += [marks.tensor(device, 64), ttnn.softmax(marks.tensor(device, 64, memory=ttnn.L1_MEMORY_CONFIG))]
ttnn.deallocate(kept[0])
os._exit(0)
""")
    done = machine.run("ttmem", "run", *options, "-o", path, "--", machine.python, program)
    check_equal(done.returncode, 0, done.stderr)
    return path


def test_a_recording_is_not_replaced_by_a_snapshot_unless_that_is_said():
    with Machine() as machine:
        path = recorded(machine)
        before = path.read_bytes()
        done = machine.plain(machine.script(f"""
import marks, ttmem, ttmem.ttnn
device = marks.open_mesh()
path = {str(path)!r}
try:
    ttmem.dump_snapshot(path)
except FileExistsError as error:
    assert "a recording of a run is there" in str(error) and error.filename == path, error
else:
    raise SystemExit("it was replaced")
assert open(path, "rb").read() == bytes.fromhex({before.hex()!r})
for content in (bytes(100), open(path, "rb").read()[:40] + bytes(4000), b"a text"):  # a damaged recording, and what is none
    open(path + "2", "wb").write(content)
    try:
        ttmem.dump_snapshot(path + "2")
    except FileExistsError as error:
        assert "is there, which overwrite=True would replace" in str(error) and open(path + "2", "rb").read() == content, error
    else:
        raise SystemExit("it was replaced")
open(path + "2", "wb").close()
ttmem.dump_snapshot(path + "2")  # of an empty file nothing is lost
ttmem.dump_snapshot(path, overwrite=True)
assert [process["state"] for process in ttmem.read(path).info()["processes"]] == ["live"]
ttmem.dump_snapshot(path)  # an earlier snapshot, as before
print("kept")
"""))
        check("kept" in done.stdout, done.stdout, done.stderr[-3000:])


def asks(machine, capture, text):
    """Runs this in the environment of the wheel alone, about a capture."""
    script = machine.script(f"import json, subprocess, sys, ttmem\ncapture = ttmem.read({str(capture)!r})\n{text}\nprint('asked')\n", "asks.py")
    done = machine.run(installed(), script, env={"PYTHONPATH": ""}, cwd=machine.files)
    check("asked" in done.stdout, done.stdout, done.stderr[-3000:])


def test_a_capture_answers_as_the_command_does():
    with Machine() as machine:
        asks(machine, recorded(machine), """
def said(*arguments):
    return subprocess.run(["ttmem", *arguments], capture_output=True, text=True).stdout
for name in ("info", "peak", "leaks", "growth", "headroom", "timeline", "stats", "status", "l1_map", "diff"):
    command, others = name.replace("l1_", ""), (capture.path,) * (name == "diff")
    answer = getattr(capture, name)(*others)
    document = json.loads(said(command, capture.path, *others, "--json"))
    assert {**answer, "generated_at": 0} == {**document, "generated_at": 0}, (command, answer, document)
    assert "<pre>" in answer._repr_html_() and str(answer), name
assert capture.l1_map(at="l1-peak", core=(1, 0)).text() == said("map", capture.path, "--at", "l1-peak", "--core", "1,0")
assert [pool["pool"] for pool in capture.timeline(pool="l1")["pools"]] == ["l1"]
assert sorted(item["op"] for item in capture.allocations()) == ["ttnn.softmax"] * 2 + ["ttnn.zeros"]
try:
    ttmem.read("nothing.ttmem")
    raise AssertionError("it read nothing")
except ttmem.CommandFailed as failed:
    assert str(failed) == subprocess.run(["ttmem", "info", "nothing.ttmem"], capture_output=True, text=True).stderr.strip(), failed
    assert "No such file or directory" in str(failed) and "next: " in str(failed), failed
""")


def test_pictures_of_a_capture_load_nothing():
    with Machine() as machine:
        asks(machine, recorded(machine), """
import base64, re
for shown in (capture, capture.timeline(), capture.l1_map()):
    page = shown._repr_html_()
    (picture,) = re.findall('src="data:image/svg[+]xml;base64,([^"]+)"', page)
    svg = base64.b64decode(picture).decode()
    assert svg == shown.svg() and svg.startswith("<svg") and len(svg) < 300_000, svg[:100]
    rest = page.replace(picture, "") + svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search("https?://|<script|@import|url[(](?!#)", rest), rest
assert capture.peak().svg() is None and "<img" not in capture.peak()._repr_html_()
assert capture._repr_svg_() == capture.svg()
""")


def test_a_capture_is_a_table_of_pandas_parquet_and_duckdb():
    with Machine() as machine:
        asks(machine, recorded(machine), """
import pandas
frame, events = capture.to_pandas(), capture.to_pandas("events")
live = frame[frame["end"] != "freed"]
assert len(live) == len(capture.allocations()) and set(frame["tag"]) == {"None"}, frame
assert sum(live.requested_bytes_per_chip * live.chips) == sum(item["requested_bytes"] for item in capture.allocations())
assert frame.lifetime_ns.isna().sum() == 0 or "live" in set(frame["end"]), "what is unknown is no zero"
assert (events.event == "allocated").sum() == len(frame) and frame.attrs["coverage"] == capture.info()["coverage"]
capture.to_parquet("run.parquet")
again = pandas.read_parquet("run.parquet")
assert again.equals(frame) and again.attrs == frame.attrs
database = capture.to_duckdb("run.duckdb")
sums = database.execute("select count(*), sum(reserved_bytes_per_chip) from allocations").fetchone()
assert sums == (len(frame), int(frame.reserved_bytes_per_chip.sum())), sums
assert database.execute("select count(*) from events").fetchone() == (len(events),)
assert database.execute("from coverage").fetchall() == [(True, None)]
try:
    capture.to_pandas("tensors")
    raise AssertionError("there is no such table")
except ValueError as error:
    assert "allocations, events" in str(error)
""")


def test_tables_of_a_recording_with_stacks_have_the_line_of_each_allocation():
    with Machine() as machine:
        asks(machine, recorded(machine, "--stacks"), """
import pandas
stacks = {item["id"]: item["stack"] for item in capture.allocations()}
frame = capture.to_pandas()
capture.to_parquet("run.parquet")
database = capture.to_duckdb()
for table in (frame, pandas.read_parquet("run.parquet"), database.execute("from allocations").df()):
    rows = {row.id: row for row in table.itertuples()}
    assert set(stacks) <= set(rows), rows
    for id, stack in stacks.items():
        frames = [f"{frame['file'].rpartition('/')[2]}:{frame['line']} {frame['function']}" for frame in stack]
        assert rows[id].line in frames, (rows[id], frames)
    assert all(type(line) is str and line for line in table[table["class"] == "tensor"]["line"]), table
assert set(capture.to_pandas("events").query("event == 'allocated'")["line"].dropna()) == set(frame["line"].dropna())
assert "called_at" in frame
""")


def test_without_an_extra_it_says_which():
    with Machine() as machine:
        asks(machine, recorded(machine), """
def says(extra, library, function):
    sys.modules[library] = None
    try:
        function()
        raise AssertionError(f"{library} was not needed")
    except ttmem.MissingExtra as error:
        assert str(error) == f"this needs {library}, which is not installed: pip install ttmem[{extra}]", error
says("duckdb", "duckdb", capture.to_duckdb)
says("parquet", "pyarrow", lambda: capture.to_parquet("run.parquet"))
says("pandas", "pandas", capture.to_pandas)
""")
