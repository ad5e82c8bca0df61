"""A forked child has a ledger of its own, and nothing that it inherited touches its parent's."""
import os
import signal

from scenario import check, check_equal, figures_of, process_state, scene, sums_of, wait_until

MIB = 1 << 20


def test_a_forked_child_has_a_ledger_of_its_own():
    with scene() as s:
        process, (parent, child) = s.driver("fork")
        ledgers = {item["pid"]: item["ledger"] for item in s.json("ps")["items"]}
        check_equal(sorted(ledgers), sorted([parent, child]), "processes:")
        check(ledgers[parent] != ledgers[child], "their ledgers differ:", ledgers)
        process.communicate()
        check_equal(process.returncode, 7, "exit code:")


def test_a_handle_of_the_parent_frees_nothing_in_the_child():
    with scene() as s:
        _, (parent, child) = s.driver("fork")
        held = {item["pid"]: item["requested_bytes"] for item in s.json("buffers")["items"]}
        check_equal(held, {parent: MIB, child: 2 * MIB})
        total = figures_of(s.json("status")["chips"])
        check_equal(list(total.values())[0]["dram"][0], 3 * MIB, "requested bytes of both:")


def test_the_child_counts_the_frees_with_handles_of_its_parent():
    with scene() as s:
        _, (parent, child) = s.driver("fork")
        notes = " ".join(s.json("status", "--pid", child)["coverage"]["notes"])
        check("3" in notes and "parent" in notes or "foreign" in notes, "the notes tell of three foreign frees:", notes)


def test_a_child_that_is_killed_leaves_its_own_and_not_its_parents():
    with scene() as s:
        _, (parent, child) = s.driver("fork")
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: process_state(child) in ("Z", ""), "the child is dead")
        check_equal({item["pid"]: item["requested_bytes"] for item in s.json("buffers")["items"]}, {parent: MIB})
        leaks = s.json("leaks", code=None)["items"]
        check_equal([(item["pid"], item["requested_bytes"]) for item in leaks], [(child, 2 * MIB)])
        check_equal(len(sums_of(leaks)), 1, "chips:")
