"""Metrics of real processes equal `ttmem status`; rules fire in promtool; the dashboard asks for what there is."""
import json
import pathlib
import re
import signal
import subprocess

from debian_tools import tool
from scenario import BIN, PausedSim, check, check_equal, scene, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARE = ROOT / "share"
SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (-?[0-9.]+)$')


def samples(text):
    """{(name, labels as sorted pairs): value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        key = (name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels or ""))))
        assert key not in found, line
        found[key] = float(value)
    return found


def of_pool(name, chip, pool):
    return (name, (("chip_id", chip["chip_id"]), ("pool", pool)))


def check_adds_up(found):
    """capacity = allocated + free + reserved, wherever there is a capacity; at least one of each that is used."""
    capacities = {key[1]: value for key, value in found.items() if key[0] == "ttmem_capacity_bytes"}
    check(capacities, "there are capacities")
    for labels, capacity in capacities.items():
        parts = [found[(f"ttmem_{part}_bytes", labels)] for part in ("allocated", "free", "reserved")]
        check_equal(sum(parts), capacity, labels)


def promtool():
    return tool("prometheus", "promtool")


def test_metrics_are_the_figures_of_status():
    with scene() as s:
        sim = s.mesh_test("t3000", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        found, status = samples(s.ttmem("metrics").stdout), s.json("status")
        check(any(found[of_pool("ttmem_allocated_bytes", chip, "dram")] > 0 for chip in status["chips"]), "something is in use")
        for chip in status["chips"]:
            for pool, use in chip["pools"].items():
                if pool == "system":
                    continue
                for name, key in (("allocated_bytes", "reserved_bytes"), ("requested_bytes", "requested_bytes"),
                                  ("capacity_bytes", "capacity_bytes"), ("live_allocations", "allocations")):
                    check_equal(found.get(of_pool(f"ttmem_{name}", chip, pool)), use[key], f"{pool} {name}")
        check_adds_up(found)
        check_equal([found[(f"ttmem_{name}", ())] for name in ("processes", "complete", "allocation_failures_total", "dead_holders")],
                    [1, 1, 0, 0])


def test_figures_add_up_in_a_random_workload_with_circular_buffers():
    with scene() as s:
        reserved = 0
        for machine, seed in (("n150", 1), ("p150", 2), ("n300", 3)):
            sim = PausedSim(s, ["random", "--machine", machine, "--seed", seed, "--steps", 150], ["step120"])
            sim.wait_paused("step120")
            found = samples(s.ttmem("metrics").stdout)
            check_adds_up(found)
            reserved += sum(value for key, value in found.items() if key[0] == "ttmem_reserved_bytes")
            for key, value in found.items():
                if key[0] == "ttmem_largest_free_bytes":
                    check(value <= found[("ttmem_capacity_bytes", key[1])] - found[("ttmem_allocated_bytes", key[1])], key, value)
            sim.process.kill()
            sim.process.wait()
        check(reserved > 0, "circular buffers were reserved")


def test_what_the_dead_held_and_what_they_counted_is_there():
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        sim.process.kill()
        sim.process.wait()
        found, leaks = samples(s.ttmem("metrics").stdout), s.json("leaks", code=None)
        check_equal(found[("ttmem_dead_holders", ())], 1)
        check_equal(found[("ttmem_dead_holder_bytes", ())], leaks["verdicts"]["held_at_exit_bytes_all_chips"])
        check_equal([found[("ttmem_processes", ())], found[("ttmem_processes_seen_total", ())]], [0, 1])


def test_the_textfile_is_whole_at_any_time_and_goes_on():
    with scene() as s:
        path = s.files / "ttmem.prom"
        writer = s.start(BIN / "ttmem", "metrics", "--textfile", path, "--every", "1s")
        wait_until(path.exists, "the first write")
        first = samples(path.read_text())
        check(path.read_text().endswith("# EOF\n"), "it is whole")
        wait_until(lambda: samples(path.read_text())[("ttmem_read_timestamp_seconds", ())] > first[("ttmem_read_timestamp_seconds", ())],
                   "the second write")
        writer.send_signal(signal.SIGTERM)
        check_equal(writer.wait(), 0, "it was asked to end:")
        check_equal(sorted(entry.name for entry in s.files.iterdir() if "prom" in entry.name), ["ttmem.prom"], "nothing is left beside it:")


def test_rules_and_alerts_do_what_they_say():
    tool = promtool()
    for question in (["check", "rules", SHARE / "prometheus/ttmem.rules.yml"], ["test", "rules", "ttmem.rules_test.yml"]):
        done = subprocess.run([tool, *question], cwd=pathlib.Path(__file__).parent, capture_output=True, text=True)
        check_equal(done.returncode, 0, done.stdout + done.stderr)


def test_promtool_finds_nothing_wrong_with_the_metrics():
    tool = promtool()
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        text = s.ttmem("metrics").stdout
        # What the older text format makes of a counter has no type: only that is found.
        done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True)
        found = [line for line in (done.stdout + done.stderr).splitlines() if line and "no help text" not in line]
        check_equal(found, [], text)


def names_in(text):
    return set(re.findall(r"\b(?:ttmem_\w+|ttmem:[\w:]+|instance:ttmem_\w+(?::\w+)?)", text))


def test_rules_and_the_dashboard_ask_for_metrics_that_there_are():
    rules = (SHARE / "prometheus/ttmem.rules.yml").read_text()
    recorded = set(re.findall(r"record: (\S+)", rules))
    with scene() as s:
        sim = s.mesh_test("n300", ["run1.matmul"])
        sim.wait_paused("run1.matmul")
        there = {name for name, _ in samples(s.ttmem("metrics").stdout)} | recorded
    asked = {name for expr in re.findall(r"expr: (>\n(?:\s{10}.*\n)+|.*)", rules) for name in names_in(expr)}
    check_equal(sorted(asked - there), [], "of rules:")
    dashboard = json.loads((SHARE / "grafana/ttmem.json").read_text())
    check(dashboard["schemaVersion"] >= 39 and dashboard["uid"] and dashboard["__inputs"], "it can be imported")
    ids, asked = [], set()
    for panel in dashboard["panels"]:
        check(panel["type"] in ("stat", "timeseries", "table") and panel["title"] and panel["description"], panel)
        check(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["gridPos"])
        ids.append(panel["id"])
        for target in panel["targets"]:
            asked |= names_in(target["expr"])
    asked |= {name for variable in dashboard["templating"]["list"] for name in names_in(variable["query"]["query"])}
    check_equal(sorted(asked - there), [], "of the dashboard:")
    check_equal(len(ids), len(set(ids)), "numbers of panels:")
