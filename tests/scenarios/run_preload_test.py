"""What `ttmem run` puts into the environment of its program, and that nobody who has no use for it notices."""
import json
import os
import pathlib
import shutil
import stat
import subprocess

from scenario import BIN, Skip, check, check_equal, document_of, needs_mounts, needs_root, scene

DRIVER = BIN / "scenario-driver"


def library():
    path = BIN.parent / "lib" / "libttmem_preload.so"
    if not path.exists():
        raise Skip("libttmem_preload.so is not built here")
    return path.resolve()


def environment_in(s, *options, **more):
    said = s.ttmem("run", "-q", *options, "--", "env", **more).stdout
    return dict(line.split("=", 1) for line in said.splitlines())


def test_preload_path_is_what_run_sets():
    with scene() as s:
        expected = str(library())
        check_equal(s.ttmem("preload-path").stdout, expected + "\n")
        check_equal(s.json("preload-path")["library"], expected)
        seen = environment_in(s)
        before = s.environment.get("LD_PRELOAD")  # what keeps a scene alone without mounts
        check_equal(seen["LD_PRELOAD"], f"{expected}:{before}" if before else expected)
        check((pathlib.Path(seen["PYTHONPATH"]) / "sitecustomize.py").exists(), seen["PYTHONPATH"])


def test_what_the_user_has_stays_behind_it_and_no_preload_changes_nothing():
    with scene() as s:
        mine = {"LD_PRELOAD": "/usr/lib/none.so", "PYTHONPATH": "/home/me"}
        s.environment.update(PYTHONPATH="/home/me")
        seen = environment_in(s)
        launcher = seen["PYTHONPATH"].split(":")[0]
        check_equal(seen["PYTHONPATH"], launcher + ":/home/me")
        check_equal(environment_in(s, "--no-preload").get("LD_PRELOAD"), s.environment.get("LD_PRELOAD"))
        check_equal(environment_in(s, "--no-preload")["PYTHONPATH"], mine["PYTHONPATH"])
        nested = s.ttmem("run", "-q", "--", BIN / "ttmem", "run", "-q", "--", "env").stdout
        check_equal(nested.count(str(library())), 1, "a run within a run adds nothing:")


def test_a_library_whose_client_library_is_missing_is_left_out_and_named():
    with scene() as s:
        prefix = s.files / "prefix"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "lib" / "ttmem").mkdir(parents=True)
        shutil.copy(BIN / "ttmem", prefix / "bin")
        shutil.copy(library(), prefix / "lib" / "ttmem")
        done = s.run(prefix / "bin" / "ttmem", "run", "--", "sh", "-c", "echo mine; exit 3")
        check_equal([done.returncode, done.stdout], [3, "mine\n"])
        check_equal(done.stderr.count("cannot be loaded: libttmem.so.0"), 1, done.stderr)
        path = s.run(prefix / "bin" / "ttmem", "preload-path")
        check("libttmem.so.0" in path.stderr and path.stdout == "" and path.returncode != 0, path.stderr)


def test_programs_without_tt_metal_make_no_ledger():
    with scene() as s:
        library()
        s.ttmem("run", "-q", "--", "sh", "-c", "python3 -c 'import json; print(1)'; ls /; cc --version; true")
        check_equal([path.name for path in s.ledgers.iterdir()], [])


def test_a_program_that_is_linked_to_libttmem_is_one_process():
    with scene() as s:
        library()
        report = json.loads(s.ttmem("run", "--json", "--", DRIVER, "leave", 0).stdout)
        check_equal([len(report["processes"]), len(list(s.ledgers.glob("*.ledger")))], [1, 1])


def is_static(path):
    said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False)
    return "statically linked" in said.stdout or "not a dynamic executable" in said.stderr


def test_static_programs_are_unharmed():
    with scene() as s:
        library()
        path = shutil.which("ldconfig") or "/sbin/ldconfig"
        if not pathlib.Path(path).exists() or not is_static(path):
            raise Skip("there is no static program here")
        alone, under = (s.run(*words, path, "--version") for words in ([], [BIN / "ttmem", "run", "-q", "--"]))
        check_equal([under.returncode, under.stdout, under.stderr], [alone.returncode, alone.stdout, alone.stderr])


def test_set_user_id_programs_are_unharmed():
    needs_root()
    with scene() as s:
        library()
        os.chmod(s.files, 0o755)
        path = s.files / "env"
        shutil.copy(shutil.which("env"), path)
        path.chmod(0o755 | stat.S_ISUID)
        if os.statvfs(s.files).f_flag & os.ST_NOSUID:
            raise Skip("no set-user-id programs on this file system")
        s.environment["TTMEM_DIR"] = "/dev/shm"

        def nobody():
            os.setgid(65534)
            os.setuid(65534)
        try:
            done = s.run(BIN / "ttmem", "run", "-q", "--", path, preexec_fn=nobody, cwd="/")
        except PermissionError:
            raise Skip("another user cannot reach what was built here") from None
        if "cannot be started" in done.stderr or done.returncode == 126:
            raise Skip("another user cannot reach what was built here")
        check_equal([done.returncode, done.stderr], [0, ""])
        check("LD_PRELOAD" not in done.stdout, "the linker takes it away:", done.stdout)


def test_why_nothing_was_recorded():
    with scene() as s:
        for words, environment, reason in (
                ([], {}, "no process of it has opened a device of tt-metal"), (["--no-preload"], {}, "with --no-preload only"),
                ([], {"TTMEM_LEVEL": "off"}, "TTMEM_LEVEL=off is set")):
            said = s.ttmem("run", *words, "--", "true", env=environment).stderr
            check(f"it has recorded nothing: {reason}" in said, said)


# Has tt-metal loaded, as far as the kernel tells: a file of that name.
LOADS_METAL = """import mmap, sys, time
with open(sys.argv[1], "rb") as library:
    kept = mmap.mmap(library.fileno(), 0, prot=mmap.PROT_READ)
time.sleep(2)
"""


def test_a_process_that_was_started_without_the_preload_library_is_missed():
    with scene() as s:
        (s.files / "libtt_metal.so").write_bytes(b"ELF" * 2000)
        (s.files / "model.py").write_text(LOADS_METAL)
        loads = f"python3 {s.files}/model.py {s.files}/libtt_metal.so"
        # With the library, whoever opens no device has nothing to record, wherever he would.
        for prefix, followed in (("", True), ("env -i PATH=$PATH", False), ("env -u LD_PRELOAD", False), ("env -u TTMEM_RUN", True),
                                 ("env TTMEM_DIR=/nowhere", True)):
            program = f"{DRIVER} clean 0; {prefix} {loads}"
            done = s.ttmem("run", "--fail-on-leak", "--report", s.files / "report.json", "--", "sh", "-c", program, code=0 if followed else 12)
            coverage = document_of((s.files / "report.json").read_text())["coverage"]
            check_equal(coverage["complete"], followed, f"{program}: {coverage}")
            check(followed == ("took LD_PRELOAD from its environment" not in done.stderr), program, done.stderr)


def missed(s, program, reason):
    """That a run whose program has memory for a while knows of it, or that it does not for this reason."""
    done = s.ttmem("run", "--fail-on-leak", "--", "sh", "-c", f"{DRIVER} clean 0; sleep 2 | {program}; exit 0", code=None)
    if reason is None:
        check("was not followed" not in done.stderr and "2 processes tracked" in done.stderr, program, done.stderr)
    else:
        check_equal(done.returncode, 12, done.stderr)
        check(f"(scenario-driver) was not followed: {reason}" in done.stderr, program, done.stderr)
    return done.stderr


def test_a_process_with_another_folder_is_missed_however_short_it_is():
    """It says so itself, whether the run finds it meanwhile or not: also at the level off, without room, within another run."""
    elsewhere, limited = "its ledger lies where this run does not look", "its ledger needs a file of"
    with scene() as s:
        other, report = s.ledgers / "other", s.files / "report.json"
        inner = f"{BIN}/ttmem run -q -- {DRIVER} clean 0"
        for program, said in ((f"{DRIVER} leave 0", elsewhere), (f"env TTMEM_LEVEL=off {DRIVER} leave 0", "TTMEM_LEVEL=off was set"), (inner, "`ttmem run` of its own"),
                              (f"bash -c 'ulimit -f 1; trap \"\" XFSZ; exec {DRIVER} leave 0'", limited)):
            for options in ([], ["--no-preload"], ["-o", s.files / "run.ttmem", "--force"]):
                done = s.ttmem("run", "--fail-on-leak", "--report", report, *options, "--", "sh", "-c", f"{DRIVER} clean 0; TTMEM_DIR={other} {program}; exit 0", code=12)
                check(said in done.stderr and said in str(json.loads(report.read_text())["coverage"]), program, options, done.stderr)
            s.ttmem("leaks", "--fail-on-leak", s.files / "run.ttmem", code=12)
            check_equal([path.name for path in s.ledgers.glob("untracked.*.elsewhere")], [], "words that have been read")
            s.ttmem("leaks", "--fail-on-leak", "--run", json.loads(report.read_text())["run_id"], code=12)


def test_a_process_whose_ledger_lies_where_the_run_does_not_look_is_missed():
    elsewhere, of_no_run = "its ledger lies where this run does not look", "its ledger is not of this run"
    with scene() as s:
        other = s.ledgers / "other"
        for prefix, reason in (("", None), (f"env TTMEM_DIR={other}", elsewhere), ("env TTMEM_RUN=", of_no_run), ("env TTMEM_RUN=abc", of_no_run),
                               ("env -u TTMEM_RUN", of_no_run), (f"env TTMEM_RUN=abc TTMEM_DIR={other}", of_no_run)):
            missed(s, f"{prefix} {DRIVER} hold", reason)


def test_a_process_that_has_another_folder_mounted_over_the_ledgers_is_missed():
    needs_mounts()
    with scene() as s:
        missed(s, f"unshare -m sh -c 'mount -t tmpfs -o mode=700 none {s.ledgers}; exec {DRIVER} hold'", "its ledger lies where this run does not look")


def test_a_process_that_becomes_one_whose_ledger_lies_elsewhere_is_missed():
    """It has the same pid, of which the run has read a ledger."""
    with scene() as s:
        again = f"import ctypes, os; library = ctypes.CDLL('{BIN.parent}/src/client/libttmem.so'); library.ttmem_open(0); " \
                f"os.execve('{DRIVER}', ['scenario-driver', 'hold'], dict(os.environ, TTMEM_RUN=''))"
        said = missed(s, f'python3 -c "{again}"', "its ledger is not of this run")
        check("2 processes tracked" in said, said)
