"""Totals add up: for each command and each filter, the totals of the document are the sums of its own items on the chips
that were asked for, and those of the text."""
import re
import signal

from scenario import PausedSim, check, check_equal, figures_of, scene, sums_of

FILTERS = [[], ["--pool", "dram"], ["--pool", "l1"], ["--class", "tensor"], ["--class", "program"], ["--op", "a"],
           ["--tag", "a"], ["--min-bytes", "64K"], ["--pool", "l1", "--min-bytes", "1K", "--op", "o"]]


def workload(s):
    """Single chips, meshes and parts of them, with leaks, programs and traces, in the middle of its steps."""
    sim = PausedSim(s, ["random", "--machine", "t3000", "--seed", 7, "--steps", 300, "--plant", "leak",
                        "--plant", "missing-cb-free"], ["step180"])
    sim.wait_paused("step180")
    return sim


def chips_asked_for(s):
    """How --chip may be given: not at all, a number, and an id."""
    chips = s.json("status")["chips"]
    yield [], None
    yield ["--chip", chips[0]["logical_id"]], chips[0]["chip_id"]
    yield ["--chip", chips[-1]["chip_id"]], chips[-1]["chip_id"]


def over(item, chip):
    check(chip is None or chip in item["chips"], "an item that is not on the chip:", item)
    return 1 if chip else len(item["chips"])


def sum_over(items, name, chip):
    return sum(item[name] * over(item, chip) for item in items)


def figures_in(text, pattern):
    """Sums over all matches of a pattern: one number per group."""
    found = [[int(figure.replace(",", "")) for figure in match.groups()] for match in re.finditer(pattern, text)]
    return [sum(column) for column in zip(*found)]


def test_of_buffers_under_every_filter():
    with scene() as s:
        sim = workload(s)
        of_text = r"^([\d,]+) allocations?: ([\d,]+) requested, ([\d,]+) reserved, on (?:this chip|all their chips)"
        seen = 0
        for chip_words, chip in chips_asked_for(s):
            for words in [*FILTERS, ["--pid", sim.pid]]:
                asked = [*words, *chip_words]
                document = s.json("buffers", *asked)
                suffix = "" if chip else "_all_chips"
                sums = [len(document["items"]), sum_over(document["items"], "requested_bytes", chip),
                        sum_over(document["items"], "reserved_bytes", chip)]
                total = document["total"]
                check_equal([total["allocations"], total["requested_bytes" + suffix], total["reserved_bytes" + suffix]],
                            sums, f"buffers {asked}:")
                check_equal([name for name in total if name.endswith("_all_chips")] == [], bool(chip), f"{asked}:")
                limited = s.json("buffers", *asked, "--limit", 1)
                check_equal([len(limited["items"]), limited["total"]], [min(1, sums[0]), total], f"{asked} --limit 1:")
                text = s.ttmem("buffers", *asked, "--bytes").stdout
                check_equal(figures_in(text.split("\nTotal")[0], "(?m)" + of_text) or [0, 0, 0], sums, f"{asked}, text:")
                seen += sums[0] != 0
        check(seen > 10, "hardly any filter found something:", seen)


def test_of_leaks_under_every_filter_of_a_running_and_an_ended_process():
    with scene() as s:
        sim = workload(s)
        for ended in (False, True):
            if ended:
                asked_for = list(chips_asked_for(s))
                sim.process.send_signal(signal.SIGKILL)
                sim.process.wait()
            for chip_words, chip in asked_for if ended else chips_asked_for(s):
                for words in [*FILTERS, ["--pid", sim.pid]]:
                    leaks_add_up(s, [*words, *chip_words], chip)


def leaks_add_up(s, asked, chip):
    document = s.json("leaks", *asked)
    items, verdicts, suffix = document["items"], document["verdicts"], "" if chip else "_all_chips"
    for verdict in ("leaked", "held_at_exit"):
        check_equal(verdicts[f"{verdict}_bytes{suffix}"],
                    sum_over([item for item in items if item["verdict"] == verdict], "requested_bytes", chip),
                    f"leaks {asked}: {verdict}")
    text = s.ttmem("leaks", *asked, "--bytes").stdout
    left = [item for item in items if item["class"] != "cb_plan"]
    sums = [len(left), sum_over(left, "requested_bytes", chip), sum_over(left, "reserved_bytes", chip)]
    heading = r"([\d,]+) allocations?: ([\d,]+) requested, ([\d,]+) reserved, on (?:this chip|all its chips)"
    check_equal(figures_in(text, heading) or [0, 0, 0], sums, f"leaks {asked}, heading:")
    rows = [line.split() for line in text.splitlines() if re.match("(leaked|held_at_exit) ", line)]
    numbers = [[int(word.replace(",", "")) for word in row[-3:]] for row in rows if row[-1] != "B"]
    check_equal([sum(column) for column in zip(*numbers)] or [0, 0, 0], sums, f"leaks {asked}, rows:")
    released = figures_in(text, r"not counted above: ([\d,]+) requested") or [0]
    check_equal([verdicts[f"released_by_close_bytes{suffix}"]], released, f"leaks {asked}, released:")


def test_of_status_and_ps_with_and_without_a_process():
    with scene() as s:
        sim = workload(s)
        other = s.mesh_test("t3000", ["run1.matmul"])
        other.wait_paused("run1.matmul")
        for words in ([], ["--pid", sim.pid], ["--pid", other.pid]):
            items = sums_of(s.json("buffers", *words)["items"])
            check_equal(figures_of(s.json("status", *words)["chips"]), items, f"status {words}:")
            chips = [chip for process in s.json("ps", *words)["items"] for chip in process["chips"]]
            for command in ("status", "ps"):
                text = s.ttmem(command, *words, "--bytes").stdout
                table = text[text.index("PID"):].splitlines()
                column = table[0].split().index("DRAM")
                shown = [row.split() for row in table[1:] if re.match(r" *\d+ +live", row)]
                # TRACKED SINCE and CHIPS have blanks: counted from the end, before L1 and what is behind it.
                behind = len(table[0].split("DRAM", 1)[1].replace("PEAK DRAM, ONE CHIP", "peak").split())
                dram = sum(int(row[-1 - behind].replace(",", "")) for row in shown)
                check(column > 0 and shown, text)
                check_equal(dram, sum(chip["pools"]["dram"]["reserved_bytes"] for chip in chips), f"{command} {words}:")


def test_of_programs_under_every_filter():
    with scene() as s:
        sim = workload(s)
        for chip_words, chip in chips_asked_for(s):
            for words in ([], ["--op", "a"], ["--name", "o"], ["--left-behind"], ["--pid", sim.pid]):
                asked = [*words, *chip_words]
                document = s.json("programs", *asked)
                total = document["total"]
                check_equal([total["programs"], total["traces"]], [len(document["items"]), len(document["traces"])], asked)
                for item in document["items"]:
                    check(not chip or any(chip in place["chips"] for place in item["places"]), "not there:", item)
                text = s.ttmem("programs", *asked).stdout
                check_equal(figures_in(text, r"(?m)^([\d,]+) programs?[,.]") or [0], [total["programs"]], f"{asked}, text:")
