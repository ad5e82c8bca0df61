"""A run killed at any moment: what it held is reported exactly, and nothing of it ever counts as live."""
import json
import random
import signal

from scenario import (BIN, FULL, SIM, check, check_chips, check_equal, ended, figures_of, point_of, process_state,
                      scene, sums_of, wait_until)

KILLS = 200  # in all, over four tests
SEED = 20260


def kill_after(s, calls, folder):
    """A mesh test that kills itself after so many calls, with ledgers in `folder`. None when it ended before that."""
    folder.mkdir(mode=0o700)
    truth = s.files / f"{folder.name}.json"
    done = s.run(SIM, "mesh-test", "--machine", "t3000", "--truth", truth, "--kill-after", calls,
                 env={"TTMEM_DIR": str(folder)})
    if done.returncode == 0:
        return None
    check_equal(done.returncode, -signal.SIGKILL, f"--kill-after {calls}:")
    return point_of(json.loads(truth.read_text()), "killed")


def calls_of_the_whole_run(s):
    low, high = 1, 2
    while kill_after(s, high, s.ledgers / f"probe{high}") is not None:
        low, high = high, high * 2
    while low + 1 < high:
        middle = (low + high) // 2
        if kill_after(s, middle, s.ledgers / f"probe{middle}") is None:
            high = middle
        else:
            low = middle
    return low


def check_killed_run(s, calls, folder, environment_level):
    truth = kill_after(s, calls, folder)
    env = {"TTMEM_DIR": str(folder), "TTMEM_LEVEL": environment_level}
    what = f"killed after {calls} calls:"
    dead = ended(s.json("ps", "--dead", env=env, code=None))
    leaks = s.json("leaks", env=env, code=None)["items"]
    check_equal(sums_of(leaks), figures_of(truth["chips"]), f"{what} leaks")
    check_equal(len(leaks), len(truth["live"]), f"{what} number of leaks")
    if dead or truth["live"]:
        check_equal([(item["comm"], item["state"]) for item in dead], [("ttmem-sim", "killed")], what)
        check_equal(figures_of(dead[0]["chips"]), figures_of(truth["chips"]), f"{what} ps --dead")
    live = s.json("status", env=env, code=None)
    check_equal(figures_of(live["chips"]), {}, f"{what} nothing of it is live")
    check_equal(s.json("buffers", env=env, code=None)["items"], [], f"{what} no buffer of it is live")


def kills(part, level):
    count = KILLS // 4 * (10 if FULL else 1)
    with scene() as s:
        whole = calls_of_the_whole_run(s)
        check(whole > 50, "the mesh test makes more than 50 calls, counted:", whole)
        chosen = random.Random(SEED + part)
        for i in range(count):
            check_killed_run(s, chosen.randint(1, whole), s.ledgers / f"kill{i}", level)


def test_a_run_killed_at_random_calls_is_reported_exactly_1():
    kills(1, "counts")


def test_a_run_killed_at_random_calls_is_reported_exactly_2():
    kills(2, "counts")


def test_a_run_killed_at_random_calls_with_history_is_reported_exactly_1():
    kills(3, "events")


def test_a_run_killed_at_random_calls_with_history_is_reported_exactly_2():
    kills(4, "events")


def test_a_paused_run_that_is_killed_from_outside_leaves_what_it_held():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run2.matmul"])
        truth = sim.wait_paused("run2.matmul")
        sim.process.kill()
        sim.process.wait()
        check_equal(sums_of(s.json("leaks", code=None)["items"]), figures_of(truth["chips"]))
        dead = ended(s.json("ps", "--dead"))
        check_equal([(item["pid"], item["state"]) for item in dead], [(sim.pid, "killed")])
        check_chips(dead[0]["chips"], truth["chips"], "a dead process keeps its figures and peaks:")
        for item in s.json("leaks", code=None)["items"]:
            check_equal(item["verdict"], "held_at_exit")


def test_a_dead_process_does_not_hide_or_join_a_living_one_on_the_same_chips():
    with scene() as s:
        killed, living = (s.mesh_test("t3000", ["run1.matmul"]) for _ in range(2))
        killed.wait_paused("run1.matmul")
        truth = living.wait_paused("run1.matmul")
        killed.process.kill()
        killed.process.wait()
        check_chips(s.json("status")["chips"], truth["chips"], "status has the living one alone:")
        check_equal({item["pid"] for item in s.json("buffers")["items"]}, {living.pid})
        check_equal({item["pid"] for item in s.json("leaks", code=None)["items"]}, {killed.pid})


def test_a_zombie_counts_as_dead():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        sim.process.send_signal(signal.SIGKILL)  # and nobody waits for it yet
        wait_until(lambda: process_state(sim.pid) == "Z", "the killed process is a zombie")
        check_equal(figures_of(s.json("status", code=None)["chips"]), {}, "live:")
        check_equal([item["state"] for item in ended(s.json("ps", "--dead"))], ["killed"])


def test_a_run_that_ends_by_itself_and_frees_all_leaves_no_leak():
    with scene() as s:
        sim = s.mesh_test("t3000", [])
        sim.finish()
        check_equal(s.json("leaks", code=None)["items"], [])
        check_equal([item["state"] for item in ended(s.json("ps", "--dead"))], ["exited"])


def test_gc_removes_the_dead_and_keeps_the_living():
    with scene() as s:
        killed, living = (s.mesh_test("t3000", ["run1.matmul"]) for _ in range(2))
        killed.wait_paused("run1.matmul")
        truth = living.wait_paused("run1.matmul")
        killed.process.kill()
        killed.process.wait()
        s.ttmem("gc", "--all", "--force", "--yes")
        check_equal(ended(s.json("ps", "--dead", code=None)), [])
        check_chips(s.json("status")["chips"], truth["chips"])


def test_gc_asks_before_it_removes_everything_and_keeps_to_its_folder():
    with scene() as s:
        s.run(BIN / "scenario-driver", "leave", 0)
        s.ttmem("gc", "--all", code=2)
        check_equal(len(ended(s.json("ps", "--dead", code=None))), 1, "nobody was there to answer:")
        document = s.json("gc", "--all", "--yes")
        check_equal([document["items"], document["kept_young"]], [[], 1], "it ended a moment ago:")
        s.json("gc", "--all", "--yes", "--force", env={"TTMEM_DIR": str(s.files)})
        check_equal(len(ended(s.json("ps", "--dead", code=None))), 1, "another folder was named:")
        check_equal(len(s.json("gc", "--all", "--yes", "--force")["items"]), 1)
