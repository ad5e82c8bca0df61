"""How a process lives and ends: its ledger is live exactly as long as its memory is, in every shape."""
import os
import signal
import time

from scenario import BIN, Skip, check, check_equal, needs_root, process_state, scene, wait_until

MIB = 1 << 20


def start(s, shape):
    """A process of that shape that has said `ready`, and the pids that it named."""
    process = s.start(BIN / "scenario-shape", shape)
    first = process.stdout.readline().split()
    if not first and process.wait() == 77:
        raise Skip(f"this system does not allow the shape `{shape}`")
    check(first[:1] == ["ready"], f"{shape} did not get ready:", first, process.poll())
    return process, [int(word) for word in first[1:]]


def processes(s):
    """{pid: (state, requested bytes)} of all that are known, ended ones with what they held."""
    return {item["pid"]: (item["state"], sum(chip["pools"]["dram"]["requested_bytes"] for chip in item["chips"]))
            for item in s.json("ps", "--dead", code=None)["items"]}


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: process_state(pid) in ("Z", ""), "it is dead")


def check_parent_dies_alone(shape):
    """The child lives on, without a ledger: it keeps nothing of its parent's alive."""
    with scene() as s:
        process, (parent, child) = start(s, shape)
        check_equal(processes(s), {parent: ("live", MIB)}, f"{shape}: before")
        try:
            kill(parent)
            check(process_state(child) not in ("Z", ""), "the child lives")
            check_equal(processes(s), {parent: ("killed", MIB)}, f"{shape}: after")
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_forked_child_keeps_nothing_alive():
    check_parent_dies_alone("fork")


def test_nor_does_one_of_the_bare_system_call():
    check_parent_dies_alone("raw-fork")


def test_nor_does_a_grandchild_in_a_session_of_its_own():
    check_parent_dies_alone("double-fork")


def test_nor_does_a_child_that_closes_all_it_inherited():
    check_parent_dies_alone("closing-child")


def test_nor_does_a_program_started_with_vfork():
    check_parent_dies_alone("vfork")


def test_nor_does_a_program_started_with_posix_spawn():
    check_parent_dies_alone("spawn")


def check_lives(shape, megabytes):
    with scene() as s:
        process, (pid,) = start(s, shape)
        check_equal(processes(s), {pid: ("live", megabytes * MIB)}, shape)
        process.stdin.close()
        process.wait()


def test_who_opens_and_closes_its_own_ledger_lives():
    check_lives("reopened", 1)


def test_who_closes_all_descriptors_lives_and_records():
    check_lives("closed", 2)


def test_who_has_lost_its_first_thread_lives_and_records():
    check_lives("leaderless", 2)


def test_who_leaves_its_namespaces_lives_and_records():
    check_lives("unshared", 2)


def test_who_becomes_another_user_lives_and_records():
    needs_root()
    check_lives("user", 2)


def test_who_is_stopped_lives():
    with scene() as s:
        _, (pid,) = start(s, "reopened")
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: process_state(pid) == "T", "it stops")
        time.sleep(0.2)
        check_equal(processes(s), {pid: ("live", MIB)})


def test_who_becomes_another_program_has_ended():
    with scene() as s:
        _, (pid,) = start(s, "exec")
        wait_until(lambda: processes(s) == {pid: ("killed", MIB)}, "the old program has ended")
        check(process_state(pid) not in ("Z", ""), "and the new one lives")


def test_a_daemon_has_a_ledger_of_its_own():
    with scene() as s:
        _, (parent, background) = start(s, "daemon")
        try:
            check_equal(processes(s), {parent: ("live", MIB), background: ("live", MIB)})
            kill(parent)
            check_equal(processes(s), {parent: ("killed", MIB), background: ("live", MIB)})
        finally:
            os.kill(background, signal.SIGKILL)


def check_ends(shape, state, held, code=0):
    with scene() as s:
        process = s.start(BIN / "scenario-shape", shape)
        check_equal(process.wait(), code, f"{shape}: exit code")
        check_equal(processes(s), {process.pid: (state, held)}, shape)
        leaks = s.json("leaks", code=None)["items"]
        check_equal(sum(item["requested_bytes"] for item in leaks), held, f"{shape}: leaks")


def test_what_is_held_at_the_end_of_main_is_known():
    check_ends("return", "exited", MIB)


def test_what_is_held_at_exit_is_known():
    check_ends("exit", "exited", MIB)


def test_what_is_held_at_an_exit_without_destructors_is_known():
    check_ends("bare-exit", "killed", MIB)


def test_what_is_held_at_quick_exit_is_known():
    check_ends("quick-exit", "killed", MIB)


def test_what_is_held_at_abort_is_known():
    check_ends("abort", "killed", MIB, code=-signal.SIGABRT)


def test_what_an_atexit_handler_frees_is_recorded():
    check_ends("atexit", "exited", 0)


def test_what_a_static_destructor_frees_is_recorded():
    check_ends("statics", "exited", 0)


def test_what_a_thread_local_destructor_frees_is_recorded():
    check_ends("thread-locals", "exited", 0)


def test_a_child_that_ends_through_destructors_frees_nothing_of_its_parents():
    with scene() as s:
        _, (parent, child) = start(s, "inherited-statics")
        seen = processes(s)
        check_equal(seen.pop(parent), ("live", MIB), "the parent holds what it held:")
        check(all(pid == child and held == 0 for pid, (_, held) in seen.items()), "the child nothing:", seen)


def test_the_ledger_is_not_in_a_core_dump():
    with scene() as s:
        _, (pid,) = start(s, "reopened")
        with open(f"/proc/{pid}/smaps") as file:
            text = file.read()
        lines = text.splitlines()
        inode = str(next(s.ledgers.iterdir()).stat().st_ino)
        begins = [i for i, line in enumerate(lines) if line.split()[4:5] == [inode]]
        check(begins, "the ledger is mapped")
        for begin in begins:
            flags = next(line for line in lines[begin:] if line.startswith("VmFlags"))
            check("dd" in flags.split() and "dc" in flags.split(), "not dumped, not inherited:", flags)
