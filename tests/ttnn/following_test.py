"""How programs live and end: whatever they do, what they held is exact, and they behave as without ttmem."""
import random
import re
import signal
import struct
import time

from real_ttnn import PRELOAD, PROGRAMS, ROOT, VERSION, Machine
from scenario import BIN, FULL, PATIENCE_S, Skip, check, check_equal, wait_until

LAUNCHER = ROOT / "adapters" / "preload" / "python"
BY_HAND = {"TTMEM_LAUNCHER": str(LAUNCHER), "TTMEM_PRELOAD": str(PRELOAD)}


def test_attached_late_it_knows_what_lived_before():
    for name in ("N150", "T3000"):
        with Machine(name) as machine:
            done = machine.plain(PROGRAMS / "late.py", env={**BY_HAND, **machine.mocking()})
            check("followed: True" in done.stdout and "the workload is done" in done.stdout, done.stdout, done.stderr[-4000:])
            machine.no_difference(least=150)
            described = re.search(r"chip_unique_ids:(.*?)ethernet_connections", machine.descriptor.read_text(), re.DOTALL)[1]
            told = {chip["logical_id"]: int(chip["chip_id"], 16) for chip in machine.notes("late: adopted")[0]["status"]["chips"]}
            check_equal(told, {int(chip): int(unique, 0) for chip, unique in re.findall(r"(\d+): (\w+)", described)})


def test_attached_late_it_asks_nothing_of_a_mesh_that_closes():
    for traced in ("before", "after"):
        with Machine() as machine:
            done = machine.plain(PROGRAMS / "late_close.py", traced, env={**BY_HAND, **machine.mocking()})
            check(done.returncode == 0 and "followed: True" in done.stdout and "the workload is done" in done.stdout, traced,
                  done.returncode, done.stdout, done.stderr[-4000:])


def test_loaded_by_hand_before_the_import_it_follows_all():
    with Machine() as machine:
        done = machine.plain(PROGRAMS / "by_hand.py", "kinds", "operations", env=BY_HAND)
        check("the workload is done" in done.stdout, done.stdout, done.stderr[-4000:])
        machine.no_difference(least=1000)


def test_killed_at_any_moment_it_has_left_what_it_held():
    chosen = random.Random(int(time.time()))
    for _ in range(40 if FULL else 4):
        delay = chosen.uniform(0.01, 0.4)
        print("killed", delay, "s after the first step")
        with Machine() as machine:
            check_killed(machine, delay)


def check_killed(machine, delay):
    counter = machine.files / "steps"
    counter.write_bytes(bytes(16))
    process = machine.start(BIN / "ttmem", "run", "--", machine.python, PROGRAMS / "killed.py", env={"TTMEM_STEPS": str(counter)})
    steps_and_pid = lambda: struct.unpack("<QQ", counter.read_bytes())
    wait_until(lambda: steps_and_pid()[0] > 0 or process.poll() is not None, "the program makes its first step")
    time.sleep(delay)
    machine.kill(steps_and_pid()[1])
    process.communicate(timeout=PATIENCE_S)
    check_equal(process.returncode, -signal.SIGKILL)
    held = {}
    for item in machine.json("leaks", code=None)["items"]:
        held.setdefault(item["pool"], []).append(item["requested_bytes"])
    held = {pool: sorted(sizes) for pool, sizes in held.items()}
    steps = steps_and_pid()[0]
    check(held in [live_after(steps + more) for more in (0, 1)], "after", steps, "steps it held", held)


def live_after(steps):
    """What killed.py holds then: {pool: sizes}."""
    live = []
    for step in range(steps):
        if len(live) < 40 and step % 5 < 3:
            live.append(("l1" if step % 3 == 0 else "dram", 32 * (1 + step % 7) * 64 * 2))
        elif live:
            live.pop(0)
    return {pool: sorted(size for kind, size in live if kind == pool) for pool in {kind for kind, _ in live}}


def test_what_ends_without_closing_has_held_its_tensors():
    with Machine() as machine:
        program = machine.script("import os, ttnn, marks\ndevice = marks.open_mesh()\na = marks.tensor(device, 256)\n"
                                 "b = ttnn.add(a, a)\nos._exit(5)\n")
        machine.followed(program, code=5, env={"PYTHONPATH": str(PROGRAMS)})
        items = machine.json("leaks", code=None)["items"]
        check_equal(sorted((item["op"], item["requested_bytes"]) for item in items), [("ttnn.add", 131072), ("ttnn.zeros", 131072)])
        check_equal({item["verdict"] for item in items}, {"held_at_exit"})


def test_a_fork_with_an_open_device_changes_nothing():
    with Machine() as machine:
        done = machine.followed(PROGRAMS / "forks.py")
        check("the child ended with 7" in done.stdout, done.stdout, done.stderr[-3000:])
        machine.no_difference(least=60)


def test_children_that_become_other_programs_are_not_missed():
    with Machine() as machine:
        program = machine.script("""
import os, marks
device, kept = marks.open_mesh(), []
for number in range(400):
    child = os.fork()
    if child == 0:
        os.execv("/bin/true", ["true"])
    os.waitpid(child, 0)
""")
        done = machine.followed(program, options=("--json",), env={"PYTHONPATH": str(PROGRAMS)})
        check("not followed" not in done.stderr + done.stdout, done.stderr[-2000:])


def test_workers_of_multiprocessing_are_followed_by_each_start_method():
    for method in ("spawn", "forkserver", "fork"):
        with Machine() as machine:
            done = machine.followed(PROGRAMS / "processes.py", method)
            check("the workers ended with [0, 0]" in done.stdout, method, done.stdout[-2000:], done.stderr[-3000:])
            for number in range(2):
                machine.marks = machine.files / f"marks.{number}"
                machine.no_difference(least=100)


def test_many_programs_and_buffers_are_all_known():
    programs, buffers = (10_000, 100_000) if FULL else (300, 5_000)
    with Machine() as machine:
        done = machine.followed(PROGRAMS / "many.py", programs, buffers, options=["-q"], env=machine.mocking("2048"))
        check("the workload is done" in done.stdout, done.stdout, done.stderr[-3000:])
        machine.no_difference(least=1000)
        first = machine.notes("many: programs")[0]
        check_equal(len(first["programs"]["items"]), first["cached_programs"])
        check(first["cached_programs"] >= programs, first["cached_programs"], "programs are cached")


def test_a_program_behaves_as_it_does_without():
    with Machine() as machine:
        machine.plain(PROGRAMS / "behaves.py", "0")  # fills the cache of compiled kernels
        for how in ("0", "3", "raises", "signal"):
            plain = machine.plain(PROGRAMS / "behaves.py", how)
            followed = machine.followed(PROGRAMS / "behaves.py", how, code=None, options=["-q"])
            check_equal(text(followed.stdout), text(plain.stdout), how)
            check_equal(text(followed.stderr), text(plain.stderr), how)
            check_equal(followed.returncode, plain.returncode, f"{how}: exit code")


def text(said):
    """Lines without what differs between any two runs: times, addresses, process ids, and the frames of a C++ backtrace."""
    lines = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+|0x[0-9a-f]+|\[[a-z0-9-]+:\d+\]", "<>", line) for line in said.splitlines()]
    return [line for line in lines if not line.startswith(" --- ")]


def session_of_pytest(machine, module, *options):
    if machine.plain("-c", f"import {module}").returncode != 0:
        raise Skip(f"there is no {module} beside this ttnn")
    done = machine.followed("-m", "pytest", "-q", "-p", "no:cacheprovider", *options, PROGRAMS / "devices_test.py", code=1, env={"PYTHONPATH": str(PROGRAMS)})
    check("4 passed" in done.stdout and "1 failed" in done.stdout, done.stdout[-3000:])


def test_a_session_of_pytest_is_followed_test_by_test():
    with Machine() as machine:
        session_of_pytest(machine, "pytest")
        machine.no_difference(least=100)


def test_workers_of_pytest_xdist_are_followed_each():
    with Machine() as machine:
        session_of_pytest(machine, "xdist", "-n", "2")
        figures = 0
        for worker in sorted(machine.files.glob("marksgw*")):
            machine.marks = worker
            figures += machine.no_difference().equal
        check(figures >= 100, "only", figures, "figures were compared")


def test_tt_metals_own_regions_are_another_source_and_never_added():
    with Machine() as machine:
        program = machine.script("import ttnn, marks\ndevice = marks.open_mesh()\na = marks.tensor(device, 256)\nb = ttnn.add(a, a)\n"
                                 "marks.mark('regions', device, everything=marks.ttmem('status', everything=True))\nttnn.close_mesh_device(device)\n")
        machine.followed(program, env={"PYTHONPATH": str(PROGRAMS)})
        machine.no_difference(least=10)
        status = machine.notes("regions")[0]["everything"]
        check_equal(len(status["regions"]), 0 if machine.version == "0.66.0" else 1)
        check_equal([chip["pools"]["dram"]["reserved_bytes"] for chip in status["chips"]], [294912])


def test_per_core_buffers_are_on_their_chip():
    if VERSION == "0.66.0":
        raise Skip("0.66.0 has no per-core allocation")
    with Machine() as machine:
        machine.followed(PROGRAMS / "per_core.py", env={"TT_METAL_ALLOCATOR_MODE_HYBRID": "1"})
        check_equal(machine.notes("refused"), [])
        live = machine.notes("live")[0]
        check_equal(sorted((item["pool"], item["requested_bytes"]) for item in live["buffers"]["items"]), [("l1", 8192), ("l1", 24576)])
        check("per-core" in " ".join(live["status"]["coverage"]["notes"]), "no note says that ttnn does not show them")
        check_equal(machine.notes("freed")[0]["buffers"]["items"], [])
