"""Another user's rubbish costs neither the answer nor the machine."""
import os
import pathlib
import resource

from scenario import check, check_equal, ended, figures_of, needs_root, scene

FILES = 100_000
SPARSE_BYTES = 4 << 40


def make_directory_of_user(s, uid):
    directory = s.shm / f"ttmem-{uid}"
    directory.mkdir(mode=0o700)
    os.chown(directory, uid, uid)
    return directory


def check_exact(s, pid):
    status = s.json("status", "--pid", pid)
    check_equal([figures["dram"][0] for figures in figures_of(status["chips"]).values()], [1 << 20], "bytes:")
    return s.json("status")["coverage"]


def test_a_hundred_thousand_files_of_another_user_are_not_all_looked_at():
    needs_root()
    with scene() as s:
        directory = make_directory_of_user(s, 1000)
        for number in range(FILES):
            os.close(os.open(directory / f"{number:032x}.ledger", os.O_CREAT | os.O_WRONLY, 0o400))
        _, (pid,) = s.driver("hold")
        coverage = check_exact(s, pid)
        check(not coverage["complete"], "the answer says that it is not complete")
        check("not looked at" in " ".join(coverage["notes"]), "and why:", coverage["notes"][-3:])
        check(len(coverage["notes"]) < 30, "in a few notes, not in", len(coverage["notes"]))
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        check(used < 300, "MiB of memory:", used)


def test_a_sparse_file_of_four_terabytes_is_refused_by_its_size():
    needs_root()
    with scene() as s:
        path = make_directory_of_user(s, 1000) / f"{1:032x}.ledger"
        with open(path, "wb") as file:
            file.truncate(SPARSE_BYTES)
        os.chown(path, 1000, 1000)
        _, (pid,) = s.driver("hold")
        notes = " ".join(check_exact(s, pid)["notes"])
        check(path.name in notes, "the file is named:", notes)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        check(used < 100, "MiB of memory:", used)


def test_ended_processes_of_other_users_are_counted_and_listed_only_when_asked_for():
    needs_root()
    with scene() as s:
        mine, theirs = s.mesh_test("n150", []), s.mesh_test("n150", [])
        for sim in (mine, theirs):
            sim.finish()
        paths = {item["pid"]: item["ledger_path"] for item in ended(s.json("ps", "--dead"))}
        check_equal(set(paths), {mine.pid, theirs.pid}, "both ended")
        path = pathlib.Path(paths[theirs.pid])
        moved = make_directory_of_user(s, 1000) / path.name
        path.rename(moved)
        os.chown(moved, 1000, 1000)
        document = s.json("ps", "--dead")
        check_equal([item["pid"] for item in ended(document)], [mine.pid], "own ones")
        check(document["coverage"]["complete"], document["coverage"])
        check("1 ended process of other users: --all-users shows them" in s.ttmem("ps", "--dead").stdout, document)
        check_equal({item["pid"] for item in ended(s.json("ps", "--dead", "--all-users"))}, set(paths), "all")
        check_equal([item["pid"] for item in ended(s.json("ps", "--dead", "--pid", theirs.pid))], [theirs.pid], "asked for")
