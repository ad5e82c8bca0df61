"""The cases that people pasted, from ../shared/data/cases: what each answer must say, and must not."""
import json
import os
import pathlib
import sys

import ask
import recompute

FOLDER = pathlib.Path(os.environ.get("TTMEM_DATA_DIR", "")) / "cases"
# What the text must have; with "!", what it must not.
CASES = {
    "clash_at_top_of_l1.txt": ["192 B", "9,792 B", "l1_small_size", "small long-lived buffers"],
    "dfb_overflow.txt": ["dataflow buffers", "992,256 B", "[0-0 - 0-0]", "2,565,120", "1,572,864"],
    "dram_nearly_full.txt": ["nearly full: 94.9%", "5,270,560 B", "Free at least", "!Fragmented"],
    "dram_v1_no_remedy.txt": ["2.1%", "Wormhole", "trace_region_size", "ttmem run", "KV cache"],
    "dram_v2_trace_region.txt": ["0.9%", "27,560,000 B", "330,720,000 B", "trace region"],
    "foreign_log_oom.txt": ["nearly full", "!alone makes room", "!largest holders"],
    "github_job_log.zip": ["1 failed allocation\n", "22,334,528 B", "full"],
    "graph_with_error_node.json": ["ttnn::prim::binary", "38,928,384 B", "fragmented", "16,384 B too small"],
    "kernel_config_eth.txt": ["80 B too large", "ACTIVE_ETH", "freeing tensors does not help"],
    "l1_larger_than_any_core.txt": ["Too large for L1", "1,499,136", "1,572,864", "DRAM", "!is not known"],
    "l1_small_enough.txt": ["30,928 B", "later ones may need more", "headroom", "!is enough"],
    "l1_small_v1.txt": ["832 B", "l1_small_size", "config_tensors_in_dram"],
    "one_failure_far_apart.txt": ["1 failed allocation\n", "printed 3 times"],
    "oom_with_backtrace.txt": ["By BinaryNgDeviceOperation (its output tensor)"],
    "overflow_without_cores.txt": ["239,392 B"],
    "trace_next_capture.txt": ["captured after", "trace_region_size=0", "headroom"],
    "trace_on_device.txt": ["device 0", "751,872 B", "751,616 B", "never set", "!cut off"],
    "two_failures_same_figures.txt": ["2 failed allocations with the same figures", "01:33:26", "01:38:27", "failed 2 times"],
    "unsafe_allocation_warning.txt": ["1 warning", "TT_METAL_TRACE_ALLOC_TRACKING=1", "once per device"],
    "utf16_log.txt": ["22,334,528 B"],
}


def check(text, wanted, name):
    for words in wanted:
        there = words.lstrip("!") in text
        assert there != words.startswith("!"), f"{name}: {words}\n{text}"


def test_every_case_says_what_is_right():
    for name, wanted in CASES.items():
        command = "show" if name.endswith(".json") else "explain"
        code, out, err = ask.ttmem(command, str(FOLDER / name))
        assert code == 0, (name, err)
        check(out, wanted, name)


def test_figures_of_the_structured_cases():
    _, out, _ = ask.ttmem("show", str(FOLDER / "graph_peak_per_core.json"), "--json")
    core = next(p for p in json.loads(out)["peak"] if p["pool"] == "l1")["largest_core"]
    assert (core["buffer_bytes_per_core"], core["cb_bytes_per_core"], core["bytes_per_core"]) == (20480, 786432, 806912), core
    _, out, _ = ask.ttmem("show", str(FOLDER / "detailed_memory_usage.csv"))
    check(out, ["12 banks of 1,073,741,792 B", "4,096 B of each", "1,073,737,696 B", "64 banks of 1,332,736 B"], "csv")


def test_a_field_called_bytes_holds_bytes():
    _, out, _ = ask.ttmem("explain", str(FOLDER / "json_bytes_of_remedies.txt"), "--json")
    first, second = json.loads(out)["failures"]
    chips = next(r for r in first["explanation"]["remedies"] if r["kind"] == "more_chips")
    assert chips["chips"] == 2 and chips["bytes"] is None, chips
    place = next(r for r in second["explanation"]["remedies"] if r["kind"] == "move_l1_buffers")
    assert place["address"] == 1152288 and place["bytes"] is None, place


def test_every_number_of_the_recorded_messages_is_recomputed():
    messages = [json.loads(line) for line in (FOLDER.parent / "messages/allocation_failures.jsonl").read_text().splitlines()]
    checked = 0
    for message in messages:
        for failure in ask.explained(message["text"])["failures"]:
            if not failure["complete"] or failure["kind"] == "unknown":
                continue
            wrong = recompute.objections(failure["message"], failure)
            assert not wrong, (failure["message"], wrong)
            checked += 1
    assert checked > 100, checked


def test_each_line_of_a_file_of_json_is_a_message_of_its_own():
    path = FOLDER.parent / "messages/allocation_failures.jsonl"
    texts = [" ".join(json.loads(line)["text"].split()) for line in path.read_text().splitlines()]
    _, out, _ = ask.ttmem("explain", str(path), "--json")
    failures = json.loads(out)["failures"]
    for failure in failures:  # nothing of another line in any
        said = " ".join(failure["message"].split())
        assert any(said in text for text in texts[failure["line"] - 1:]), (failure["line"], said)
    told = [" ".join(failure["message"].split()) for failure in failures]
    for text in texts:  # and none left out: those that are cut are echoes of longer ones at most
        begin = text[:text.find("(assert")].rstrip(" ,.") if "(assert" in text else text.rstrip(" ,.")
        if "..." not in begin and "\u2026" not in begin:
            assert any(one.startswith(begin[:90]) or begin[:60] in one for one in told), begin


def test_the_first_line_says_what_helps_against_lacking_persistent_l1():
    for message, wanted in (
            ("PrefetcherPipe persistent L1 region [100352, 165888) overlaps an existing L1 allocation at 150016 on core (x=0,y=0)",
             "An L1 buffer lies where persistent L1 was to go; free L1 buffers"),
            ("Persistent L1 arena is out of memory: cannot place 65536 bytes aligned to 16 on cores {[0-0 - 7-0]} in [100000, 150000)",
             "Persistent L1 is 15,536 B too small for it, also when empty; ask for less."),
            ("Persistent L1 arena is out of memory: cannot place 4096 bytes aligned to 16 on cores {[0-0 - 7-0]} in [100000, 150000)",
             "has no room; release persistent regions")):
        _, out, _ = ask.ttmem("explain", "-", given=f"TT_FATAL: {message} (assert.hpp:104)\n".encode())
        assert wanted in out.splitlines()[0], out
    _, out, _ = ask.ttmem("explain", "-", given=b"RuntimeError: Found 2 device buffer(s) still alive before trace replay. These will be corrupted")
    assert out.startswith("Buffers were allocated while a trace is live"), out


if not FOLDER.is_dir():
    print("skipped: there is no", FOLDER)
    sys.exit(77)
ask.run(globals())
