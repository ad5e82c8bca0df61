"""`ttmem fit` with the real ttnn: what fits runs, and what does not is what tt-metal itself refuses."""
import tempfile

from mock_run_test import User
from real_ttnn import PATIENCE_S, ROOT
from scenario import BIN, check, check_equal, document_of

FILLS = """
import sys, ttnn
device = ttnn.open_device(device_id=0)
kept = [ttnn.zeros([1, 1, 32768, 32768], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(int(sys.argv[1]))]
view = ttnn.get_memory_view(device, ttnn.BufferType.DRAM)
print("view", view.num_banks * view.total_bytes_allocated_per_bank, view.largest_contiguous_bytes_free_per_bank)
ttnn.close_device(device)
"""


def fit(user, *arguments, code):
    folder = tempfile.mkdtemp(prefix="runs-", dir=user.files)  # one for each: captures are not replaced
    done = user.run(BIN / "ttmem", "fit", "--json", "-o", folder, *arguments, timeout=PATIENCE_S, cwd=user.tmp)
    check_equal(done.returncode, code, done.stdout[-3000:] + done.stderr[-3000:])
    return document_of(done.stdout)["runs"]


def test_a_peak_is_what_ttnn_itself_counts():
    with User() as user:
        for run in fit(user, "--on", "N150,P150", "--", user.python, user.program(FILLS), "2", code=0):
            dram = next(pool for pool in run["pools"] if pool["pool"] == "dram")
            said = next(line for line in open(run["log"]) if line.startswith("view "))
            check_equal([dram["peak_reserved_bytes"], dram["peak_exact"]], [int(said.split()[1]), True], run["machine"])
            check_equal(dram["headroom_bytes"], dram["capacity_bytes"] - dram["peak_reserved_bytes"])
            check(dram["largest_free_bytes_per_bank"] <= int(said.split()[2]) <= dram["largest_free_bytes_per_bank_max"], said, dram)
            core = run["fullest_core"]
            check(core is None or core["needed_bytes_per_core"] <= core["capacity_bytes_per_core"], core)


def test_what_is_too_large_for_one_machine_fits_a_larger_one():
    with User() as user:
        n150, p150 = fit(user, "--on", "N150,P150", "--", user.python, user.program(FILLS), "8", code=10)
        check_equal([n150["verdict"], p150["verdict"]], ["does_not_fit", "fits"])
        check_equal([n150["failure"]["kind"], n150["failure"]["cause"]], ["out_of_memory", "full"])
        check("zeros" in n150["failure"]["operation"], n150["failure"])
        check(n150["failure"]["missing_bytes"] > 0, n150["failure"])
        check_equal([run["verdict"] for run in fit(user, "--on", "N150", "--", user.python, user.program(FILLS), "5", code=0)], ["fits"])


def test_the_convolutional_network_needs_l1_small():
    with User() as user:
        without, with_some = fit(user, "--on", "N150", "--l1-small", "0,32K", "--", user.python,
                                 ROOT / "examples" / "models" / "convnet.py", "--l1-small", "{l1_small}", code=10)
        check_equal([without["verdict"], with_some["verdict"]], ["does_not_fit", "fits"])
        check_equal(without["failure"]["cause"], "no_region")


def test_the_operation_that_failed_is_told_with_what_failed_within_it():
    with User() as user:
        run, = fit(user, "--on", "N150", "--", user.python, ROOT / "examples" / "models" / "convnet.py", "--l1-small", "0", code=10)
        check_equal([run["failure"]["operation"], run["failure"]["inside"]],
                    ["ttnn.conv2d", "ttnn::operations::sliding_window::move_config_tensor_to_device"])


# Opens a device in a child, which ends as it is told to; itself it ends with 0.
CHILD = """
import multiprocessing, os, signal, sys

def work(how):
    import ttnn
    device = ttnn.open_device(device_id=0)
    kept = ttnn.empty([1, 1, 1024, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    print("works", flush=True)
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "crashed":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "raised":
        raise KeyError("w1")
    if how == "failed":
        while True:
            work.kept = (getattr(work, "kept", None), ttnn.empty([1, 1, 32768, 32768], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device))
    if how == "unclosed":
        os._exit(0)
    ttnn.close_device(device)

if __name__ == "__main__":
    child = multiprocessing.get_context(sys.argv[2]).Process(target=work, args=(sys.argv[1],))
    child.start()
    child.join()
"""


def test_a_process_that_fails_behind_one_that_ends_well_lets_nothing_fit():
    killed = "was killed, or crashed, with a device open"
    with User() as user:
        program = user.program(CHILD)
        for how, start, code, words in (("ended", "fork", 0, None), ("unclosed", "fork", 0, None), ("ended", "spawn", 0, None),
                                        ("killed", "fork", 12, killed), ("crashed", "spawn", 12, killed),
                                        ("raised", "fork", 12, "of it ended with 1: KeyError: 'w1'"), ("failed", "fork", 10, None)):
            run, = fit(user, "--on", "N150", "--", user.python, program, how, start, code=code)
            check("works" in open(run["log"]).read(), how, open(run["log"]).read()[-2000:])
            check(words is None or words in run["reason"], how, run["reason"])


def test_a_model_that_fails_in_a_pipe_lets_nothing_fit():
    fills = FILLS.replace("ttnn.zeros", "ttnn.empty")  # which makes nothing on the host
    fails = fills.replace("ttnn.close_device(device)", "raise KeyError('w1')")
    with User() as user:
        path = user.program(fails)
        for count, code in (("1", 12), ("8", 10)):
            run, = fit(user, "--on", "N150", "--", "sh", "-c", f"{user.python} {path} {count} 2>&1 | tee log", code=code)
            check(code == 10 or run["reason"].endswith(" of it ended with 1: KeyError: 'w1'"), run["reason"])
        path = user.program(fills)
        fit(user, "--on", "N150", "--", "sh", "-c", f"{user.python} {path} 1 2>&1 | tee log", code=0)


# Each chip by itself, and all of them as one mesh.
ALL_CHIPS = """
import sys, ttnn
mesh = ttnn.open_mesh_device(ttnn.MeshShape(2, 4))
devices = mesh.create_submeshes(ttnn.MeshShape(1, 1)) if sys.argv[1] == "each" else [mesh]
kept = [ttnn.empty([1, 1, 1024, 1024], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for device in devices]
"""


def test_all_chips_that_are_used_alike_are_counted():
    with User() as user:
        for how in ("each", "whole"):
            run, = fit(user, "--on", "T3000", "--", user.python, user.program(ALL_CHIPS), how, code=0)
            check_equal([(pool["pool"], pool["chips"]) for pool in run["pools"]], [("dram", 8)], how)


ONE_BY_ONE = """
import sys, ttnn
for batch in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
    device = ttnn.open_device(device_id=0)
    kept = []
    try:
        for _ in range(batch):
            kept.append(ttnn.empty([1, 1, 16384, 16384], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device))
        print("fits", batch)
    except RuntimeError:
        print("throws", batch)
    kept.clear()
    ttnn.close_device(device)
"""


def test_the_largest_batch_is_the_last_at_which_tt_metal_itself_does_not_throw():
    with User() as user:
        # Not zeros, which are made on the host first.
        program = user.program(FILLS.replace("32768, 32768", "16384, 16384").replace("ttnn.zeros", "ttnn.empty"))
        done = user.run(BIN / "ttmem", "fit", "--json", "--on", "N150", "--search", "batch=22..25", "--", user.python, program, "{batch}",
                        timeout=PATIENCE_S, cwd=user.tmp)
        check_equal(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        document = document_of(done.stdout)
        found, = document["searches"]
        one_by_one = user.files / "one_by_one.py"
        one_by_one.write_text(ONE_BY_ONE)
        all_of_them = user.run(BIN / "ttmem", "run", "-q", "--mock", "N150", "--", user.python, one_by_one, "22", "25", timeout=PATIENCE_S,
                               cwd=user.tmp)
        truth = {int(batch): word for word, batch in (line.split() for line in all_of_them.stdout.splitlines() if line[:4] in ("fits", "thro"))}
        check_equal([truth[found["largest"]], truth[found["next"]], found["next"]], ["fits", "throws", found["largest"] + 1], truth)
        check_equal(found["largest"], max(batch for batch, word in truth.items() if word == "fits"), truth)
        for tried in found["tried"]:
            check_equal(tried["verdict"], {"fits": "fits", "throws": "does_not_fit"}[truth[tried["value"]]], tried)
