"""What `ttmem fit` says without tt-metal: what cannot be told, what is refused, and that nothing is left."""
import os
import shutil
import signal

from mock_test import left_in, mock_scene
from scenario import BIN, SIM, Skip, check, check_equal, document_of, process_state, wait_until


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
                               (["sh", "-c", "cat /dev/tenstorrent/0 2> /dev/null; true"], "it opened a real device"),
                               (["sh", "-c", "echo '2026-11-30 03:26:26.123 | info | Device | closed'; exit 255"],
                                "it ended with 255, and no allocation had failed"),
                               (["sh", "-c", "exit 139"], "it ended with 139, and no allocation had failed"),
                               (["sh", "-c", "sleep 100 & exit 0"],
                                "it opened no device; processes of it were still running when it ended, and nobody waited for them"),
                               (["sh", "-c", "echo begun; kill -9 $$"],
                                "it was ended by signal 9, often the host's out-of-memory killer: the program's tensors lie in the host's memory first, "
                                "but for ttnn.empty, which needs no copy there"),
                               (["sh", "-c", "echo begun; kill -11 $$"], "it was ended by signal 11, as tt-metal may end where it wants what a mock lacks"),
                               (["sh", "-c", "echo 'RuntimeError: 8'; echo '[host:12] *** End of error message ***'; kill -9 $$"],
                                "it was ended by signal 9: RuntimeError: 8"),
                               (["python3", "none.py"], "it ended with 2, and no allocation had failed: python3: can't open file"),
                               (["/no/such/program"], "it was not run: `/no/such/program` cannot be started: No such file or directory; check the name and $PATH"),
                               (["/etc/passwd"], "it was not run: `/etc/passwd` cannot be started: Permission denied; check that it is a program that you may execute")):
            run, = runs_of(s, "--json", "--on", "N150", "--", *program, code=12)
            check(run["reason"].startswith(words), run["reason"], "instead of", words)
            check(not any(word in run["reason"][len(words):] for word in ("begun", "| info |")), run["reason"])


def test_what_runs_cannot_be_kept_in_is_told():
    with mock_scene() as s:
        (s.files / "runs").mkdir()
        (s.files / "runs/1-N150.log").mkdir()
        run, = runs_of(s, "--json", "-o", s.files / "runs", "--on", "N150", "--", "true", code=12)
        check_equal(run["reason"], f"it was not run: its output cannot be written to {s.files}/runs/1-N150.log: Is a directory")


def test_a_process_that_fails_behind_one_that_ends_well_lets_nothing_fit():
    driver = BIN / "scenario-driver"
    with mock_scene() as s:
        for program, verdict, words in ((f"{driver} clean 0 | cat", "fits", None),
                                        (f"{driver} leave 0 | cat", "fits", None),
                                        (f"{driver} clean 3 | cat", "unknown", "of it ended with 3"),
                                        (f"{driver} leave 3; exit 0", "unknown", "of it ended with 3"),
                                        (f"{driver} raise 9; exit 0", "unknown", "was killed, or crashed, with a device open"),
                                        (f"{driver} raise 11 | cat", "unknown", "was killed, or crashed, with a device open"),
                                        (f"{driver} raise 11", "unknown", "it ended with 139, and no allocation had failed; process ")):
            run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", program + "\n:" if verdict == "fits" else program,
                           code=0 if verdict == "fits" else 12)
            check_equal(run["verdict"], verdict, program + ": " + str(run["reason"]))
            check(words is None or words in run["reason"], run["reason"], "instead of", words)


# Asks for more than the process may have, in each way that programs do, goes on without it, and uses a device.
REFUSED = """
import ctypes, os, resource, subprocess, sys
libc, bytes, size = ctypes.CDLL(None, use_errno=True), 1 << 40, ctypes.c_size_t
limits = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, limits[1]))
asks = dict(
    malloc=lambda: libc.malloc(size(bytes)), calloc=lambda: libc.calloc(size(bytes >> 10), size(1 << 10)),
    realloc=lambda: libc.realloc(None, size(bytes)), memalign=lambda: libc.memalign(size(64), size(bytes)),
    aligned_alloc=lambda: libc.aligned_alloc(size(64), size(bytes)),
    posix_memalign=lambda: libc.posix_memalign(ctypes.byref(ctypes.c_void_p()), size(64), size(bytes)) == 0,
    python=lambda: bytearray(bytes), nothing=lambda: None)
try:
    check = asks[sys.argv[1]]()
    assert not check, check
except MemoryError:
    pass
resource.setrlimit(resource.RLIMIT_AS, limits)
sys.exit(subprocess.call(sys.argv[2:]))
"""


def test_a_program_that_went_on_without_the_hosts_own_memory_does_not_fit_for_sure():
    if b"host_memory" not in (BIN.parent / "lib" / "libttmem_mock.so").read_bytes():
        raise Skip("sanitizers have an allocator of their own")
    with mock_scene() as s:
        program = s.files / "refused.py"
        program.write_text(REFUSED)
        for way in ("malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign", "python", "nothing"):
            fits = way == "nothing"
            run, = runs_of(s, "--json", "--on", "N150", "--", "python3", program, way, BIN / "scenario-driver", "clean", 0, code=0 if fits else 12)
            check_equal([run["verdict"], run["host_memory"]], ["fits", None] if fits else ["unknown", "short"], way)
            check(fits or run["reason"].startswith("this machine's own memory ran short (a request for 1.00 TiB was refused), and the program went on"),
                  way, run["reason"])
        text = s.ttmem("fit", "--on", "N150", "--", "python3", program, "python", BIN / "scenario-driver", "clean", 0, code=12).stdout
        check(text.startswith("Cannot be told: N150."), text)


def test_a_program_that_ended_for_want_of_the_hosts_own_memory_says_nothing_of_the_device():
    with mock_scene() as s:
        for program in ("import sys; sys.stderr.write('MemoryError\\n'); sys.exit(1)",
                        "import os, sys; sys.stderr.write('terminate called\\n  what():  std::bad_alloc\\n'); sys.stderr.flush(); os.abort()"):
            run, = runs_of(s, "--json", "--on", "N150", "--", "python3", "-c", program, code=12)
            check_equal([run["verdict"], run["host_memory"]], ["unknown", "short"], run["reason"])
            check(run["reason"].startswith("this machine's own memory ran short, which says nothing of the device's: it "), run["reason"])


def test_a_search_that_lacks_the_hosts_own_memory_names_no_limit_of_the_device():
    with mock_scene() as s:
        for how, memory in (("host", "short"), ("killed", "may_be_short")):
            runs, (found,) = searched(s, "batch=1..16", how, code=12)
            check_equal([found["verdict"], found["largest"], found["host_memory_short"]], ["host_memory_short", 6, 7])
            check_equal({run["host_memory"] for run in runs if run["searched"]["value"] >= 7}, {memory})
        text = s.ttmem("fit", "--on", "N150", "--search", "batch=1..16", "--", *model(s, "host"), code=12).stdout
        check(" ".join(text.split()).startswith("N150: batch 6 fits; beyond it is not known: at 7 this machine's own memory ran short, not the device's."), text)
        runs, (found,) = searched(s, "batch=1..6", "host")
        check_equal([found["verdict"], found["largest"]], ["found", 6])


def test_a_program_that_lacks_memory_behind_a_pipe_does_not_fit():
    with mock_scene() as s:
        words = " ".join(str(word) for word in model(s, "plain")).replace("{batch}", "16")
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", f"{words} | cat", code=10)
        check_equal([run["verdict"], run["failure"]["kind"]], ["does_not_fit", "out_of_memory"])


OUT_OF_MEMORY = ("Out of Memory: Not enough space to allocate 4096 B L1_SMALL buffer across 64 banks, where each bank needs to "
                 "store 64 B, but bank size is 0 B (allocated: 0 B, free: 0 B, largest free block: 0 B)")


def test_words_of_a_failure_that_no_process_recorded_decide_nothing():
    with mock_scene() as s:
        program = f"{BIN}/scenario-driver clean 0; echo '{OUT_OF_MEMORY}' >&2; exit 1"
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", program, code=12)
        check_equal([run["verdict"], run["failure"]], ["unknown", None])
        words = "it ended with 1, and the failed allocation that its output tells of was recorded by no process of it"
        check(run["reason"].startswith(words), run["reason"])


def test_a_process_whose_ledger_is_not_found_lets_nothing_fit():
    with mock_scene() as s:
        program = f"{BIN}/scenario-driver clean 0; sleep 1 | env TTMEM_RUN=abc {BIN}/scenario-driver hold; exit 0"
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", program, code=12)
        words = "(scenario-driver) was not followed: its ledger is not of this run"
        check(run["reason"].startswith("not everything was seen: process ") and words in run["reason"], run["reason"])


def test_a_failure_in_its_output_does_not_fit():
    with mock_scene() as s:
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", f"echo '{OUT_OF_MEMORY}' >&2; exit 1", code=10)
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
# with 3 where it is 7 or more, `host` and `killed` as for want of the host's memory; `waits` does where it is 8 or 9.
MODEL = """
import json, os, subprocess, sys, time
batch, how = int(sys.argv[1]), sys.argv[2]
if how == "crash" and batch >= 7:
    sys.exit("ValueError: no batch of this size")
if how == "host" and batch >= 7:
    raise MemoryError()
if how == "killed" and batch >= 7:
    os.kill(os.getpid(), 9)
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
    return ["python3", path, "{batch}", how, SIM]


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
        check(first.startswith("N150: batch 8 is the largest of 2 to 16 that fits; 16 does not ("), first)
        check(" of DRAM missing at that point)" in first, first)
        check("Tried on N150: 2, 4, 8 fit; 16 does not." in done.stdout, done.stdout)
        check("tried: N150 with batch 16 does not fit" in done.stderr, done.stderr)
        left = [" more, about " in line for line in done.stderr.splitlines() if " tried: " in line]
        check_equal(left, [True] * (len(left) - 1) + [False], done.stderr)


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
        said, errors = fit.communicate(timeout=60)
        check_equal(fit.returncode, 12, said + errors)
        check(said.startswith("Interrupted. Known so far:\nN150: batch 2 fits, 16 does not.\n"), said)
        check("\nN150     batch 2   dram  2.00 GiB" in said and "Tried on N150: 2 fits; 16 does not." in said, said)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_of_what_is_interrupted_the_runs_that_ended_are_told():
    with mock_scene() as s:
        ends = s.files / "ends.sh"
        ends.write_text(f"[ $TTMEM_MOCK = N150 ] && exec {BIN / 'scenario-driver'} clean 0\n: > {s.files}/waits\nexec sleep 600\n")
        fit = s.start(BIN / "ttmem", "fit", "--json", "--on", "N150,P150", "--", "sh", ends)
        wait_until(lambda: "ttmem: 1 of 2: N150 fits" in fit.stderr.readline(), "the end of the first run")
        wait_until(lambda: (s.files / "waits").exists(), "the second run")
        fit.terminate()
        said, errors = fit.communicate(timeout=60)
        check_equal(fit.returncode, 12, said + errors)
        document = document_of(said)
        check_equal([document["verdict"]] + [[run["verdict"], run["reason"]] for run in document["runs"]],
                    ["interrupted", ["fits", None], ["unknown", "it was interrupted before it had ended"]])


# Ends for nothing less than SIGKILL, as does what it starts, in a session of its own.
STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setsid()
else:
    with open(sys.argv[1] + ".new", "w") as file:
        print(os.getpid(), child, os.getppid(), file=file)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    time.sleep(600)
"""


def start_stubborn(s, *options):
    """A fit of it, and the pids of the program, of its child and of its `ttmem run`."""
    pids = s.files / "pids"
    fit = s.start(BIN / "ttmem", "fit", *options, "--on", "N150", "--", "python3", "-c", STUBBORN, pids)
    wait_until(lambda: pids.exists() or fit.poll() is not None, "the program")
    return fit, [int(pid) for pid in pids.read_text().split()]


def has_ended(pid):
    return process_state(pid) in ("", "Z")


def test_a_program_that_ignores_that_it_is_asked_to_end_is_killed_with_all_that_it_started():
    with mock_scene() as s:
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            fit, pids = start_stubborn(s)
            fit.send_signal(how)
            said, errors = fit.communicate(timeout=120)
            check_equal(fit.returncode, 12, said + errors)
            check(said.startswith("Interrupted. Known so far:\nHad not ended: N150.\n"), said)
            check(all(has_ended(pid) for pid in pids), pids, "live on")
            check_equal(left_in(s.files / "tmp"), [], "left:")
            (s.files / "pids").unlink()


def test_what_a_killed_fit_ran_ends_with_it_and_its_folder_goes_with_the_next_one():
    with mock_scene() as s:
        fit, pids = start_stubborn(s)
        fit.kill()
        fit.wait()
        wait_until(lambda: all(has_ended(pid) for pid in pids), "the end of the run")
        folder, = (s.files / "tmp").glob("ttmem-*")
        check(folder.name.startswith("ttmem-fit-"), folder)
        s.ttmem("fit", "--on", "N150", "--", "true", code=12)
        check(folder.exists(), "a young folder may be of one who has just begun")
        os.utime(folder, (1, 1))  # as if it were old
        s.ttmem("fit", "--on", "N150", "--", "true", code=12)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_the_folder_of_a_fit_that_lives_stays():
    with mock_scene() as s:
        fit, _ = start_stubborn(s)
        folder, = (s.files / "tmp").glob("ttmem-fit-*")
        os.utime(folder, (1, 1))
        s.ttmem("fit", "--on", "N150", "--", "true", code=12)
        check(folder.exists(), "it is gone")
        fit.kill()


def test_what_lets_python_know_of_it_is_asked_for():
    """Without it operations are not followed, and tt-metal writes into the folder of ttnn."""
    with mock_scene() as s:
        prefix = s.files / "prefix"
        (prefix / "bin").mkdir(parents=True)
        shutil.copy(BIN / "ttmem", prefix / "bin")
        (prefix / "lib").symlink_to(BIN.parent / "lib")
        done = s.run(prefix / "bin" / "ttmem", "fit", "--json", "--on", "N150", "--", "true")
        check_equal(done.returncode, 12, done.stdout + done.stderr)
        run, = document_of(done.stdout)["runs"]
        check("share/ttmem/python/sitecustomize.py is not installed" in run["reason"], run["reason"])


def test_a_search_that_makes_no_sense_is_refused():
    with mock_scene() as s:
        for search, words in (("batch=4,2", "does not ascend"), ("batch=9..2", "is not a range"), ("batch=a,b", "is not a number"),
                              ("batch", "is not NAME=VALUES"), ("mesh=1,2", "an option of its own")):
            done = s.ttmem("fit", "--on", "N150", "--search", search, "--", "echo", "{batch}", code=2)
            check(words in done.stderr, done.stderr)
        check("no word of the program has {batch}" in s.ttmem("fit", "--on", "N150", "--search", "batch=1..4", "--", "true", code=2).stderr)
        for word in ("{batch}", "--batch={batch}"):
            check("nothing says what stands there" in s.ttmem("fit", "--on", "N150", "--", "true", word, code=2).stderr, word)
        s.ttmem("fit", "--on", "N150", "--", "echo", "{}", "print(f'{x}')", code=12)  # opens no device
