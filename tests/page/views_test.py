"""Views of the page that are more than a table of another command: cores, headroom, who holds what, both axes."""
import pathlib
import shutil

from browser_page import ROOT, data_of, in_browser, page_of, recorded
from scenario import SIM, check, check_equal, scene


def test_the_l1_of_cores_shows_the_program_that_did_not_fit():
    """As `map --at failure` does; also where something else failed later."""
    with scene() as s:
        kept = pathlib.Path(shutil.copy(ROOT / "tests/page/captures/clash.ttmem", s.files / "both.ttmem"))
        for capture in (recorded(s, "clash", SIM, "decode", "--plant", "clash"), kept):
            clash = next(of for of in s.json("explain", capture)["failures"] if of["kind"] == "cb_clash")
            beyond = clash["cb_region_end"] - clash["l1_buffer_address"]
            seen = in_browser(s, "clash", page=str(page_of(s, capture)))
            check_equal(seen["complaints"], [])
            check_equal(seen["overlap"], beyond)
            check(clash["op"] in seen["verdict"] and f"{clash['cb_region_end']:,}" in seen["verdict"], seen["verdict"])
            check(["clash", "taken twice", beyond] in seen["stretches"], seen["stretches"])
            check(any("which did not fit" in whose for _, whose, _ in seen["stretches"]), seen["stretches"])
            check(all(what != "clash" for what, *_ in seen["other"]), "what stands on a core is what ran there", seen["other"])
            check_equal(seen["again"], seen["stretches"])
            is_last = s.json("explain", capture)["failures"][0]["kind"] == "cb_clash"
            check_equal(seen["shown"], "L1 by core" if is_last else "live at the cursor", "where the last failure is shown")
        told = s.json("map", s.files / "clash.ttmem", "--at", "failure")["clash"]
        clash = data_of(s.files / "clash.html")["map"]["items"][0]["clash"]
        check_equal(clash, told, "as the map has it")


def test_headroom_adds_up_and_says_what_failed():
    with scene() as s:
        capture = recorded(s, "conv", SIM, "conv")
        pools = s.json("headroom", capture)["pools"]
        check(any(of["circular_buffer_bytes"] for of in pools), "no circular buffers are taken off", pools)
        seen = in_browser(s, "headroom", page=str(page_of(s, capture)))
        check_equal([seen["complaints"], seen["failed"]], [[], []])
        check("− circular buffers" in [head.split(" ▾")[0] for head in seen["heads"]], seen["heads"])
        check_equal([row[0] for row in seen["rows"]], [of["pool"] for of in pools], "in the command's order")
        for (pool, capacity, peak, buffers, headroom, _), of in zip(seen["rows"], pools):
            check_equal([capacity - peak - buffers, headroom], [of["headroom_bytes"]] * 2, pool)
        clash = in_browser(s, "headroom", page=str(page_of(s, recorded(s, "clash", SIM, "decode", "--plant", "clash"))))
        check("did not fit" in " ".join(clash["failed"]), clash["failed"])


def test_owners_that_have_no_room_are_shortened_and_told_whole():
    with scene() as s:
        seen = in_browser(s, "owners", page=str(page_of(s, recorded(s, "decode", SIM, "decode"))))
        check_equal(seen["complaints"], [])
        check(any(of["written"] not in ("", of["name"]) for of in seen["found"]), "every name has room", seen["found"])
        for of in seen["found"]:
            check(of["written"] or of["width"] < 16, "a name was left out", of)
            check(of["written"] in ("", of["name"]) or "…" in of["written"], of)
            check(not of["cut"], "it does not fit", of)
            check(of["name"] in of["title"] and of["name"] in of["focused"], of)


def test_a_moment_is_the_same_by_time_and_by_event():
    with scene() as s:
        page = page_of(s, recorded(s, "decode", SIM, "decode", "--plant", "leak"))
        data = data_of(page)
        check_equal([data["timeline"]["axis"], data["timeline_by_event"]["axis"]], ["time", "events"])
        for by_time, by_event in zip(data["timeline"]["pools"], data["timeline_by_event"]["pools"]):
            check_equal(max(by_time["bytes"]), max(by_event["bytes"]))
            check(len(by_event["when"]) == len(by_event["slot"]), "each step has its time")
        seen = in_browser(s, "axes", page=str(page))
        check_equal(seen["complaints"], [])
        check_equal(seen["second"]["timeline"], seen["first"]["timeline"], "the moment that is told")
        check_equal(seen["again"], seen["first"])
        check(seen["second"]["axis"] != seen["first"]["axis"] and seen["linked"] == seen["second"]["axis"], seen)


def test_work_after_a_long_first_step_is_seen_at_once():
    """Of a model whose programs were compiled for seconds, and whose steps took milliseconds then."""
    with scene() as s:
        for name, axis in (("ttnn.ttmem", "events"), ("decode.ttmem", "time")):
            capture = pathlib.Path(shutil.copy(ROOT / "tests/page/captures" / name, s.files))
            seen = in_browser(s, "axes", page=str(page_of(s, capture)))
            check_equal([seen["first"]["axis"], seen["complaints"]], [axis, []], capture.name)


def test_each_axis_tells_the_operation_of_the_peak_and_what_it_lacks_itself():
    with scene() as s:
        capture = pathlib.Path(shutil.copy(ROOT / "tests/page/captures/ttnn.ttmem", s.files))
        page = page_of(s, capture)
        data = data_of(page)
        by_axis = {of["axis"]: of for of in (data["timeline"], data["timeline_by_event"])}
        check(by_axis["time"]["operations_left_out"] != by_axis["events"]["operations_left_out"], "both lack the same")
        seen = in_browser(s, "missing", page=str(page))
        check_equal(seen["complaints"], [])
        check_equal([of["axis"] for of in seen["seen"]], ["events", "time"])
        for of in seen["seen"]:
            check_equal(of["op"], data["peak"]["peaks"][0]["moment"]["op"], of["axis"])
            drawn, lacks = len(by_axis[of["axis"]]["operations"]), by_axis[of["axis"]]["operations_left_out"]
            said = [note for note in of["notes"] if note.startswith(f"Of {drawn + lacks} operations, {drawn} ")]
            check_equal(len(said), 1 if lacks else 0, of["notes"])
            check_equal(any("timeline by event" in note for note in of["notes"]), of["axis"] == "events")


def test_an_iteration_that_did_not_end_is_drawn():
    with scene() as s:
        capture = recorded(s, "killed", SIM, "mesh-test", "--machine", "N300", "--kill-after", "130")
        data = data_of(page_of(s, capture))
        by_event = s.json("timeline", capture, "--by", "event")
        for document in (data["timeline"], data["timeline_by_event"], s.json("timeline", capture), by_event):
            check_equal([(of["text"], of.get("ended", True)) for of in document["iterations"]], [("run1", True), ("run2", False)])
        check(by_event["iterations"][1]["end_slot"] > by_event["slots"] * 0.9, "it lasts to the end", by_event["iterations"])
        picture = s.files / "killed.svg"
        s.ttmem("timeline", capture, "--svg", picture, "--by", "event")
        check("run2, did not end" in picture.read_text() and "In the order of events" in picture.read_text(), "the picture has both")
        check("In the order" not in s.ttmem("timeline", capture, "--by", "time").stdout, "as it was asked for")
