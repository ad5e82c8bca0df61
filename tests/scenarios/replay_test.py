"""Real streams of allocations, taken from compiled models, are tracked to the byte; malformed ones are refused."""
import json

from scenario import DATA, SIM, Skip, check, check_chips, check_equal, document_of, scene


def replay(name):
    path = DATA / "streams" / name
    if not path.is_file():
        raise Skip(f"{path} is absent")
    with scene() as s:
        truth, report = s.files / "truth.json", s.files / "report.json"
        s.ttmem("run", "--report", report, "--", SIM, "replay", path, "--truth", truth, timeout=240)
        points = json.loads(truth.read_text())["points"]  # the simulator's own document, not ttmem's
        document = document_of(report.read_text())
        check_equal(document["exit_code"], 0, "exit code:")
        check(points and document["chips"], "there are points and chips")
        check_chips(document["chips"], points[-1]["chips"], f"{name} at its end:")
        check_equal(document["coverage"]["untracked_allocations"], 0, "untracked:")
        peaks = [use["peak_requested_bytes"] for chip in document["chips"] for use in chip["pools"].values()]
        check(max(peaks) > 0, "the stream allocated something")


def test_falcon3_7b_decode_ends_with_the_true_figures():
    replay("falcon3_7b_bf16_decode.jsonl")


def test_vovnet_ends_with_the_true_figures():
    replay("vovnet.jsonl")


def test_one_layer_of_qwen3_embedding_ends_with_the_true_figures():
    replay("4b_512_1L.jsonl")


def test_no_real_stream_is_left_out():
    folder = DATA / "streams"
    if not folder.is_dir():
        raise Skip(f"{folder} is absent")
    check_equal(sorted(path.name for path in folder.glob("*.jsonl")),
                ["4b_512_1L.jsonl", "falcon3_7b_bf16_decode.jsonl", "vovnet.jsonl"])


def line(seq=0, **changes):
    """A good line of a stream, with some of its fields changed; None takes a field away."""
    fields = {"seq": seq, "prog": 0, "ev": "alloc", "id": f"%{seq}", "bytes": 4096, "mem": "dram",
              "layout": "interleaved", "grid": [1, 1], "op": "ttnn.zeros", "loc": "here", **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None}) + "\n"


def refused(text, number):
    """The stream is refused with its file, the line and a reason."""
    with scene() as s:
        path = s.files / "stream.jsonl"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = s.run(SIM, "replay", path)
        check(done.returncode == 1, "exit code", done.returncode, done.stdout, done.stderr)
        head = f"{path}:{number}"
        check(head in done.stderr, f"the message names {head}:", done.stderr)
        reason = done.stderr.split(head, 1)[1].strip(": \n")
        check(len(reason) > 10, "and gives a reason:", done.stderr)


def test_good_lines_are_replayed():
    with scene() as s:
        path = s.files / "stream.jsonl"
        path.write_text(line(0) + line(1) + line(2, ev="free", id="%0", layout=None, grid=None, loc=None))
        done = s.run(SIM, "replay", path)
        check_equal(done.returncode, 0, done.stderr)


def test_a_line_that_is_no_json_is_refused():
    refused(line(0) + line(1) + "alloc 4096\n", 3)


def test_a_line_that_is_cut_off_is_refused():
    refused(line(0) + line(1)[:60], 2)


def test_an_event_without_bytes_is_refused():
    refused(line(0, bytes=None), 1)


def test_a_negative_size_is_refused():
    refused(line(0, bytes=-4096), 1)


def test_an_unknown_memory_is_refused():
    refused(line(0) + line(1, mem="disk"), 2)


def test_an_unknown_event_is_refused():
    refused(line(0) + line(1, ev="move"), 2)


def test_a_free_of_what_was_never_allocated_is_refused():
    refused(line(0) + line(1, ev="free", id="%9"), 2)


def test_an_id_that_is_allocated_twice_is_refused():
    refused(line(0) + line(1, id="%0"), 2)


def test_bytes_that_are_no_text_are_refused():
    refused(line(0).encode() + b"\xff\xfe\x00{}\n", 2)


def test_a_stream_that_is_not_there_is_refused_by_name():
    with scene() as s:
        done = s.run(SIM, "replay", s.files / "none.jsonl")
        check(done.returncode == 1 and "none.jsonl" in done.stderr, done.returncode, done.stderr)
