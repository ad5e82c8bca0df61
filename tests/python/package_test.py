"""The package in a process that nobody started with `ttmem run`: its figures, when it may come, what it costs to have it."""
from package import Machine, installed
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


def test_tracks_have_the_peak_of_their_own_time():
    with Machine() as machine:
        check("all is as it should be" in machine.says("tracks.py").stdout)
