#!/usr/bin/env python3
"""Quartiles and ratios of one run of bench/run, as Markdown.

Reads disabled.json, record.json and (if there) reader.json (Google Benchmark, all repetitions) in the folder that is the
only argument. A figure is the first quartile of the repetitions: others on the machine only ever add time, and a
median moves with them as soon as they are there half of the time. A ratio is taken of figures of the same run; the range
beside a figure is [least - greatest].
"""
import json
import pathlib
import statistics
import sys


def load(folder):
    """name -> nanoseconds per operation of each repetition; and what the run says about the machine."""
    figures, context = {}, {}
    for name in ("disabled.json", "record.json"):
        with open(folder / name, encoding="utf-8") as file:
            document = json.load(file)
        context = document["context"]
        for run in document["benchmarks"]:
            if run.get("error_occurred"):
                sys.exit(f"ratios: {run['name']} did not run: {run.get('error_message')}")
            if run["run_type"] == "iteration":
                figures.setdefault(run["run_name"].split("/iterations:")[0], []).append(run["ns"])
    return figures, context


def quartile(values):
    return statistics.quantiles(values, n=4, method="inclusive")[0] if len(values) > 1 else values[0]


class Run:
    def __init__(self, figures):
        self.figures = figures

    def figure(self, name):
        return quartile(self.figures[name])

    def text(self, name):
        values = self.figures[name]
        return f"{self.figure(name):,.1f} [{min(values):,.1f} - {max(values):,.1f}]"


PARTS = ("2_coarse_clocks", "slot_stores", "event_stores", "redo_stores", "row_adds", "cas", "check_words")
TABLES = (
    ("The disabled call", ("call/empty_function", "call/empty_library", "call/disabled_alloc", "call/disabled_free")),
    ("A pair at `events`", ("events/pair/1t", "events/fifo/1t", "events/pair/2t_other_place", "events/pair/2t_same_place",
                            "events/pair/2t_other_place_and_a_line", "events/pair/freed_on_other_thread", "events/pair/by_address_1t",
                            "events/mesh/1_chip", "events/mesh/8_chips", "events/mesh/32_chips")),
    ("A pair at `counts`", ("counts/pair/1t", "counts/fifo/1t", "counts/pair/2t_other_place", "counts/pair/2t_same_place",
                            "counts/pair/2t_other_place_and_a_line", "counts/pair/freed_on_other_thread", "counts/pair/by_address_1t",
                            "counts/mesh/1_chip", "counts/mesh/8_chips", "counts/mesh/32_chips")),
    ("Programs", tuple(f"{level}/program/{what}/{chips}/{live}_live" for level in ("counts", "events")
                       for what in ("life", "dispatch") for chips in ("1_chip", "32_chips") for live in (1, 200))),
    ("The parts, each alone", tuple(f"part/{part}" for part in PARTS) + ("part/2_calls", "part/loop")),
    ("Peers", ("peer/socket/pair_1t", "peer/counters/pair_1t", "peer/counters/pair_2t", "peer/counters/mesh_32_chips",
               "peer/map/fifo_1t", "peer/map/fifo_2t", "peer/recompute/32_chips/200_live")),
)


def ratios(run):
    """(what, ratio or difference, aim)"""
    figure = run.figure
    pair = figure("events/pair/1t")
    loop = figure("part/loop")
    parts = sum(max(0.0, figure(f"part/{part}") - loop) for part in PARTS) + figure("part/2_calls")
    off = figure("call/disabled_alloc") - figure("call/empty_library")
    yield "pair at `events`, 1 thread / sum of its parts", pair / parts, "<= 1.6"
    yield "2 threads at different places / 1 thread", figure("events/pair/2t_other_place") / pair, "<= 1.4"
    yield "2 threads at the same place / 1 thread", figure("events/pair/2t_same_place") / pair, "<= 8"
    yield ("2 threads at the same place / different ones and four additions to one line",
           figure("events/pair/2t_same_place") / figure("events/pair/2t_other_place_and_a_line"), "")
    yield "freed on another thread / on the same", figure("events/pair/freed_on_other_thread") / pair, ""
    yield "freed by address / by handle", figure("events/pair/by_address_1t") / pair, ""
    yield "mesh of 8 chips / 1 chip", figure("events/mesh/8_chips") / figure("events/mesh/1_chip"), "0.8 to 1.2"
    yield "mesh of 32 chips / 1 chip", figure("events/mesh/32_chips") / figure("events/mesh/1_chip"), "0.8 to 1.2"
    yield "`counts` / `events`, 1 thread", figure("counts/pair/1t") / pair, ""
    yield "shared counters (mainline) / pair", figure("peer/counters/pair_1t") / pair, ">= 8"
    yield "shared counters / pair, 2 threads", figure("peer/counters/pair_2t") / figure("events/pair/2t_same_place"), ""
    yield "shared counters / pair, mesh of 32", figure("peer/counters/mesh_32_chips") / figure("events/mesh/32_chips"), ""
    yield "socket (the allocation server) / pair", figure("peer/socket/pair_1t") / pair, ">= 70"
    yield "mutexed map / pair, 1000 live", figure("peer/map/fifo_1t") / figure("events/fifo/1t"), ""
    yield "mutexed map / pair, 2 threads", figure("peer/map/fifo_2t") / figure("events/pair/2t_same_place"), ""
    dispatch, life = "counts/program/dispatch", "counts/program/life"
    yield "dispatch, 32 chips / 1 chip", figure(f"{dispatch}/32_chips/1_live") / figure(f"{dispatch}/1_chip/1_live"), "<= 1.2"
    yield ("dispatch, 200 programs alive / 1", figure(f"{dispatch}/32_chips/200_live") /
           figure(f"{dispatch}/32_chips/1_live"), "<= 1.2")
    yield "program's life, 32 chips / 1 chip", figure(f"{life}/32_chips/1_live") / figure(f"{life}/1_chip/1_live"), "<= 1.2"
    yield ("program's life, 200 programs alive / 1", figure(f"{life}/32_chips/200_live") /
           figure(f"{life}/32_chips/1_live"), "<= 1.2")
    yield ("recomputing all programs' CBs (mainline) / program's life, 32 chips, 200 alive",
           figure("peer/recompute/32_chips/200_live") / figure(f"{life}/32_chips/200_live"), ">= 100,000")
    yield "disabled call - empty library call, ns", off, "<= 1"


def print_snapshots(path):
    """Reading: of reader.json."""
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    cases = {}
    for case in document["benchmarks"]:
        if case["run_type"] == "iteration" and not case.get("error_occurred"):
            cases.setdefault(case["run_name"], []).append(case)
    print("\n| Snapshot | ms | bytes per live | of a single moment | writer, million operations/s |\n|---|---|---|---|---|")
    for name, runs in cases.items():
        scale = {"ns": 1e-6, "us": 1e-3, "ms": 1}[runs[0]["time_unit"]]
        times = [run["real_time"] * scale for run in runs]

        def middle(counter):
            return statistics.median(run[counter] for run in runs)

        print(f"| {name} | {quartile(times):,.2f} [{min(times):,.2f} - {max(times):,.2f}] "
              f"| {middle('bytes_per_live'):.0f} | {middle('single_moment'):.0%} | {middle('writer_Mops_s'):.1f} |")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    figures, context = load(folder)
    run = Run(figures)
    repetitions = len(next(iter(figures.values())))
    print(f"First quartiles of {repetitions} interleaved repetitions, {context['num_cpus']} processors at "
          f"{context['mhz_per_cpu']} MHz.")
    for line in (folder / "load.txt").read_text(encoding="utf-8").splitlines():
        print(f"- {line}")
    print("\n| what | ratio | aim |\n|---|---|---|")
    for what, ratio, aim in ratios(run):
        print(f"| {what} | {ratio:.2f} | {aim} |")
    for title, names in TABLES:
        print(f"\n| {title} | ns |\n|---|---|")
        for name in names:
            print(f"| {name} | {run.text(name)} |")
    if (folder / "reader.json").exists():
        print_snapshots(folder / "reader.json")


if __name__ == "__main__":
    main()
