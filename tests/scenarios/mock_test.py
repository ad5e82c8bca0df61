"""What `ttmem run --mock` is worth without tt-metal: folders that come and go, devices that stay closed, names."""
import contextlib
import os
import signal

from scenario import BIN, Skip, check, check_equal, document_of, needs_mounts, scene


@contextlib.contextmanager
def mock_scene():
    """A scene whose programs have a home and a folder for temporary files to themselves."""
    if not (BIN.parent / "lib" / "libttmem_mock.so").exists():
        raise Skip("libttmem_mock.so is not built here")
    with scene() as s:
        for name, variable in (("tmp", "TMPDIR"), ("home", "HOME")):
            (s.files / name).mkdir()
            s.environment[variable] = str(s.files / name)
        yield s


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def report_of(s, *program, machine="N150", code=0):
    report = s.files / "report.json"
    s.ttmem("run", "-q", "--mock", machine, "--report", report, "--", *program, code=code)
    return document_of(report.read_text())


def test_a_program_that_never_opens_a_device_runs_as_always():
    with mock_scene() as s:
        done = s.ttmem("run", "--mock", "t3k", "--", "sh", "-c", "echo mine; exit 3", code=3)
        check_equal(done.stdout, "mine\n")
        check("on a mock of T3000" in done.stderr, done.stderr)
        mock = report_of(s, "true", machine="T3000")["mock"]
        check_equal([mock["machine"], mock["chips"], mock["mesh"], mock["stand_in_compiler"]], ["T3000", 8, [2, 4], False])
        check_equal(left_in(s.files / "tmp"), [], "left:")
        check_equal(left_in(s.files / "home"), [], "left:")


def test_a_tmpdir_in_which_nothing_can_be_made_is_named_with_what_to_do():
    with mock_scene() as s:
        for words in (("run", "--mock", "N150"), ("fit", "--on", "N150")):
            said = s.ttmem(*words, "--", "true", code=1, env={"TMPDIR": "/proc"}).stderr
            check("a folder for the run cannot be made in /proc" in said and "no one can make folders there" in said, said)
            check("next: set TMPDIR to a folder that you may write to" in said, said)


def test_a_run_on_hardware_has_no_mock():
    with mock_scene() as s:
        report = s.files / "report.json"
        said = s.ttmem("run", "-q", "--report", report, "--", "env").stdout
        check_equal(document_of(report.read_text())["mock"], None)
        check("TTMEM_MOCK" not in said and "libttmem_mock" not in said, said)


def test_the_environment_leads_to_the_folder_and_away_from_hardware():
    with mock_scene() as s:
        said = s.ttmem("run", "-q", "--mock", "P150", "--", "env", env={"TT_VISIBLE_DEVICES": "3"}).stdout
        seen = dict(line.split("=", 1) for line in said.splitlines())
        folder = seen["TTMEM_MOCK_FOLDER"]
        for name in ("TT_METAL_MOCK_CLUSTER_DESC_PATH", "TT_METAL_CACHE", "TT_METAL_LOGS_PATH"):
            check(seen[name].startswith(folder + "/"), name, seen[name])
        check("TT_VISIBLE_DEVICES" not in seen, seen)
        check(not os.path.exists(folder), folder, "is still there")


def test_a_process_that_opens_a_device_is_ended_before_it_does():
    opens = "import os, sys; os.open('/dev/tenstorrent/0', os.O_RDWR); print('opened')"
    with mock_scene() as s:
        for program in (["python3", "-c", opens], ["cat", "/dev/tenstorrent/0"],
                        ["sh", "-c", "python3 -c 'open(\"/dev/tenstorrent/3\")'"]):
            done = s.ttmem("run", "-q", "--mock", "N150", "--", *program, code=125)
            check_equal(done.stdout, "")
            check("is a real device" in done.stderr and "N150" in done.stderr, done.stderr)


def test_a_device_is_known_by_any_path_that_leads_to_it():
    at_folder = "import os; os.open('tenstorrent/0', os.O_RDWR, dir_fd=os.open('/dev', os.O_RDONLY)); print('opened')"
    with mock_scene() as s:
        (s.files / "link").symlink_to("/dev/tenstorrent/0")
        (s.files / "link-to-link").symlink_to("link")
        (s.files / "folder").symlink_to("/dev")
        for program in (["cat", s.files / "link"], ["cat", s.files / "link-to-link"], ["cat", s.files / "folder/tenstorrent/0"],
                        ["sh", "-c", "cd /dev && cat tenstorrent/0"], ["cat", "/dev/../dev//tenstorrent/0"], ["cat", "//dev/tenstorrent/0"],
                        ["python3", "-c", at_folder]):
            done = s.ttmem("run", "-q", "--mock", "N150", "--", *program, code=125)
            check_equal(done.stdout, "")
            check("is a real device" in done.stderr, program, done.stderr)


# Runs a program with a /dev of its own, with what it needs and a device, which is a file. The mounts go with it.
WITH_DEVICES = """
dev=$1; shift
mkdir "$dev" "$dev/tenstorrent" "$dev/shm"
for name in null zero random urandom; do touch "$dev/$name" && mount --bind "/dev/$name" "$dev/$name" || exit 99; done
mount --rbind /dev/shm "$dev/shm" || exit 99
ln -s /proc/self/fd "$dev/fd"
echo mine > "$dev/tenstorrent/0"
mount --rbind "$dev" /dev || exit 99
exec "$@"
"""
# What a program does that loads no library: the system call itself.
CALLS = """
import ctypes, os
number = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
call = ctypes.CDLL(None, use_errno=True).syscall
print("device", call(number, -100, b"/dev/tenstorrent/0", os.O_RDWR) >= 0, "other", call(number, -100, b"/dev/null", os.O_RDWR) >= 0)
"""


def test_what_loads_no_library_is_kept_away_from_devices_as_well():
    with mock_scene() as s:
        needs_mounts()

        def with_devices(name, *program):
            done = s.run("unshare", "--mount", "--propagation", "private", "sh", "-c", WITH_DEVICES, "sh", s.files / name, *program)
            if done.returncode == 99:
                raise Skip(f"no /dev of its own can be made here: {done.stderr}")
            check_equal(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout

        calls = ["python3", "-c", CALLS]
        check_equal(with_devices("bare", *calls), "device True other True\n")
        said = with_devices("mock", BIN / "ttmem", "run", "-q", "--mock", "N150", "--", "sh", "-c", 'exec "$@"', "sh", *calls)
        if said.startswith("device True"):
            raise Skip("there is no Landlock here")
        check_equal(said, "device False other True\n")
        check_equal((s.files / "mock/tenstorrent/0").read_text(), "mine\n")
        check_equal(with_devices("real", BIN / "ttmem", "run", "-q", "--", *calls), "device True other True\n")


def test_what_is_no_device_is_opened():
    folder = "import os; os.path.exists('/dev/tenstorrent') and os.listdir('/dev/tenstorrent'); print('listed')"
    with mock_scene() as s:
        (s.files / "tenstorrent").write_text("mine")
        (s.files / "link").symlink_to("tenstorrent")
        (s.files / "dangling").symlink_to("/dev/none")
        for program, said in ((["cat", s.files / "tenstorrent"], "mine"), (["cat", s.files / "link"], "mine"),
                              (["sh", "-c", f"cd {s.files} && cat ./tenstorrent"], "mine"), (["python3", "-c", folder], "listed\n")):
            check_equal(s.ttmem("run", "-q", "--mock", "N150", "--", *program).stdout, said)
        s.ttmem("run", "-q", "--mock", "N150", "--", "cat", s.files / "dangling", code=1)


def test_an_unknown_machine_is_a_mistake_and_the_nearest_is_named():
    with mock_scene() as s:
        done = s.ttmem("run", "--mock", "T300", "--", "touch", s.files / "ran", code=2)
        check("no machine `T300`" in done.stderr and "did you mean `" in done.stderr, done.stderr)
        check(not (s.files / "ran").exists(), "the program ran")
        done = s.ttmem("run", "--mock", s.files / "none.yaml", "--", "true", code=2)
        check("No such file or directory" in done.stderr, done.stderr)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_mock_and_no_preload_exclude_each_other():
    with mock_scene() as s:
        check("exclude each other" in s.ttmem("run", "--mock", "N150", "--no-preload", "--", "true", code=2).stderr)


def test_a_descriptor_of_the_users_is_a_machine():
    with mock_scene() as s:
        path = s.files / "mine.yaml"
        path.write_text("arch: {0: wormhole_b0}\nchips_with_mmio: [{0: 0}]\n")
        mock = report_of(s, "true", machine=str(path))["mock"]
        check_equal([mock["machine"], mock["architecture"], mock["chips"], mock["mesh"]], [str(path), None, None, None])


def test_two_at_once_have_a_folder_each():
    with mock_scene() as s:
        runs = [s.start(BIN / "ttmem", "run", "-q", "--mock", "N150", "--", "sh", "-c", "echo $TTMEM_MOCK_FOLDER; read x")
                for _ in range(2)]
        folders = [run.stdout.readline().strip() for run in runs]
        check(folders[0] != folders[1], folders)
        runs[0].stdin.close()
        runs[0].wait()
        check(not os.path.exists(folders[0]) and os.path.exists(folders[1]), left_in(s.files / "tmp"))
        runs[1].stdin.close()
        runs[1].wait()
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_a_run_that_is_ended_by_a_signal_leaves_nothing():
    with mock_scene() as s:
        run = s.start(BIN / "ttmem", "run", "-q", "--mock", "N150", "--", "sh", "-c", "echo ready; exec sleep 100")
        run.stdout.readline()
        run.send_signal(signal.SIGTERM)
        check_equal(run.wait(), -signal.SIGTERM)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_what_a_killed_run_left_goes_with_the_next_one():
    with mock_scene() as s:
        run = s.start(BIN / "ttmem", "run", "-q", "--mock", "N150", "--", "sh", "-c",
                      "touch $TT_METAL_CACHE/kernel; echo $TTMEM_MOCK_FOLDER $$; read x")
        folder, program = run.stdout.readline().split()
        run.kill()
        run.wait()
        os.kill(int(program), signal.SIGKILL)
        check_equal(left_in(s.files / "home"), [], "left:")
        os.utime(folder, (1, 1))  # as if it were old
        s.ttmem("run", "-q", "--mock", "N150", "--", "true")
        check_equal(left_in(s.files / "tmp"), [], "left:")
