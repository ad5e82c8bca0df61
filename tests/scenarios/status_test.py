"""`ttmem status` and `ttmem buffers` say exactly what the simulator knows to be true, at every point of the mesh test."""
from scenario import check, check_chips, check_equal, figures_of, scene, sums_of

STEPS = ["tensors", "add", "matmul", "tensors_freed", "cache_cleared", "closed"]
POINTS = [f"run{run}.{step}" for run in (1, 2, 3) for step in STEPS]


def equals_truth_at_every_point(machine, chips):
    with scene() as s:
        sim = s.mesh_test(machine, POINTS)
        for point in POINTS:
            truth = sim.wait_paused(point)
            check_equal(len(truth["chips"]), chips, f"chips of {machine}")
            status = s.json("status", "--pid", sim.pid)
            check_chips(status["chips"], truth["chips"], f"{machine} at {point}:")
            check(status["coverage"]["complete"], point, status["coverage"])
            sim.resume()
        sim.finish()


def test_status_equals_the_truth_at_every_point_on_an_n150():
    equals_truth_at_every_point("n150", 1)


def test_status_equals_the_truth_at_every_point_on_an_n300():
    equals_truth_at_every_point("n300", 2)


def test_status_equals_the_truth_at_every_point_on_a_t3000():
    equals_truth_at_every_point("t3000", 8)


def test_status_equals_the_truth_at_every_point_on_a_galaxy():
    equals_truth_at_every_point("galaxy", 32)


def test_status_equals_the_truth_at_every_point_on_a_blackhole():
    equals_truth_at_every_point("p150", 1)


def test_status_equals_the_truth_at_every_point_on_a_blackhole_galaxy():
    equals_truth_at_every_point("bh_galaxy", 32)


def test_each_run_of_the_t3000_holds_the_same_and_leaves_nothing():
    steps = ("matmul", "cache_cleared", "closed")
    with scene() as s:
        sim = s.mesh_test("t3000", [f"run{run}.{step}" for run in (1, 2, 3) for step in steps])
        for run in (1, 2, 3):
            for step in steps:
                sim.wait_paused(f"run{run}.{step}")
                for chip in s.json("status", "--pid", sim.pid)["chips"]:
                    dram = chip["pools"]["dram"]
                    now = [dram["requested_bytes"], dram["reserved_bytes"], dram["allocations"]]
                    check_equal(now, [14716928, 14794752, 8] if step == "matmul" else [0, 0, 0], f"run{run}.{step}:")
                    peak = [dram["peak_requested_bytes"], dram["peak_reserved_bytes"], dram["peak_exact"]]
                    check_equal(peak, [14716928, 14794752, True], f"peak at run{run}.{step}:")
                sim.resume()
        sim.finish()


def test_status_equals_the_truth_at_level_events_too():
    with scene() as s:
        sim = s.mesh_test("t3000", POINTS, env={"TTMEM_LEVEL": "events"})
        for point in POINTS:
            truth = sim.wait_paused(point)
            check_chips(s.json("status", "--pid", sim.pid)["chips"], truth["chips"], f"at {point}:")
            sim.resume()
        sim.finish()


def test_two_processes_on_the_same_chips_are_added_and_never_merged():
    with scene() as s:
        one = s.mesh_test("t3000", POINTS)
        two = s.mesh_test("t3000", POINTS)
        for point in POINTS:
            first, second = one.wait_paused(point), two.wait_paused(point)
            check_chips(s.json("status", "--pid", one.pid)["chips"], first["chips"], f"the first at {point}:")
            check_chips(s.json("status", "--pid", two.pid)["chips"], second["chips"], f"the second at {point}:")
            both = figures_of(s.json("status")["chips"])
            doubled = {chip: {pool: [2 * figure for figure in figures] for pool, figures in pools.items()}
                       for chip, pools in figures_of(first["chips"]).items()}
            check_equal(both, doubled, f"both at {point}:")
            one.resume()
            two.resume()
        one.finish()
        two.finish()


def test_the_peak_of_two_processes_together_is_an_interval_that_holds_the_truth():
    with scene() as s:
        sims = [s.mesh_test("t3000", ["run1.matmul"]) for _ in range(2)]
        for sim in sims:
            sim.wait_paused("run1.matmul")
        for chip in s.json("status")["chips"]:
            dram = chip["pools"]["dram"]
            check(dram["peak_requested_bytes"] <= 2 * 14716928 <= dram["peak_requested_bytes_max"], dram)
            check(dram["peak_reserved_bytes"] <= 2 * 14794752 <= dram["peak_reserved_bytes_max"], dram)


def test_two_processes_at_different_points_keep_their_own_figures():
    with scene() as s:
        one, two = s.mesh_test("t3000", ["run1.matmul"]), s.mesh_test("t3000", ["run2.tensors_freed"])
        first, second = one.wait_paused("run1.matmul"), two.wait_paused("run2.tensors_freed")
        check_chips(s.json("status", "--pid", one.pid)["chips"], first["chips"])
        check_chips(s.json("status", "--pid", two.pid)["chips"], second["chips"])


def test_buffers_lists_every_live_allocation_with_its_owner():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        truth = sim.wait_paused("run1.matmul")
        items = s.json("buffers")["items"]
        check_equal(sums_of(items), figures_of(truth["chips"]), "sums of the items:")
        names = ("pool", "address", "requested_bytes", "reserved_bytes", "class", "op", "tag", "program")
        listed = sorted(str([item[name] for name in names]) for item in items)
        check_equal(listed, sorted(str([live[name] for name in names]) for live in truth["live"]))
        check_equal(len({item["id"] for item in items}), len(items), "ids:")
        for item in items:
            check_equal(item["pid"], sim.pid, "pid:")
            check_equal(len(item["chips"]), 8, "chips of a mesh allocation:")
            check(item["since"] and item["thread"], "since and thread are known:", item)


def test_allocations_of_two_processes_at_one_address_stay_apart():
    with scene() as s:
        sims = [s.mesh_test("t3000", ["run1.matmul"]) for _ in range(2)]
        for sim in sims:
            sim.wait_paused("run1.matmul")
        items = s.json("buffers")["items"]
        check_equal(len(items), 16, "items of both:")
        for sim in sims:
            check_equal(len({item["address"] for item in items if item["pid"] == sim.pid}), 8, "addresses of each:")
        check_equal(len({item["address"] for item in items}), 8, "addresses of both:")


def test_ps_knows_a_living_process():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        truth = sim.wait_paused("run1.matmul")
        items = s.json("ps")["items"]
        check_equal([(item["pid"], item["comm"], item["state"], item["pid_verified"]) for item in items],
                    [(sim.pid, "ttmem-sim", "live", True)])
        check_chips(items[0]["chips"], truth["chips"])
        check_equal(len(s.json("ps", "--dead")["items"]), 1, "no ended ones beside it:")
