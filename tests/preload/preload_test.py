"""libttmem_preload follows small stand-ins for tt-metal, or leaves them alone and says so."""
import re

from scenario import BIN, Scene, check, check_equal

LIB = BIN.resolve().parent / "lib"
PRELOAD = LIB / "libttmem_preload.so"


class Followed:
    """A program with this stand-in, stopped where it looks up."""

    def __init__(self, scene, stand_in, how="runs", preload=True, **environment):
        inherited = scene.environment.get("LD_PRELOAD")
        libraries = ([str(PRELOAD)] if preload else []) + ([inherited] if inherited else [])
        self.scene = scene
        self.said = []
        folder = LIB / "stand_in" / stand_in
        library = folder / "libworkload.so"  # where it is not in the stand-in itself
        if not library.exists():
            library = folder / "libtt_metal.so"
        self.process = scene.start(BIN / "preload_program", library, how,
                                   env={"LD_PRELOAD": ":".join(libraries), **environment})

    def until(self, word):
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.strip() == word:
                return self
        raise AssertionError(f"it ended before {word}: {self.said} {self.process.stderr.read()}")

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self

    def end(self, code=0):
        rest, errors = self.process.communicate("\n" * 9, timeout=60)
        check_equal(self.process.returncode, code, f"{self.said} {rest} {errors}")
        return rest

    def status(self):
        return self.scene.json("status", "--pid", self.process.pid)

    def buffers(self):
        items = self.scene.json("buffers", "--pid", self.process.pid)["items"]
        return sorted((i["pool"], i["class"], i["requested_bytes"], i["reserved_bytes"]) for i in items)


WEIGHTS = ("dram", "unknown", 16384, 16384)
ACTIVATIONS = ("l1", "unknown", 8192, 8192)
BINARY = ("dram", "program", 8192, 8192)
TRACE = ("trace", "trace", 4096, 8192)


def follow_all(stand_in, runtime, **environment):
    scene = Scene()
    program = Followed(scene, stand_in, **environment).until("live")
    check_equal(program.buffers(), sorted([WEIGHTS, ACTIVATIONS, BINARY, TRACE]))
    status = program.status()
    check(status["coverage"]["complete"], status["coverage"])
    check(re.search(runtime, status["processes"][0]["runtime"]), status["processes"][0]["runtime"])
    chips = {int(chip["chip_id"], 16): chip for chip in status["chips"]}
    check_equal(sorted(chips), [0, 0xABC])
    check_equal(chips[0]["pools"]["dram"]["capacity_bytes"], 4 << 20)
    check_equal(chips[0xABC]["pools"]["trace"]["reserved_bytes"], 8192)
    check_equal(chips[0]["cb"]["reserved_bytes"], 0, "the program runs on the other chip")
    check_equal(chips[0xABC]["cb"]["reserved_bytes"], 8 * 512)
    check_equal(chips[0xABC]["cb"]["resident_bytes"], 8 * 512, "the replay launched it")
    dram = [bank for item in scene.json("map", "--pid", program.process.pid)["items"] for bank in item["banks"] if bank["pool"] == "dram"]
    check_equal([[bank["begin_address"], bank["begin_address_max"]] for bank in dram], [[4096, 4096]] * len(dram), "as the allocator tells")
    programs = scene.json("programs", "--pid", program.process.pid)
    check_equal([item["name"] for item in programs["items"]], ["program 4"], "the twin is no program")
    check_equal(status["processes"][0]["failed_allocations"], 1, "a refused argument is no lack of memory")
    check("caught only sharded" in program.said and "for another reason" in str(status["coverage"]["notes"]), program.said, status["coverage"])
    program.go_on().until("freed")
    check_equal(program.buffers(), sorted([WEIGHTS, BINARY]))
    program.go_on().until("closed")
    check_equal(program.buffers(), [])
    check("caught Out of Memory" in program.said, program.said)
    program.end()
    scene.close()


def test_a_program_with_an_older_libttmem_of_its_own_runs_on():
    Followed(Scene(), "known", LD_LIBRARY_PATH=str(LIB / "older"), TTMEM_LEVEL="stacks").end()


def test_a_known_build_is_followed():
    follow_all("known", r"tt-metal 0\.66\.0 \(build 3f9932c8.*known")


def test_an_unknown_build_is_followed_when_its_code_says_so():
    follow_all("judged", "not known, judged by its code")


def test_a_build_with_functions_for_all_members_is_followed():
    follow_all("newer", "not known, judged by its code")


def left_alone(stand_in, reason):
    scene = Scene()
    program = Followed(scene, stand_in).until("live")
    check_equal(program.buffers(), [])
    coverage = program.status()["coverage"]
    check(not coverage["complete"] and re.search(reason, str(coverage["notes"])), coverage)
    check("caught Out of Memory" in program.said, program.said)
    program.end()
    scene.close()


def test_l1_that_cannot_be_seen_is_told_of():
    scene = Scene()
    program = Followed(scene, "scratchpads").until("live")
    coverage = program.status()["coverage"]
    check(not coverage["complete"], coverage)
    for kind in ("scratchpads of programs are not seen", "persistent L1, which services keep under all programs, is not tracked"):
        check(kind in str(coverage["notes"]), kind, coverage)
    check(program.buffers(), "its buffers are followed all the same")
    program.end()
    scene.close()


def test_other_offsets_are_left_alone():
    left_alone("moved", "Buffer7is_dramEv looks elsewhere")


def test_a_missing_symbol_is_left_alone():
    left_alone("stripped", "get_alignment.* is missing")


def test_calls_that_cannot_be_hooked_are_left_alone():
    left_alone("direct", "is not called in a way that can be followed")


def test_a_build_that_is_not_what_its_id_says_is_given_up():
    scene = Scene()
    program = Followed(scene, "moved_known").until("live")
    status = program.status()
    check(not status["coverage"]["complete"], status["coverage"])
    check_equal(program.buffers(), [])
    program.end()
    scene.close()


def test_what_accessors_throw_reaches_nobody():
    scene = Scene()
    program = Followed(scene, "throwing").until("live")
    coverage = program.status()["coverage"]
    check(not coverage["complete"] and "threw an exception" in str(coverage["notes"]), coverage)
    check("caught Out of Memory" in program.said, program.said)
    program.end()
    scene.close()


def test_a_library_of_the_same_name_is_left_alone():
    scene = Scene()
    program = Followed(scene, "other")
    check_equal(program.end(5).strip(), "something else: runs")
    scene.close()


def test_what_is_loaded_and_never_calls_a_hook_is_told_of():
    for stand_in, reason in (("other", "is missing"), ("stripped", "get_alignment.* is missing"), ("known", None)):
        scene = Scene()
        program = Followed(scene, stand_in, "loads")
        program.end(6)
        if reason is None:
            check_equal(list(scene.ledgers.iterdir()), [], "nothing is missing where nothing was done")
        else:
            coverage = scene.json("ps", "--dead", code=None)["coverage"]
            check(not coverage["complete"] and re.search(reason, str(coverage["notes"])), coverage)
        scene.close()


def test_what_opens_a_device_and_ends_without_its_destructors_is_told_of():
    scene = Scene()
    program = Followed(scene, "direct", "opens")
    program.end(4)
    coverage = scene.json("ps", "--dead", code=None)["coverage"]
    check(not coverage["complete"] and re.search("is not called in a way that can be followed", str(coverage["notes"])), coverage)
    scene.close()


def test_who_never_loads_tt_metal_has_no_ledger():
    scene = Scene()
    done = scene.run("/bin/sh", "-c", "exit 7", env={"LD_PRELOAD": str(PRELOAD)})
    check_equal((done.returncode, done.stderr), (7, ""))
    check_equal(list(scene.ledgers.iterdir()), [])
    scene.close()


def test_with_the_level_off_nothing_is_recorded():
    scene = Scene()
    program = Followed(scene, "known", TTMEM_LEVEL="off").until("live")
    check_equal(list(scene.ledgers.iterdir()), [])
    program.end()
    scene.close()


def test_what_lives_before_a_late_attachment_is_taken_over():
    # The workload begins after the attachment here: what is called must be led to the hooks without LD_PRELOAD.
    follow_all("known", "known", preload=False, ATTACH=str(PRELOAD))


def test_a_forked_child_has_only_what_is_its_own():
    scene = Scene()
    program = Followed(scene, "known", "forks").until("child")
    items = scene.json("buffers")["items"]
    own = sorted((i["pool"], i["requested_bytes"]) for i in items if i["pid"] != program.process.pid)
    check_equal(own, [("dram", 2048)])
    check_equal(program.buffers(), sorted([WEIGHTS, ACTIVATIONS]))
    program.go_on().until("live")
    check_equal(program.buffers(), sorted([WEIGHTS, ACTIVATIONS, BINARY, TRACE]))
    program.end()
    scene.close()


def test_an_exit_without_close_leaves_what_was_held():
    scene = Scene()
    program = Followed(scene, "known", "exits").until("live").go_on().until("freed")
    pid = program.process.pid
    program.end(3)
    held = scene.json("leaks", "--pid", pid, code=None)
    check(str(16384) in str(held), held)
    scene.close()


def test_a_kill_leaves_what_was_held():
    scene = Scene()
    program = Followed(scene, "known").until("live")
    pid = program.process.pid
    program.process.kill()
    program.process.wait()
    items = scene.json("leaks", "--pid", pid, code=None)
    check("28672" in str(items) or "16384" in str(items), items)
    scene.close()
