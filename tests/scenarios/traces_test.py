"""`ttmem traces`: what a replay overwrites is what the simulator planted, and the trace region is what it was."""
from scenario import check, check_equal, scene


def is_found(machine, workload, *more):
    with scene() as s:
        capture, truth = s.simulated(workload, "--machine", machine, "--plant", "under-trace", *more)
        planted, = truth["planted"]
        check_equal(planted["address"], planted["written"], "the allocator gives the freed address again")
        traces = {trace["name"]: trace for trace in s.json("traces", capture)["traces"]}
        trace = traces["planted"]
        check_equal((trace["in_the_way"], trace["overwritten"], trace["replays"]), (1, 1, 1), machine)
        block, = trace["blocks"]
        check_equal((block["address"], block["op"], block["tag"]), (planted["address"], planted["op"], "planted"), machine)
        check_equal(block["overlap_bytes_per_bank"], block["bytes_per_bank"], machine)
        check(block["address"] != planted["safe_address"], "what lies elsewhere is safe")


def test_what_a_replay_overwrites_is_named_on_every_kind_of_machine():
    for machine in ("n150", "t3000", "p150"):
        is_found(machine, "decode", "--steps", 4)
        is_found(machine, "random", "--seed", 5, "--steps", 60)


def test_the_trace_region_is_told_with_its_headroom():
    with scene() as s:
        capture, _ = s.simulated("decode", "--machine", "n150")
        document = s.json("traces", capture)
        region, = document["regions"]
        commands = document["traces"][0]["commands"]["reserved_bytes"]
        check_equal(region["peak_bytes"], commands, "one trace")
        check_equal(region["headroom_bytes_per_bank"], region["region_bytes_per_bank"] - region["peak_bytes_per_bank"])
        check_equal((document["traces"][0]["replays"], document["traces"][0]["overwritten"]), (6, 0))
        text = s.ttmem("traces", capture, env={"COLUMNS": "80"}).stdout
        check(text.startswith("No block lies in the way of a trace.\n"), text)
        check("trace_region_size=98304 holds them all." in text.replace("\n  ", " "), text)
        check_equal([line for line in text.splitlines() if len(line) > 80], [], "wide lines")
        s.ttmem("traces", code=3)
