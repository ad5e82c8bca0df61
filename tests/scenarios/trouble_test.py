"""The application never pays for trouble: shared memory full, read-only, missing; limits; too many threads."""
import os
import resource

from scenario import (BIN, SIM, check, check_equal, document_of, figures_of, needs_mounts, needs_root, no_large_files,
                      scene)

DRIVER = BIN / "scenario-driver"
# Mounts over /dev/shm in a namespace of its own; the programs find their default places only.
SETUPS = {
    "full": "mount -t tmpfs -o size=64k none /dev/shm && dd if=/dev/zero of=/dev/shm/ballast bs=4k 2>/dev/null;",
    "too small": "mount -t tmpfs -o size=256k none /dev/shm;",
    "read-only": "mount -t tmpfs -o ro none /dev/shm;",
    "missing": "mkdir -p $FILES/dev && for f in null zero urandom; do touch $FILES/dev/$f;"
               " mount --bind /dev/$f $FILES/dev/$f; done && mount --rbind $FILES/dev /dev && test ! -e /dev/shm &&",
}


def in_namespace(s, setup, command):
    """Runs a shell command where /dev/shm is in trouble and /run/ttmem does not exist."""
    needs_root()
    needs_mounts()
    script = f"set -u; mount -t tmpfs none /run; {SETUPS[setup]} {command}"
    environment = {key: value for key, value in s.environment.items() if key != "TTMEM_DIR"}
    environment["FILES"] = str(s.files)
    s.environment = environment
    return s.run("unshare", "--mount", "--propagation", "private", "sh", "-c", script)


def the_program_does_not_notice(setup):
    with scene() as s:
        for number in (0, 42):
            done = in_namespace(s, setup, f"exec {DRIVER} leave {number}")
            check_equal([done.returncode, done.stdout, done.stderr], [number, "", ""], f"/dev/shm {setup}:")


def the_run_says_what_is_missing(setup):
    with scene() as s:
        report = s.files / "report.json"
        done = in_namespace(s, setup, f"exec {BIN}/ttmem run --report {report} -- {DRIVER} leave 42")
        check_equal(done.returncode, 42, done.stderr)
        coverage = document_of(report.read_text())["coverage"]
        check(not coverage["complete"] and coverage["notes"], f"/dev/shm {setup}: the report says so:", coverage)
        done = in_namespace(s, setup, f"exec {BIN}/ttmem run --fail-on-leak -- {DRIVER} clean 0")
        check_equal(done.returncode, 12, f"/dev/shm {setup}: no leak seen is no proof: {done.stderr}")


def test_a_program_does_not_notice_that_shared_memory_is_full():
    the_program_does_not_notice("full")


def test_a_program_does_not_notice_that_shared_memory_is_too_small():
    the_program_does_not_notice("too small")


def test_a_program_does_not_notice_that_shared_memory_is_read_only():
    the_program_does_not_notice("read-only")


def test_a_program_does_not_notice_that_shared_memory_is_missing():
    the_program_does_not_notice("missing")


def test_a_run_says_that_shared_memory_is_full():
    the_run_says_what_is_missing("full")


def test_a_run_says_that_shared_memory_is_read_only():
    the_run_says_what_is_missing("read-only")


def test_a_run_says_that_shared_memory_is_missing():
    the_run_says_what_is_missing("missing")


def test_doctor_names_shared_memory_that_is_full():
    with scene() as s:
        done = in_namespace(s, "full", f"exec {BIN}/ttmem doctor")
        check_equal(done.returncode, 10, done.stdout + done.stderr)
        check("0 B free in /dev/shm" in done.stdout, done.stdout)


def test_a_small_limit_of_file_sizes_does_not_kill_the_program():
    with scene() as s:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))  # noqa: E731
        done = s.run(DRIVER, "leave", 42, preexec_fn=limit)
        check_equal([done.returncode, done.stdout, done.stderr], [42, "", ""])
        report = s.files / "report.json"
        done = s.run(BIN / "ttmem", "run", "--report", report, "--", DRIVER, "leave", 42, preexec_fn=limit)
        check_equal(done.returncode, 42, done.stderr)
        coverage = document_of(report.read_text())["coverage"]
        check(not coverage["complete"] and coverage["notes"], "the report says so:", coverage)


def test_no_limit_of_the_system_makes_a_difference():
    """With each limit at each of these values the program ends as it does without tracking, whatever that is.

    All but a second of processor time or less: that kills whoever runs at the kernel's next tick, tracked or not.
    """
    limits = sorted({getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")})
    values = [0, 1, 4096, *(4 << 20 << step for step in range(6))]
    with scene() as s:
        ended_well = 0
        for limit in limits:
            for value in values:
                if limit == resource.RLIMIT_CPU and value <= 1:
                    continue

                def lower(limit=limit, value=value):
                    hard = resource.getrlimit(limit)[1]
                    resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
                done = [s.run(DRIVER, "clean", 42, env={"TTMEM_LEVEL": level}, preexec_fn=lower)
                        for level in ("off", "counts", "events")]
                said = [(one.returncode, one.stdout, one.stderr) for one in done]
                check_equal(said, said[:1] * 3, f"limit {limit} at {value}:")
                ended_well += said[0][0] == 42
        check(len(limits) > 10 and ended_well > len(limits), "limits that the program survives:", ended_well)


def test_a_directory_that_does_not_exist_is_no_trouble():
    with scene() as s:
        done = s.run(DRIVER, "leave", 42, env={"TTMEM_DIR": "/nonexistent/ledgers"})
        check_equal([done.returncode, done.stdout, done.stderr], [42, "", ""])


def test_a_directory_that_cannot_be_used_is_told_by_all_that_show_its_process():
    with scene() as s:
        words = "its TTMEM_DIR cannot be used"
        program = f"TTMEM_DIR=/nonexistent/ledgers {SIM} decode --steps 2"
        done = s.ttmem("run", "--report", s.files / "r.json", "--", "sh", "-c", program)
        report = document_of((s.files / "r.json").read_text())
        check(words in done.stderr, done.stderr)
        check(any(words in note for note in report["coverage"]["notes"]), report["coverage"])
        check(report["coverage"]["complete"], report["coverage"])
        pid = report["processes"][0]["pid"]
        check(words in s.ttmem("ps", "--dead", "--pid", pid).stdout)


def test_nonsense_in_the_environment_is_no_trouble():
    with scene() as s:
        env = {"TTMEM_LEVEL": "loud", "TTMEM_LEDGER_SLOTS": "-7", "TTMEM_HISTORY_BYTES": "99999999999999999999",
               "TTMEM_RUN": "zz"}
        done = s.run(DRIVER, "leave", 42, env=env)
        check_equal([done.returncode, done.stdout, done.stderr], [42, "", ""])


def threads(level):
    with scene() as s:
        process, (pid,) = s.driver("threads", 2000, env={"TTMEM_LEVEL": level})
        status = s.json("status", "--pid", pid)
        check_equal([figures["dram"] for figures in figures_of(status["chips"]).values()],
                    [[2000 * 1024, 2000 * 86 * 12, 2000]], "all allocations of 2,000 threads:")
        check_equal(status["coverage"]["untracked_allocations"], 0)
        if level == "events":
            lost = status["coverage"]["events_lost"]
            check(lost >= 1900, "the history of threads without a ring is counted as lost:", lost)
        process.communicate()
        check_equal(process.returncode, 7, "exit code:")


def test_two_thousand_threads_are_counted_exactly():
    threads("counts")


def test_two_thousand_threads_are_counted_exactly_with_history():
    threads("events")


def test_what_does_not_fit_is_counted_and_shown():
    with scene() as s:
        process, (pid,) = s.driver("threads", 2000, env={"TTMEM_LEDGER_SLOTS": "64"})
        coverage = s.json("status", "--pid", pid)["coverage"]
        listed = len(s.json("buffers")["items"])
        check(0 < listed < 64, "allocations that fitted:", listed)
        check_equal(coverage["untracked_allocations"], 2000 - listed, "the others are counted:")
        check_equal(coverage["untracked_bytes"], (2000 - listed) * 1024, "with their bytes:")
        check(not coverage["complete"], coverage)
        text = s.ttmem("status", "--pid", pid).stdout
        check(f"{2000 - listed:,}" in text, "and shown:", text)
        process.communicate()
        check_equal(process.returncode, 7, "exit code:")


def test_level_off_records_nothing_and_changes_nothing():
    with scene() as s:
        done = s.run(DRIVER, "leave", 42, env={"TTMEM_LEVEL": "off"})
        check_equal([done.returncode, done.stdout, done.stderr], [42, "", ""])
        check_equal(os.listdir(s.ledgers), [])


def test_wrong_calls_are_counted_and_change_no_figure():
    with scene() as s:
        _, (pid,) = s.driver("views")
        status = s.json("status", "--pid", pid)
        check_equal([figures["dram"][::2] for figures in figures_of(status["chips"]).values()], [[1 << 20, 1]],
                    "a view, a double free and a free of nothing:")
        notes = " ".join(status["coverage"]["notes"]).lower()
        check("free" in notes, "the notes tell of the frees that fitted nothing:", notes)


def test_a_running_process_that_found_no_room_makes_every_answer_incomplete():
    with scene() as s:
        process, (pid,) = s.driver("threads", 4, preexec_fn=no_large_files)
        for command in ("status", "ps", "buffers", "programs", "leaks"):
            for words in ([], ["--pid", pid]):
                document = s.json(command, *words, code=None)
                check(not document["coverage"]["complete"], command, words, document["coverage"])
                check(any(note.startswith(f"process {pid} recorded nothing: its ledger needs a file of")
                          for note in document["coverage"]["notes"]), command, words, document["coverage"]["notes"])
            done = s.ttmem(command, code=None)
            check(f"process {pid} recorded nothing" in done.stdout, command, done.stdout, done.stderr)
        process.communicate()
        coverage = s.json("status", code=None)["coverage"]
        check(coverage["complete"], "it runs no more, so nothing of now is missing:", coverage)
        check(not s.json("leaks", code=None)["coverage"]["complete"], "what it left is not known")


def test_a_process_that_began_in_the_same_moment_is_not_taken_for_one_that_recorded_nothing():
    began = open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]
    no_process = 1 << 30  # greater than any pid
    for pid, lives in ((no_process, False), (os.getpid(), True)):
        with scene() as s:
            (s.ledgers / f"untracked.{pid}.{began}.{'0' * 32}.room.4096.0").touch()
            coverage = s.json("status", code=None)["coverage"]
            check_equal(coverage["complete"], not lives, coverage)
