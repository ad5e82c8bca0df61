"""What `ttmem fit` says without tt-metal: what cannot be told, what is refused, and that nothing is left."""
import signal

from mock_test import left_in, mock_scene
from scenario import BIN, check, check_equal, document_of, wait_until


def runs_of(s, *arguments, code):
    return document_of(s.ttmem("fit", *arguments, code=code).stdout)["runs"]


def test_a_program_that_opens_no_device_cannot_be_told():
    with mock_scene() as s:
        run, = runs_of(s, "--json", "--on", "N150", "--", "true", code=12)
        check_equal([run["verdict"], run["reason"], run["pools"]], ["unknown", "it opened no device", []])
        check("Cannot be told: N150." in s.ttmem("fit", "--on", "N150", "--", "true", code=12).stdout)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_other_ends_are_told_with_what_the_program_said_last():
    with mock_scene() as s:
        for program, words in ((["sh", "-c", "echo 'ValueError: 7' >&2; exit 3"], "it ended with 3, and no allocation had failed: ValueError: 7"),
                               (["python3", "-c", "open('/dev/tenstorrent/0')"], "it opened a real device"),
                               (["sh", "-c", "echo begun; kill -9 $$"],
                                "it was ended by signal 9, often the host's out-of-memory killer: the program's tensors lie in the host's memory first, "
                                "but for ttnn.empty, which needs no copy there"),
                               (["sh", "-c", "echo begun; kill -11 $$"], "it was ended by signal 11, as tt-metal ends where it wants what a mock lacks"),
                               (["sh", "-c", "echo 'RuntimeError: 8'; echo '[host:12] *** End of error message ***'; kill -9 $$"],
                                "it was ended by signal 9: RuntimeError: 8"),
                               (["python3", "none.py"], "it ended with 2, and no allocation had failed: python3: can't open file"),
                               (["/no/such/program"], "it was not started")):
            run, = runs_of(s, "--json", "--on", "N150", "--", *program, code=12)
            check(run["reason"].startswith(words) and "begun" not in run["reason"][len(words):], run["reason"], "instead of", words)


def test_a_failure_in_its_output_does_not_fit():
    message = ("Out of Memory: Not enough space to allocate 4096 B L1_SMALL buffer across 64 banks, where each bank needs to "
               "store 64 B, but bank size is 0 B (allocated: 0 B, free: 0 B, largest free block: 0 B)")
    with mock_scene() as s:
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", f"echo '{message}' >&2; exit 1", code=10)
        check_equal([run["verdict"], run["failure"]["cause"]], ["does_not_fit", "no_region"])


def test_each_combination_of_settings_reaches_the_program():
    with mock_scene() as s:
        folder = s.files / "runs"
        runs = runs_of(s, "--json", "-o", folder, "--on", "T3000,P150", "--l1-small", "0,32K", "--", "echo", "{mesh}", "at={l1_small}", code=12)
        said = [open(run["log"]).read().strip() for run in runs]
        check_equal(said, ["2x4 at=0", "2x4 at=32768", "1x1 at=0", "1x1 at=32768"])
        check_equal(left_in(folder)[:3], [f"1-T3000-mesh-2x4-l1_small-0.{kind}" for kind in ("json", "log", "ttmem")])
        check_equal([run["settings"] for run in runs[:2]], [{"mesh": "2x4", "l1_small": "0"}, {"mesh": "2x4", "l1_small": "32768"}])


def test_a_setting_that_would_change_nothing_is_refused():
    with mock_scene() as s:
        for arguments, words in ((["--l1-small", "0", "--", "true"], "no word of the program has {l1_small}"),
                                 (["--", "echo", "{trace_region}"], "there is no --trace-region")):
            check(words in s.ttmem("fit", "--on", "N150", *arguments, code=2).stderr)


def test_an_unknown_machine_is_refused_before_anything_runs():
    with mock_scene() as s:
        done = s.ttmem("fit", "--on", "N150,P151", "--", "touch", s.files / "ran", code=2)
        check("no machine `P151`" in done.stderr and "did you mean" in done.stderr, done.stderr)
        check(not (s.files / "ran").exists(), "the program ran")
        check("there is no machine" in s.ttmem("fit", "--", "true", code=2).stderr)


# A model as the simulator runs it: so many tensors of 1 GiB. `odd` needs one alone where the batch is 5; `crash` ends
# with 3 where it is 7 or more; `waits` does where it is 8 or 9.
MODEL = """
import json, os, subprocess, sys, time
batch, how = int(sys.argv[1]), sys.argv[2]
if how == "crash" and batch >= 7:
    sys.exit("ValueError: no batch of this size")
if how == "waits" and batch in (8, 9):
    open(__file__ + ".waits", "w").close()
    time.sleep(600)
tensors = 13 if how == "odd" and batch == 5 else batch
stream = os.path.join(os.environ["TMPDIR"], f"stream-{os.getpid()}")
with open(stream, "w") as file:
    for i in range(tensors):
        print(json.dumps(dict(seq=i, prog=0, ev="alloc", id=f"%{i}", bytes=1 << 30, mem="dram", layout="interleaved", grid=[1, 1],
                             op="ttnn.zeros", loc="model")), file=file)
code = subprocess.call([sys.argv[3], "replay", "--machine", "N150", stream])
os.remove(stream)
sys.exit(code)
"""


def model(s, how):
    path = s.files / "model.py"
    path.write_text(MODEL)
    return ["python3", path, "{batch}", how, BIN / "ttmem-sim"]


def searched(s, search, how, *options, code=0):
    document = document_of(s.ttmem("fit", "--json", "--on", "N150", *options, "--search", search, "--", *model(s, how), code=code).stdout)
    return document["runs"], document["searches"]


def test_the_largest_batch_is_the_one_that_is_found_by_trying_all():
    with mock_scene() as s:
        fits = [batch for batch in range(1, 17)
                if s.run(*[str(word).replace("{batch}", str(batch)) for word in model(s, "plain")]).returncode == 0]
        runs, (found,) = searched(s, "batch=1..16", "plain")
        check_equal([found["verdict"], found["largest"], found["next"]], ["found", fits[-1], fits[-1] + 1])
        check(len(found["tried"]) < 12, len(found["tried"]), "values were tried")
        for tried in found["tried"]:
            check_equal(tried["verdict"], "fits" if tried["value"] in fits else "does_not_fit", tried)
            check_equal([runs[tried["run"]]["settings"], runs[tried["run"]]["searched"]], [{}, {"name": "batch", "value": tried["value"]}])
        failure = next(runs[tried["run"]]["failure"] for tried in found["tried"] if tried["value"] == found["next"])
        check(failure["missing_bytes"] > 0, failure)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_a_search_says_its_number_first_and_why_the_next_one_does_not_fit():
    with mock_scene() as s:
        done = s.ttmem("fit", "--on", "N150", "--search", "batch=2,4,8,16", "--", *model(s, "plain"))
        first = done.stdout.splitlines()[0]
        check(first.startswith("N150: batch 8 is the largest that fits; 16 does not ("), first)
        check("missing of DRAM" in first, first)
        check("Tried on N150: 2, 4, 8 fit; 16 do not." in done.stdout, done.stdout)
        check("tried: N150 with batch 16 does not fit" in done.stderr, done.stderr)


def test_a_search_has_no_number_where_it_would_be_a_guess():
    with mock_scene() as s:
        _, (odd,) = searched(s, "batch=5,8", "odd", code=12)
        check_equal([odd["verdict"], odd["largest"], odd["contrary"]], ["unknown", None, {"does_not_fit": 5, "fits": 8}])
        _, (crash,) = searched(s, "batch=1..8", "crash", code=12)
        check_equal([crash["verdict"], crash["largest"], crash["unknown"]], ["unknown", None, 8])
        _, (none,) = searched(s, "batch=20..30", "plain", code=10)
        check_equal([none["verdict"], none["largest"], none["next"]], ["none", None, 20])
        _, (last,) = searched(s, "batch=1,3", "plain")
        check_equal([last["verdict"], last["largest"], last["next"]], ["found", 3, None])


def test_a_search_is_made_for_each_machine_and_setting():
    with mock_scene() as s:
        done = s.ttmem("fit", "--json", "--on", "N150,P150", "--l1-small", "0,32K", "--search", "batch=1..3", "--", *model(s, "plain"),
                       "{l1_small}")
        searches = document_of(done.stdout)["searches"]
        check_equal([[of["machine"], of["settings"]["l1_small"], of["largest"]] for of in searches],
                    [["N150", "0", 3], ["N150", "32768", 3], ["P150", "0", 3], ["P150", "32768", 3]])


def test_ledgers_of_its_runs_go_with_them_and_others_stay():
    with mock_scene() as s:
        s.ttmem("run", "-q", "--", BIN / "scenario-workers", "one-by-one", 1, 0)
        before = {ledger.name for ledger in s.ledgers.glob("*.ledger")}
        check_equal(len(before), 1)
        runs, _ = searched(s, "batch=1..4", "plain")
        check(all(run["verdict"] == "fits" for run in runs), runs)
        check_equal({ledger.name for ledger in s.ledgers.glob("*.ledger")}, before)


def test_an_interrupted_search_says_what_it_knows_so_far():
    with mock_scene() as s:
        fit = s.start(BIN / "ttmem", "fit", "--on", "N150", "--search", "batch=2,8,9,16", "--", *model(s, "waits"))
        wait_until(lambda: (s.files / "model.py.waits").exists() or fit.poll() is not None, "the third run")
        fit.terminate()
        _, said = fit.communicate(timeout=60)
        check_equal(fit.returncode, -signal.SIGTERM, said)
        check("ttmem: interrupted; known so far:\nN150: batch 2 fits, 16 does not\n" in said, said)


def test_a_search_that_makes_no_sense_is_refused():
    with mock_scene() as s:
        for search, words in (("batch=4,2", "does not ascend"), ("batch=9..2", "is no range"), ("batch=a,b", "is no number"),
                              ("batch", "is no NAME=VALUES"), ("mesh=1,2", "an option of its own")):
            done = s.ttmem("fit", "--on", "N150", "--search", search, "--", "echo", "{batch}", code=2)
            check(words in done.stderr, done.stderr)
        check("no word of the program has {batch}" in s.ttmem("fit", "--on", "N150", "--search", "batch=1..4", "--", "true", code=2).stderr)
