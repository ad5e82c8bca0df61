"""What ttnn writes down of itself (a captured graph, a report, its memory reports) is read with the figures that ttnn gives."""
import json

from real_ttnn import PROGRAMS, VERSION, Machine
from scenario import Skip, check, check_equal


def written(machine):
    """The folder in which a program left what ttnn wrote, and the truth."""
    folder = machine.files / "report"
    done = machine.plain(PROGRAMS / "reports.py", folder, "%d,%d" % machine.mesh)
    check(done.returncode == 0, done.stderr[-3000:])
    return folder, json.loads((folder / "truth").read_text())


def shown(machine, path):
    return machine.json("show", path)


def most(truth, pool, less=0):
    return max(view[pool]["allocated"] for view in truth["views"]) - less


def check_peaks(document, truth, chips, pools, before):
    """Per bank, on every chip. `before`: buffers from before the capture are in it."""
    for pool in pools:
        peaks = [peak["bytes_per_bank"] for peak in document["peak"] if peak["pool"] == pool]
        check_equal(len(peaks), chips, pool)
        least = most(truth, pool, 0 if before else truth["before"][pool]["allocated"])
        check(all(peak is not None and peak >= least for peak in peaks), pool, peaks, "at least", least)
        # What an operation takes within itself is seen by the graph alone.
        check(all(peak <= 2 * least for peak in peaks), pool, peaks, "about", least)


def compare(name):
    if VERSION != "0.81.1":
        raise Skip("it writes no report, and its graphs do not say what a buffer takes of a bank")
    with Machine(name) as machine:
        folder, truth = written(machine)
        chips = machine.mesh[0] * machine.mesh[1]
        graph = shown(machine, folder / "graph_capture.json")
        check_peaks(graph, truth, chips, ("dram", "l1"), before=False)
        check(graph["program_runs"] >= 4 * chips, graph["program_runs"])
        check(graph["program_runs_without_cbs"] >= chips, "matmul and relu have dataflow buffers, which no node tells")
        check(all(peak["with_cb_bytes"] is None for peak in graph["peak"]), "what is not in it is not 0")
        report = shown(machine, folder)
        check_equal(report["version"], "3.5", "schema")
        check_peaks(report, truth, chips, ("dram", "l1"), before=True)
        check_equal(report["program_runs"], graph["program_runs"], "runs")
        l1 = truth["after"]["l1"]
        check_equal([chip["pools"]["l1"]["reserved_bytes"] for chip in report["chips"]], chips * [l1["banks"] * l1["allocated"]],
                    "l1 at the end, of each chip")


def test_a_report_of_one_chip_has_what_ttnn_says():
    compare("N150")


def test_a_report_of_a_mesh_has_what_ttnn_says_on_each_chip():
    compare("T3000")


def test_memory_reports_have_what_ttnn_says():
    with Machine("N150") as machine:
        _, truth = written(machine)
        folder = machine.files / "logs/generated/reports"
        detailed = shown(machine, folder / "after_detailed_memory_usage.csv")
        summary = shown(machine, folder / "after_memory_usage_summary.csv")
        for pool in ("dram", "l1"):
            view = truth["after"][pool]
            for document in (detailed, summary):
                peak = next(peak for peak in document["peak"] if peak["pool"] == pool)
                check_equal(peak["bytes_per_bank"], view["allocated"], pool)
                check(f"{view['largest_free']:,} B" in document["verdict"], document["verdict"])
            end = detailed["chips"][0]["pools"][pool]
            check_equal(end["reserved_bytes"], view["banks"] * view["allocated"], pool)
            check_equal(end["capacity_bytes"], view["banks"] * view["bank"], pool)
        free = shown(machine, folder / "after_l1_usage_summary.csv")
        l1 = truth["after"]["l1"]
        check_equal(free["verdict"], f"L1: {l1['banks']} banks, largest free block {l1['largest_free']:,} B "
                                     f"({l1['banks'] * l1['largest_free']:,} B in all banks).", "what is free")
