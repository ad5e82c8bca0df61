"""The page: what the real command writes, opened in a real browser, says what the other commands say."""
import calendar
import collections
import json
import pathlib
import random
import shutil
import time

from browser_page import ROOT, data_of, in_browser, node, packages, page_of, recorded
from scenario import BIN, SIM, check, check_equal, scene


def nanoseconds(rfc3339):
    seconds, _, fraction = rfc3339.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction.ljust(9, "0")[:9] or 0)


HOSTILE = ["<img src=x onerror=window.pwned=1>", "</script><script>window.pwned=1</script>", "<!--<script>", "${window.pwned=1}",
           "javascript:window.pwned=1", "\"onmouseover=\"window.pwned=1", "\u2028\u2029\u202e\x07", "&lt;b&gt;", "]]>", "__proto__"]


def test_the_bundle_is_what_its_sources_build():
    folder = packages()
    node(folder, "node_modules/typescript/bin/tsc", "--noEmit")
    node(folder, "node_modules/vite/bin/vite.js", "build")
    node(folder, "tools/assemble.mjs")
    built, committed = (folder / "dist/page.html").read_bytes(), (ROOT / "web/dist/page.html").read_bytes()
    check(built == committed, "web/dist/page.html is not what `npm ci && npm run build` makes in web/: commit what it makes")


def test_pure_functions_do_what_they_say():
    node(packages(), "tools/run_tests.mjs")


def test_figures_are_those_of_the_commands():
    with scene() as s:
        capture = recorded(s, "decode", SIM, "decode", "--plant", "leak")
        peak, leaks = s.json("peak", capture), s.json("leaks", capture)
        seen = in_browser(s, "figures", page=str(page_of(s, capture)))
        check_equal(seen["complaints"], [], "errors and requests")
        check_equal(seen["pools"], {f"{of['pool']}:{of['chips'][0]}": of["peak_reserved_bytes"] for of in peak["peaks"]})
        by_op = collections.Counter()
        for share in peak["peaks"][0]["moment"]["shares"]:
            by_op[share["op"] or "no operation"] += share["reserved_bytes"]
        check_equal(seen["composition"], dict(by_op), "what was live at the peak, by operation")
        check_equal(seen["live"], peak["peaks"][0]["moment"]["allocations"], "rows of what is live at the peak")
        left = collections.Counter()
        for item in leaks["items"]:
            left[item["op"]] += item["reserved_bytes"] * len(item["chips"])
        check_equal(seen["leaks"], dict(left), "what leaked, by operation")
        check_equal(seen["verdict"], "leaked")
        moment = peak["peaks"][0]["moment"]
        check_equal(seen["timeline"], {"bytes": moment["reserved_bytes"], "allocations": moment["allocations"]})
        shown = {op: of for op, of in by_op.items() if of >= 0.004 * moment["reserved_bytes"]}  # smaller ones are folded
        check_equal(seen["icicle"], shown, "the icicle at the peak, by operation")
        grown = collections.Counter()
        for owner in s.json("growth", capture)["owners"]:
            grown[owner["op"]] += owner["last"]["reserved_bytes_all_chips"] - owner["first"]["reserved_bytes_all_chips"]
        check_equal(seen["growth"], dict(grown), "what grew, by operation")
        room = collections.Counter()
        for of in s.json("headroom", capture)["pools"]:
            room[of["pool"]] += of["headroom_bytes"]
        check_equal(seen["headroom"], dict(room), "headroom, by pool")
        stats = next(of for of in s.json("stats", capture)["pools"] if of["pool"] == peak["peaks"][0]["pool"])
        check_equal(seen["sizes"], [of["allocations"] for of in stats["sizes"]], "the histogram of sizes")
        check_equal(seen["lifetimes"], [of["allocations"] for of in stats["lifetimes"]], "the histogram of lifetimes")


def test_lines_of_python_are_those_of_the_commands():
    with scene() as s:
        capture = s.recorded(BIN / "scenario-steps", "marked", "leaks", options=["--stacks"])
        by_line, moment = collections.Counter(), s.json("peak", capture)["peaks"][0]["moment"]
        for share in moment["shares"]:
            by_line[share["line"]] += share["reserved_bytes"]
        said = s.ttmem("peak", capture, "--by", "line", "--bytes").stdout
        for line, of in by_line.items():
            check(any(line in row and f"{of:,}" in row for row in said.splitlines()), line, of, said)
        check_equal(sum(by_line.values()), moment["reserved_bytes"])
        left = collections.Counter()
        for item in s.json("leaks", capture)["items"]:
            frame = item["stack"][0]
            left[f"{pathlib.Path(frame['file']).name}:{frame['line']} {frame['function']}"] += item["reserved_bytes"]
        seen = in_browser(s, "lines", page=str(page_of(s, capture)))
        check_equal(seen["complaints"], [])
        check_equal(seen["composition"], dict(by_line), "what was live at the peak, by line")
        check_equal(seen["icicle"], dict(by_line), "the icicle of lines")
        check_equal(seen["callers"], {"run.py:3 main": moment["reserved_bytes"]}, "what called those lines")
        check_equal(seen["leaks"], dict(left), "what leaked, by line")
        check_equal(seen["chosen"], [f"line {next(iter(left))} ✕"], "a click on a line selects it")
        check_equal(set(seen["live"]), set(left), "lines of what is selected")
        check_equal(in_browser(s, "lines", page=str(page_of(s, recorded(s, "plain", SIM, "decode")))),
                    {"complaints": [], "offers": []}, "without call stacks no line is offered")


def test_runs_held_against_each_other_differ_as_the_command_says():
    with scene() as s:
        old, new = recorded(s, "old", SIM, "decode", "--steps", "4"), recorded(s, "new", SIM, "decode", "--plant", "leak")
        diff = s.json("diff", old, new)
        seen = in_browser(s, "diff", page=str(page_of(s, new, "--against", old)))
        check_equal(seen["complaints"], [])
        pool = next(pool for pool in diff["pools"] if pool["pool"] == "dram")
        for what, rows, name in (("at_peak", pool["owners_at_peak"], "reserved_bytes"),
                                 ("left", pool["owners_left"], "reserved_bytes_all_chips")):
            grown = collections.Counter()
            for row in rows:
                grown[row["op"] or "no operation"] += row["runs"][-1][name] - row["runs"][0][name]
            check(grown, "nothing to compare", what)
            check_equal(seen[what], dict(grown), what)
        check("old.ttmem, aligned by iteration" in seen["said"], seen["said"])
        check_equal(data_of(new.with_suffix(".html"))["timeline_by_event"], None, "the other run lies on the axis of time")


def iterations_of(s, capture):
    """(name and number, begin in ns, end or None) of each, as the capture's events have it."""
    found = {}
    for line in s.ttmem("export", "jsonl", capture).stdout.splitlines():
        event = json.loads(line)
        if event.get("event") == "iteration_begun":
            found[event["id"]] = [event["name"], event["time_unix_ns"], None]
        elif event.get("event") == "iteration_ended":
            found[event["id"]][2] = event["time_unix_ns"]
    return list(found.values())


def test_runs_are_aligned_by_each_of_their_iterations():
    """Against the events of both, also where all have one name and most take less than a step of the picture."""
    with scene() as s:
        own, other = (recorded(s, name, SIM, "decode", "--steps", steps) for name, steps in (("own", "40"), ("other", "25")))
        data = data_of(page_of(s, own, "--against", other))
        timeline, against = data["timeline"], data["compared"]["others"][0]
        of_own, of_other = iterations_of(s, own), iterations_of(s, other)
        check(len(of_own) > len(of_other) >= 20, len(of_own), len(of_other))
        check_equal([against["iterations"], against["iterations_paired"]], [len(of_other)] * 2)
        pairs = sorted((at, beside) for (_, *both), (_, *like) in zip(of_own, of_other) for at, beside in zip(both, like) if at and beside)
        check_equal(len(against["anchors"]), len(pairs), "each begin and each end")
        step, step_of_other = timeline["span"] * 1000 / timeline["slots"], against["span"] * 1000 / against["slots"]
        (first, first_of_other), *_ = pairs
        (from_other, from_own), *_ = against["anchors"]
        for (slot_of_other, slot), (at, beside) in zip(against["anchors"], pairs):
            check(abs(slot - from_own - (at - first) / step) < 0.02, slot, "is not that of", at)
            check(abs(slot_of_other - from_other - (beside - first_of_other) / step_of_other) < 0.02, slot_of_other, beside)


def test_failures_are_explained_as_the_command_does():
    with scene() as s:
        capture = recorded(s, "clash", SIM, "decode", "--plant", "clash", "--plant", "fragmentation")
        explained = [failure["explanation"] for failure in s.json("explain", capture)["failures"]]
        check(len(explained) >= 2, "failures:", explained)
        seen = in_browser(s, "failures", page=str(page_of(s, capture)))
        check_equal(seen["complaints"], [])
        check_equal(seen["verdicts"], [of["verdict"] for of in explained])
        remedies = [remedy for of in explained for remedy in of["remedies"]]
        check_equal(seen["remedies"], [remedy["text"] for remedy in remedies])
        check_equal(seen["commands"], ["ttmem explain --last clash.ttmem"], "what can be asked about them")
        s.ttmem("explain", "--last", capture)


def test_the_l1_of_cores_is_as_the_map_has_it():
    with scene() as s:
        capture = recorded(s, "conv", SIM, "conv")
        l1 = next(item["l1"] for item in s.json("map", capture, "--at", "l1-peak")["items"] if item["l1"])
        other = next(core for core in reversed(l1["cores"]) if (core["x"], core["y"]) != (l1["core"]["x"], l1["core"]["y"]))
        at = f"{other['x']},{other['y']}"
        named = s.json("map", capture, "--at", "l1-peak", "--core", at)["items"][0]["l1"]["core"]
        seen = in_browser(s, "cores", page=str(page_of(s, capture)), core=[other["x"], other["y"]])
        check_equal(seen["complaints"], [])
        check_equal(seen["other"]["gap"], named["gap_bytes_per_core"], f"core ({at})")
        cbs = sorted(cb["end_address"] - cb["address"] for cb in named["circular_buffers"])
        check_equal(sorted(seen["other"]["circular_buffers"]), cbs, f"circular buffers of core ({at})")
        check_equal(seen["again"], seen["other"], "its address tells the same")
        check_equal(seen["gap"], l1["core"]["gap_bytes_per_core"])
        check_equal(seen["cores"], len(l1["cores"]))
        check_equal(seen["holders"], l1["floor_holders"]["holders"])
        stranded = collections.Counter()
        for owner in l1["floor_holders"]["owners"]:
            stranded[owner["op"] or "no operation"] += owner["stranded_bytes_per_core"]
        check_equal(seen["stranded"], dict(stranded))


def test_a_planted_leak_is_found_in_three_clicks():
    with scene() as s:
        capture = recorded(s, "decode", SIM, "decode", "--plant", "leak")
        leaked = s.json("leaks", capture)["items"][0]
        seen = in_browser(s, "leak", page=str(page_of(s, capture)))
        check_equal(seen["complaints"], [])
        check(seen["clicks"] <= 3, "clicks:", seen["clicks"])
        check_equal(seen["rows"], 1, "only the leak is listed")
        check(hex(leaked["address"]) in seen["row"] and leaked["op"] in seen["row"], seen["row"])


def test_an_address_brings_the_same_view_back():
    with scene() as s:
        page = page_of(s, recorded(s, "conv", SIM, "conv"))
        seen = in_browser(s, "address", page=str(page))
        check_equal(seen["complaints"], [])
        check(seen["hash"], "the address says nothing")
        check_equal(seen["again"], seen["first"])


def test_keys_move_the_cursor_and_change_the_view():
    with scene() as s:
        seen = in_browser(s, "keys", page=str(page_of(s, recorded(s, "decode", SIM, "decode"))))
        check_equal(seen["complaints"], [])
        check_equal(seen["at_peak_again"], seen["at_peak"])
        check(seen["at_end"] != seen["at_peak"] and seen["before_peak"] != seen["at_peak"], seen)
        check_equal(seen["tab"], "leaks")
        check_equal(seen["pool_after"] == seen["pool_before"], False, "the next pool")
        check_equal([seen["theme"], seen["theme_again"]], ["dark", "light"])


def test_a_page_opens_on_the_time_from_the_first_allocation_to_the_end_of_use():
    with scene() as s:
        capture = pathlib.Path(shutil.copy(ROOT / "tests/page/captures/decode.ttmem", s.files))
        info, page = s.json("info", capture), page_of(s, capture)
        timeline = data_of(page)["timeline"]
        check(timeline["begin"] > 0 and timeline["span"] < timeline["whole_span"], timeline["begin"], timeline["span"])
        recorded_ms = (nanoseconds(info["ended_at"]) - nanoseconds(info["began_at"])) // 10**6
        check_equal(timeline["whole_begin"], 0)
        check(abs(timeline["whole_span"] // 1000 - recorded_ms) <= 1, timeline["whole_span"], "is not all of", recorded_ms)
        check_equal([pool["bytes"][0] for pool in timeline["pools"]], [0] * len(timeline["pools"]), "nothing was there before")
        seen = in_browser(s, "range", page=str(page))
        check_equal(seen["complaints"], [])
        check_equal(seen["hash"], "")
        check("first allocation to end of use" in seen["first"], seen)
        check("first allocation" not in seen["whole"] and "whole time" not in seen["whole"] and "in use" in seen["whole"], seen)
        check_equal([seen["linked"], seen["again"], seen["by_key"]], [seen["whole"], seen["first"], seen["whole"]])
        asked = data_of(page_of(s, capture, "--from", "0s"))["timeline"]
        check_equal([asked["begin"], asked["span"]], [0, timeline["whole_span"]], "--from 0s draws the whole")


def test_a_laptop_and_a_phone_show_all_of_it():
    with scene() as s:
        clash = recorded(s, "clash", SIM, "decode", "--plant", "clash", "--plant", "leak")
        page = page_of(s, clash, "--against", recorded(s, "yesterday", SIM, "decode"))
        for width, height in ((1280, 800), (390, 844)):
            seen = in_browser(s, "readable", page=str(page), viewport={"width": width, "height": height})
            check_equal(seen["complaints"], [])
            check_equal(seen["found"], [], f"at {width} x {height}")


def test_axe_finds_nothing_serious():
    with scene() as s:
        capture = recorded(s, "decode", SIM, "decode", "--plant", "leak", "--plant", "clash")
        seen = in_browser(s, "accessibility", page=str(page_of(s, capture)))
        check_equal(seen["found"], [])
        check_equal(seen["complaints"], [])


def printed(name):
    """As a terminal shows it: what changes how the text around it is drawn stands in hex."""
    return "".join(c if c.isprintable() else "".join(f"\\x{byte:02x}" for byte in c.encode()) for c in name)


def hostile_names():
    """Those above, and made-up ones of their pieces and of characters that mean something to HTML, URLs or terminals."""
    chosen = random.Random(5)
    pieces = HOSTILE + list("<>&\"'`=/\\\u202e\u200b\x1b漢e\u0301") + ["<svg onload=window.pwned=1>", "%3Cscript%3E", "\ud7ff"]
    return HOSTILE + sorted({"".join(chosen.choices(pieces, k=chosen.randint(2, 6))) for _ in range(60)})


def test_names_are_never_markup():
    with scene() as s:
        stream = s.files / "hostile.jsonl"
        events = []
        names = hostile_names()
        for i, name in enumerate(names):
            events.append({"seq": i, "prog": 0, "ev": "alloc", "id": f"%{i}", "bytes": 4096 * (i + 1), "mem": "dram",
                           "layout": "interleaved", "grid": [1, 1], "op": name, "loc": name})
        stream.write_text("".join(json.dumps(event) + "\n" for event in events))
        page = page_of(s, recorded(s, "hostile", SIM, "replay", stream))
        data = data_of(page)
        shown = sorted({printed(name) for name in names})
        for name in shown:
            check(name in data["lifetimes"]["texts"], "the page lacks a name:", repr(name))
        seen = in_browser(s, "names", page=str(page), names=shown)
        check_equal(seen["complaints"], [])
        check_equal(seen["pwned"], None)
        check_equal(seen["foreign_elements"], [], "elements that no view makes")
        check_equal(sorted(seen["shown"]), shown, "names that stand in the table as they are")


def test_large_recordings_make_small_pages_that_say_so():
    with scene() as s:
        stream = s.files / "stream.jsonl"
        stream.write_text(s.run(SIM, "make-stream", "--seed", "3", "--events", "26000").stdout)
        capture = recorded(s, "large", SIM, "replay", stream)
        page = page_of(s, capture)
        check(page.stat().st_size < 6 << 20, "bytes:", page.stat().st_size)
        data, peak = data_of(page), s.json("peak", capture)
        check(any(pool["left_out"] for pool in data["lifetimes"]["pools"]), "nothing was left out: the recording is too small")
        for pool, of in zip(data["lifetimes"]["pools"], peak["peaks"]):
            check_equal(len(pool["born"]) + pool["left_out"], pool["allocations"])
            check(len(pool["born"]) <= 10_000, "marks:", len(pool["born"]))
            event = of["moment"]["event"]
            live = [i for i, born in enumerate(pool["born"]) if born <= event and not 0 < pool["ended"][i] <= event]
            check_equal(len(live), of["moment"]["allocations"], "all that was live at the peak is in the page")
            check_equal(sum(pool["per_bank"][i] * pool["banks"][i] for i in live), of["moment"]["reserved_bytes"])


def test_an_export_is_the_same_page_and_keeps_to_its_budget():
    with scene() as s:
        capture = recorded(s, "decode", SIM, "decode", "--steps", "200")
        exported, small = s.files / "exported.html", s.files / "small.html"
        s.ttmem("export", "html", capture, "-o", exported)
        check_equal(data_of(exported)["lifetimes"], data_of(page_of(s, capture))["lifetimes"])
        most = exported.stat().st_size - 15_000
        done = json.loads(s.ttmem("export", "html", capture, "-o", small, "--max-bytes", str(most), "--json").stdout)
        check(small.stat().st_size <= most, small.stat().st_size, most)
        left_out = sum(pool["left_out"] for pool in data_of(small)["lifetimes"]["pools"])
        check_equal(done["left_out"], left_out, "what it says it left out")
        refused = s.ttmem("export", "html", capture, "-o", s.files / "none.html", "--max-bytes", "20K", code=1)
        check("no page of 20.0 KiB can be made of it" in refused.stderr, refused.stderr)


def test_what_is_imported_has_the_figures_that_show_has():
    with scene() as s:
        graph = pathlib.Path(shutil.copy(ROOT / "tests/page/captures/imported.json", s.files))
        (chip,) = s.json("show", graph)["chips"]
        data = data_of(page_of(s, graph))
        check_equal({peak["pool"]: peak["peak_reserved_bytes"] for peak in data["peak"]["peaks"]},
                    {pool: use["peak_reserved_bytes"] for pool, use in chip["pools"].items() if use["peak_reserved_bytes"]})
        check_equal([data["timeline"]["axis"], data["coverage"]["complete"]], ["events", False])
        check_equal(data["recording"]["processes"], [], "a file is no process")
        check("imported" in " ".join(data["coverage"]["notes"]), data["coverage"])
        for wrong, said in (("memory-csv-summary.csv", "ttmem show"), ("unknown.txt", "no recording")):
            refused = s.ttmem("page", ROOT / "tests/golden/samples" / wrong, "-o", s.files / "x.html", code=1)
            check(said in refused.stderr, refused.stderr)
        check("has no times" in s.ttmem("page", graph, "--from", "1s", "-o", s.files / "x.html", code=1).stderr)


def test_a_page_is_printed_on_one_sheet():
    with scene() as s:
        page = page_of(s, recorded(s, "decode", SIM, "decode", "--steps", "12"))
        check_equal(in_browser(s, "printed", page=str(page)), {"sheets": 1, "complaints": []})


def test_what_has_no_addresses_is_drawn_at_none():
    with scene() as s:
        graph = pathlib.Path(shutil.copy(ROOT / "tests/golden/samples/captured-graph-no-dispatch.json", s.files))
        page = page_of(s, graph)
        data = data_of(page)
        addresses = [address for pool in data["lifetimes"]["pools"] for address in pool["address"]]
        check(addresses and all(address is None for address in addresses), addresses)
        seen = in_browser(s, "imported", page=str(page))
        check_equal([seen["canvases"], set(seen["addresses"]), seen["complaints"]], [0, {"-"}, []])
        check("not at which addresses" in seen["map"], seen["map"])
        check("imported file" in seen["badges"] and "no process" not in seen["badges"], seen["badges"])


def test_nothing_is_replaced_unasked():
    with scene() as s:
        capture = recorded(s, "mesh", SIM, "mesh-test")
        page = s.files / "page.html"
        page.write_text("mine")
        check_equal("a file of that name" in s.ttmem("page", capture, "-o", page, code=1).stderr, True)
        check_equal(page.read_text(), "mine")
        s.ttmem("page", capture, "-o", page, "--force")
        check("ttmem.page-data/1" in page.read_text(), "the page has no document")
        s.ttmem("page", capture, "-o", s.files / "absent" / "page.html", code=1)
