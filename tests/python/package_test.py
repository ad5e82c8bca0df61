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


def test_a_capture_answers_as_the_command_does():
    with Machine() as machine:
        capture = machine.files / "run.ttmem"
        program = machine.script("import os, marks\ndevice = marks.open_mesh()\nkept = [marks.tensor(device, 64) for _ in range(3)]\nos._exit(0)\n")
        done = machine.run("ttmem", "run", "-o", capture, "--", machine.python, program)
        check_equal(done.returncode, 0, done.stderr)
        asks = machine.script(f"""
import json, subprocess, ttmem
capture = ttmem.read({str(capture)!r})
for command in ("info", "peak", "leaks", "timeline", "stats", "status"):
    said = json.loads(subprocess.run(["ttmem", command, capture.path, "--json"], capture_output=True, text=True).stdout)
    answer = getattr(capture, command)()
    assert {{**answer, "generated_at": 0}} == {{**said, "generated_at": 0}}, (command, answer, said)
assert [item["op"] for item in capture.allocations()] == ["ttnn.zeros"] * 3
assert capture.diff(capture)["schema"] == "ttmem.diff/1", capture.diff(capture)["schema"]
assert capture._repr_svg_().startswith("<svg") and "http://" not in capture.svg().replace("http://www.w3.org", "")
try:
    ttmem.read("nothing.ttmem")
except ttmem.CommandFailed as failed:
    print("says", failed)
""", "asks.py")
        done = machine.run(installed(), asks, env={"PYTHONPATH": ""}, cwd=machine.files)
        check("says" in done.stdout and "nothing.ttmem" in done.stdout, done.stdout, done.stderr[-3000:])
