"""Processes that use a chip by turns: the test says who does what when, so that the true sums are known. Each view of a
capture of it has to show one of them, or to say that it may not."""
import random
import signal
import time

from scenario import BIN, check, check_equal, scene, seeds, wait_until

UNIT = 12 << 20  # a whole number of bytes in each of the 12 banks


class Players:
    """Drivers that do one thing at a time, each after the other; `sums` has what was live after each."""

    def __init__(self, scene, levels):
        self.capture = scene.files / f"turns{random.random()}.ttmem"
        self.recorder = scene.start(BIN / "ttmem", "record", "-o", self.capture)
        wait_until(lambda: self.capture.exists() and self.capture.stat().st_size > 0, "the recording begins")
        self.drivers = [scene.driver("obey", env={"TTMEM_LEVEL": level})[0] for level in levels]
        self.live, self.sums, self.number = {}, [0], 0

    def do(self, player, words):
        driver = self.drivers[player]
        driver.stdin.write(words + "\n")
        driver.stdin.flush()
        check_equal(driver.stdout.readline(), "done\n", words)
        self.sums.append(sum(self.live.values()))

    def alloc(self, player, units):
        self.number += 1
        self.live[player, self.number] = units * UNIT
        self.do(player, f"alloc {self.number} {units * UNIT}")
        return self.number

    def free(self, player, number):
        del self.live[player, number]
        self.do(player, f"free {number}")

    def finish(self):
        for driver in self.drivers:
            driver.stdin.close()
            check_equal(driver.wait(60), 0)
        self.recorder.send_signal(signal.SIGINT)
        self.recorder.communicate(timeout=60)
        check_equal(self.recorder.returncode, 0)
        return self.capture


def shown(s, capture):
    """What each view says was live in DRAM at the peak, and whether it says that this is certain."""
    tree = s.json("tree", capture)
    at_peak = [pool["reserved_bytes"] for pool in tree["pools"] if pool["pool"] == "dram"]
    yield "tree", at_peak[0], tree["coverage"]["complete"]
    for at in ("dram-peak", "1.1s"):
        buffers = s.json("buffers", capture, "--at", at, code=None)
        yield f"buffers --at {at}", sum(item["reserved_bytes"] for item in buffers["items"]), buffers["coverage"]["complete"]
    timeline = s.json("timeline", capture)
    for bytes_ in {bytes_ for pool in timeline["pools"] if pool["pool"] == "dram" for bytes_ in pool["reserved_bytes"]}:
        yield "timeline", bytes_, timeline["coverage"]["complete"]


def hold_against_truth(s, capture, sums):
    most = max(sums)
    peak = [peak for peak in s.json("peak", capture)["peaks"] if peak["pool"] == "dram"][0]
    low, high = peak["peak_reserved_bytes"], peak["peak_reserved_bytes_max"]
    check(low <= most <= high, "peak", low, high, "the truth:", most)
    headroom = [pool for pool in s.json("headroom", capture)["pools"] if pool["pool"] == "dram"][0]
    room = headroom["capacity_bytes"] - most
    check(headroom["headroom_bytes"] <= room <= headroom["headroom_bytes_max"], headroom, room)
    for view, figure, is_certain in shown(s, capture):
        check(not is_certain or figure in sums, f"{view} shows {figure} as certain, of", sums)
    return low, high


def test_turns_far_apart_are_told_exactly_by_each_view():
    with scene() as s:
        players = Players(s, ("events", "events"))
        for player, units in ((0, 60), (1, 70)):
            time.sleep(0.2)
            number = players.alloc(player, units)
            time.sleep(0.2)
            players.free(player, number)
        capture = players.finish()
        check_equal(hold_against_truth(s, capture, players.sums), (70 * UNIT, 70 * UNIT))
        for view, figure, is_certain in shown(s, capture):
            check(is_certain, view, figure)


def test_what_two_processes_had_at_once_for_long_is_certain():
    with scene() as s:
        players = Players(s, ("events", "events"))
        first, second = players.alloc(0, 50), players.alloc(1, 30)
        time.sleep(0.4)
        players.free(0, first)
        players.free(1, second)
        check_equal(hold_against_truth(s, players.finish(), players.sums), (80 * UNIT, 80 * UNIT))


def take_random_turns(levels, usual, full):
    for seed in seeds(usual, full):
        dice = random.Random(seed)
        with scene() as s:
            players = Players(s, [dice.choice(levels) for _ in range(dice.randint(2, 4))])
            own = {}
            for _ in range(dice.randint(10, 60)):
                time.sleep(dice.choice((0, 0, 0.002, 0.02, 0.06, 0.15)))
                player = dice.randrange(len(players.drivers))
                numbers = own.setdefault(player, [])
                if numbers and dice.random() < 0.5:
                    players.free(player, numbers.pop(dice.randrange(len(numbers))))
                else:
                    numbers.append(players.alloc(player, dice.randint(1, 60)))
            time.sleep(dice.choice((0, 0.1)))
            hold_against_truth(s, players.finish(), players.sums + [0] + partial_sums(players))


def test_random_turns_are_true_or_said_not_to_be_certain():
    take_random_turns(("events",), 4, 40)


def test_turns_of_processes_of_which_some_keep_no_history_are_bounded():
    take_random_turns(("events", "counts"), 2, 20)


def test_what_a_process_without_history_freed_before_it_allocated_is_not_added_up():
    with scene() as s:
        players = Players(s, ("counts", "events"))
        first = players.alloc(0, 50)
        time.sleep(1.2)  # it has been looked at
        players.free(0, first)
        second = players.alloc(0, 40)
        players.alloc(1, 5)
        time.sleep(1.2)
        players.free(0, second)
        hold_against_truth(s, players.finish(), [*players.sums, 0])


def partial_sums(players):
    """What was live while one after the other closed."""
    sums, live = [], dict(players.live)
    for player in range(len(players.drivers)):
        live = {key: bytes_ for key, bytes_ in live.items() if key[0] != player}
        sums.append(sum(live.values()))
    return sums
