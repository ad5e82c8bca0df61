"""Exports of a run of the simulator have the figures of ttmem's own answers."""
import collections
import contextlib
import csv
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import urllib.request

import export_readers as readers
from from_pypi import python_with
from scenario import BIN, FULL, SIM, Skip, check, check_equal, document_of, scene, wait_until


def exported(s, format_, capture, *options):
    """The file, and the document that says what is in it."""
    path = s.files / f"run.{format_}"
    document = document_of(s.ttmem("export", format_, capture, *options, "-o", path, "--force", "--json").stdout)
    check_equal([document["format"], document["bytes"]], [format_, path.stat().st_size])
    return path, document


def test_tables_have_every_event_and_add_up_to_the_stats():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "t3000")
        stats, info = s.json("stats", capture), s.json("info", capture)
        path, document = exported(s, "jsonl", capture)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        check_equal([len(lines) - 2, document["items"], lines[-1]["rows"]], [info["events"]] * 3, "rows:")
        path, document = exported(s, "csv", capture, "--allocations")
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        check_equal(len(rows), document["items"], "rows:")
        check_equal(sum(int(row["reserved_bytes_per_chip"]) * int(row["chips"]) for row in rows),
                    sum(pool["reserved_bytes_all_chips"] for pool in stats["pools"]), "reserved bytes on all chips:")


def test_statements_for_clickhouse_make_both_tables_and_insert_the_rows_of_csv():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test")
        rows = {table: exported(s, "csv", capture, *options)[1]["items"] for table, options in (("events", ()), ("allocations", ("--allocations",)))}
        for tables, options in ((("allocations", "events"), ()), (("events",), ("--tables", "events")), (("allocations",), ("--tables", "allocations"))):
            path, document = exported(s, "clickhouse", capture, *options)
            text = path.read_text()
            check_equal(re.findall(r"(?m)^CREATE TABLE IF NOT EXISTS ttmem_(\w+)$", text), list(tables))
            check_equal(re.findall(r"(?m)^INSERT INTO ttmem_(\w+) \(.*\) VALUES$", text), list(tables))
            check_equal([document["items"], len(re.findall(r"(?m)^\(.+\)[,;]$", text))], [sum(rows[table] for table in tables)] * 2, "rows:")
        for words in (("clickhouse", "--allocations"), ("csv", "--tables", "events"), ("clickhouse", "--tables", "both")):
            check("--" in s.ttmem("export", words[0], capture, *words[1:], code=2).stderr, words)


def test_an_export_within_a_budget_says_what_it_lacks():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test")
        path, document = exported(s, "csv", capture, "--max-bytes", "2K")
        check(path.stat().st_size <= 2048, path.stat().st_size)
        check(document["left_out"] > 0 and "--from" in document["notes"][0], document)
        done = s.ttmem("export", "csv", capture, "--max-bytes", "2K")
        check("did not fit" in done.stderr, done.stderr)
        check_equal(done.stdout, path.read_text(), "on stdout:")


def peaks_of(s, *recording):
    """{(chips, pool): (reserved bytes at the peak, at the end)} of each pool."""
    at_end = {(tuple(pool["chips"]), pool["pool"]): pool["reserved_bytes"]
              for pool in s.json("tree", *recording, "--end")["pools"]}
    peaks = {(tuple(peak["chips"]), peak["pool"]): peak["peak_reserved_bytes"]
             for peak in s.json("peak", *recording)["peaks"]}
    check(at_end and set(at_end) <= set(peaks), "something is live at the end:", at_end)
    return {key: (peak, at_end.get(key, 0)) for key, peak in peaks.items()}


def middle_of(s, capture):
    """--from and --to of the middle part of a capture, at whose ends memory is live."""
    rows = [json.loads(line) for line in s.ttmem("export", "jsonl", capture).stdout.splitlines()]
    times = sorted(row["time_unix_ns"] for row in rows if row.get("event") == "allocated")
    absolute = [datetime.datetime.fromtimestamp(at // 10**9, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{at % 10**9:09}Z"
                for at in (times[len(times) // 4], times[len(times) * 3 // 4])]
    return ["--from", absolute[0], "--to", absolute[1]]


def each_random_run():
    """The options that name the middle of a run that does everything a runtime can do."""
    for seed, machine, plant in ((1, "n150", "leak"), (2, "t3000", "reopen"), (3, "p150", "fragmentation"), (4, "n300", "leak")):
        with scene() as s:
            capture = s.recorded(SIM, "random", "--machine", machine, "--seed", seed, "--steps", 200, "--plant", plant)
            yield s, (capture, *middle_of(s, capture))


def test_a_profile_of_pprof_adds_up_to_the_peak_and_the_end():
    for s, recording in each_random_run():
        expected = peaks_of(s, *recording)
        samples, comments = readers.pprof(exported(s, "pprof", *recording)[0])
        check(any("figures of chips" in comment for comment in comments), "it is a part of a recording:", comments)
        for value, which in (("peak_space", 0), ("inuse_space", 1)):
            found = collections.Counter()
            for labels, values, functions in samples:
                check_equal(functions[-1], labels["pool"], "the root:")
                found[labels["pool"]] += values[value]
            wanted = collections.Counter()
            for (chips, pool), figures in expected.items():
                wanted[pool] += figures[which] * len(chips)
            check_equal(+found, +wanted, value)


def test_counters_of_perfetto_reach_the_peak_and_end_as_the_recording_does():
    for s, recording in each_random_run():
        expected = sorted(figures for figures in peaks_of(s, *recording).values() if figures[0])
        tracks, events = readers.perfetto(exported(s, "perfetto", *recording)[0])
        values, depth = collections.defaultdict(list), collections.Counter()
        for at, track, type_, name, value in events:
            check(track in tracks and at > 0, "an event of a track that is described:", track, at)
            if type_ == 4:
                values[track].append(value)
                check(tracks[track].is_counter, tracks[track])
            elif type_ in (1, 2):
                depth[track] += 1 if type_ == 1 else -1
                check(depth[track] >= 0 and bool(name) == (type_ == 1), "slices nest:", tracks[track], name)
        check_equal(sorted((max(of), of[-1]) for of in values.values()), expected, "largest and last values:")
        rows = [json.loads(line) for line in exported(s, "jsonl", *recording)[0].read_text().splitlines()]
        begun = sum(row.get("event") in ("operation_begun", "iteration_begun") for row in rows)
        check_equal(sum(type_ == 1 for _, _, type_, _, _ in events), begun, "slices:")


def test_a_memory_snapshot_of_pytorch_has_the_same_use_over_time():
    for s, recording in each_random_run():
        snapshot = readers.memory_viz(exported(s, "memory_viz", *recording)[0])
        wanted = collections.defaultdict(lambda: [0, 0])
        for (chips, pool), (peak, end) in peaks_of(s, *recording).items():
            wanted[chips] = [max(wanted[chips][0], peak), wanted[chips][1] + end]
        found = []
        for device in range(len(snapshot["device_traces"])):
            use, _ = readers.use_over_time(snapshot, device)
            found.append(use)
        check_equal(sorted(use[-1] for use in found if max(use)), sorted(end for _, end in wanted.values()), "at the end:")
        # Its sizes are those of all pools together: at least that of the largest, at most their sum.
        check(max(max(use) for use in found) >= max(peak for peak, _ in wanted.values()), "the largest use")
        check_equal(len(snapshot["ttmem"]["devices"]), len(found), "devices with names:")
        check(all(0 < event["addr"] < 2**53 for trace in snapshot["device_traces"] for event in trace if event["action"] != "oom"),
              "JavaScript keeps the addresses")


def test_exports_of_a_budget_can_be_read_and_say_what_is_missing():
    for s, recording in each_random_run():
        for format_, part in (("pprof", 0.7), ("perfetto", 0.5), ("memory_viz", 0.7), ("jsonl", 0.3)):
            whole, _ = exported(s, format_, *recording)
            most = int(whole.stat().st_size * part) + 6000
            path, document = exported(s, format_, *recording, "--max-bytes", most)
            check(path.stat().st_size <= most, format_, path.stat().st_size, "of", most)
            if format_ == "perfetto":
                said = [tracks[track].name for tracks, events in [readers.perfetto(path)] for _, track, _, _, _ in events]
                check_equal([name for name in said if name == "Notes of ttmem"], ["Notes of ttmem"] * (len(document["notes"]) + 1 + len(document["coverage"]["notes"])), document)
            if format_ == "memory_viz":
                snapshot = readers.memory_viz(path)
                check(set(document["notes"]) <= set(snapshot["ttmem"]["notes"]), snapshot["ttmem"])
                for device in range(len(snapshot["device_traces"])):
                    check(min(readers.use_over_time(snapshot, device)[0]) >= 0, "never less than nothing")
            if format_ == "pprof":
                check(set(document["notes"]) <= set(readers.pprof(path)[1]), "comments:", document)


def pprof_command():
    """The one that is installed, that of Go, or in a full run the newest one."""
    if shutil.which("pprof") or not shutil.which("go"):
        return shutil.which("pprof") and [shutil.which("pprof")]
    if not FULL:
        return ["go", "tool", "pprof"]
    folder = BIN.resolve().parent / "go"
    done = subprocess.run(["go", "install", "github.com/google/pprof@latest"], env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"},
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"pprof cannot be installed: {done.stderr.strip()[-200:]}")
    return [folder / "pprof"]


def test_the_real_pprof_shows_our_totals_and_labels():
    pprof = pprof_command()
    if pprof is None or subprocess.run([*pprof, "-h"], capture_output=True).returncode not in (0, 2):
        raise Skip("neither pprof nor go is installed")
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "t3000")
        path, _ = exported(s, "pprof", capture)
        peak = s.json("peak", capture)["peaks"][0]
        total = peak["peak_reserved_bytes"] * len(peak["chips"])
        shown = {}
        for question in (["-top"], ["-tags"], ["-top", "-diff_base", path]):
            done = subprocess.run([*pprof, *question, "-unit=B", "-sample_index=peak_space", path], capture_output=True, text=True)
            check_equal(done.returncode, 0, done.stderr)
            shown[" ".join(map(str, question))] = done.stdout
        check(f"Total samples = {total}B" in shown["-top"], shown["-top"][:500])
        check(f"pool: Total {total}B of {total}B" in shown["-tags"].replace(".0B", "B"), shown["-tags"][-800:])
        check("nodes accounting for 0," in shown[f"-top -diff_base {path}"], "the same twice differs in nothing:", shown[f"-top -diff_base {path}"][:500])


def test_protoc_knows_every_field_of_a_perfetto_trace():
    if not shutil.which("protoc"):
        raise Skip("protobuf-compiler is not installed")
    with scene() as s:
        path, _ = exported(s, "perfetto", s.recorded(SIM, "random", "--machine", "n300", "--seed", 3, "--steps", 100))
        here = pathlib.Path(__file__).parent
        with path.open("rb") as file:
            done = subprocess.run(["protoc", f"-I{here}", "--decode=perfetto.protos.Trace", "perfetto_trace.proto"], stdin=file,
                                  capture_output=True, text=True)
        check_equal(done.returncode, 0, done.stderr)
        check("TYPE_COUNTER" in done.stdout and "UNIT_SIZE_BYTES" in done.stdout, done.stdout[:500])
        check_equal([line for line in done.stdout.splitlines() if line.strip()[0].isdigit()], [], "unknown fields:")


# Runs in a Python that has the package: whether it knows every field, and the largest value of each counter.
PERFETTO_READER = """
import collections, json, sys
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace
data = open(sys.argv[1], "rb").read()
trace = Trace()
trace.ParseFromString(data)
whole = trace.ByteSize()
trace.DiscardUnknownFields()
most = collections.Counter()
for packet in trace.packet:
    if packet.HasField("track_event") and packet.track_event.type == 4:
        event = packet.track_event
        most[event.track_uuid] = max(most[event.track_uuid], event.counter_value)
print(json.dumps([len(data), whole, trace.ByteSize(), sorted(most.values())]))
"""


def test_the_package_perfetto_knows_every_field_and_has_our_peaks():
    python = python_with("perfetto", "TTMEM_PERFETTO_PYTHON")
    for s, recording in each_random_run():
        path, _ = exported(s, "perfetto", *recording)
        done = subprocess.run([python, "-c", PERFETTO_READER, path], capture_output=True, text=True)
        check_equal(done.returncode, 0, done.stderr[-2000:])
        written, parsed, known, most = json.loads(done.stdout)
        check_equal([parsed, known], [written, written], "bytes that it knows:")
        check_equal(most, sorted(peak for peak, _ in peaks_of(s, *recording).values() if peak), "the largest values:")


def live_after_operations(rows):
    """For each outermost operation its name and what was live when it ended: a counter of (chips, address, bytes per bank, pool)."""
    live, open_ = {}, collections.Counter()
    first = {}
    for row in rows:
        event = row.get("event")
        if event in ("allocated", "live_before"):
            live[(row["process"], row["id"])] = (row["place"], row["chips"], row["address_in_bank"], row["bytes_per_bank"], row["pool"])
        elif event == "freed":
            live.pop((row["process"], row["id"]), None)
        elif event == "place_closed":
            for key in [key for key, block in live.items() if block[0] == row["place"]]:
                del live[key]
        elif event == "operation_begun":
            first.setdefault(row["thread"], row["name"])
            open_[row["thread"]] += 1
        elif event == "operation_ended":
            open_[row["thread"]] -= 1
            if open_[row["thread"]] == 0:
                yield first.pop(row["thread"]), collections.Counter(block[1:] for block in live.values())


TYPES = ["dram", "l1", "system", "l1_small", "trace"]


def report_of(s, capture):
    document = document_of(s.ttmem("export", "ttnn-report", capture, "-o", s.files / "report", "--force", "--json").stdout)
    return s.files / "report", document


def test_a_ttnn_report_has_what_was_live_when_each_operation_ended():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "t3000")
        folder, document = report_of(s, capture)
        rows = [json.loads(line) for line in exported(s, "jsonl", capture)[0].read_text().splitlines()]
        expected = list(live_after_operations(rows))
        database = sqlite3.connect(folder / "db.sqlite")
        operations = database.execute("SELECT operation_id, name FROM operations ORDER BY operation_id").fetchall()
        check_equal([name for _, name in operations], [name for name, _ in expected], "operations:")
        check_equal([document["items"], document["left_out"]], [len(expected), 0])
        for (number, name), (_, live) in zip(operations, expected):
            found = collections.Counter(database.execute(
                "SELECT address, max_size_per_bank, buffer_type FROM buffers WHERE operation_id = ?", [number]).fetchall())
            wanted = collections.Counter()
            for (chips, address, bytes_, pool), count in live.items():
                wanted[(address, bytes_, TYPES.index(pool))] += chips * count
            check_equal(sorted(found.items()), sorted(wanted.items()), f"buffers after operation {number}, {name}:")
        check(max(len(live) for _, live in expected) > 3, "some were live")
        check_equal(database.execute("SELECT value FROM report_metadata WHERE key = 'schema_version'").fetchall(), [("3.5",)])
        check_equal(database.execute("SELECT COUNT(*), SUM(l1_num_banks) FROM devices").fetchone(), (8, 8 * 64), "devices, banks:")
        shown = s.json("show", folder)
        check_equal([shown["format"], shown["version"]], ["ttnn-report", "3.5"], "ttmem itself reads it:")


def foreign_files(folder):
    """Each with what makes it: what somebody else may have in the folder of a report."""
    def database(name, journal=None):
        with contextlib.closing(sqlite3.connect(folder / name)) as made:
            made.execute("CREATE TABLE report_metadata (key text UNIQUE, value text)")
            made.execute("INSERT INTO report_metadata VALUES ('schema_version', '3.5')")
            made.commit()
    yield "db.sqlite", lambda: database("db.sqlite")
    yield "db.sqlite", lambda: (folder / "db.sqlite").write_text("mine\n")
    yield "db.sqlite", lambda: (folder / "db.sqlite").write_bytes(b"")
    yield "db.sqlite", lambda: (folder / "db.sqlite").symlink_to("/no/such/file")
    yield "db.sqlite", lambda: (folder / "db.sqlite").mkdir()
    yield "config.json", lambda: (folder / "config.json").write_text('{"report_name": "mine"}\n')
    yield "db.sqlite-wal", lambda: (folder / "db.sqlite-wal").write_bytes(b"mine")


def contents(folder):
    return {path.name: (os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None) for path in folder.iterdir()}


def test_a_ttnn_report_replaces_an_earlier_one_of_ours_alone():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "t3000")
        folder = s.files / "a%20report?"  # sqlite would take it apart
        words = ("export", "ttnn-report", capture, "-o", folder)
        s.ttmem(*words)
        check("--force" in s.ttmem(*words, code=1).stderr)
        s.ttmem(*words, "--force")
        ours = contents(folder)
        for name, make in list(foreign_files(folder)):
            path = folder / name
            path.unlink(missing_ok=True)
            make()
            before = contents(folder)
            for force in ((), ("--force",)):
                said = " ".join(s.ttmem(*words, *force, code=1).stderr.split())
                check(f"ttmem did not make {folder}/{name}" in said and "next: give another folder" in said, said)
                check_equal(contents(folder), before, name)
            path.rmdir() if path.is_dir() else path.unlink()
            if name in ours:
                path.write_bytes(ours[name])
        s.ttmem(*words, "--force")
        check_equal(sorted(contents(folder)), ["config.json", "db.sqlite"])


def test_the_real_ttnn_visualizer_answers_with_our_figures():
    program = python_with("ttnn-visualizer==0.108.*", "TTMEM_TTNN_VISUALIZER_PYTHON").with_name("ttnn-visualizer")
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "n300")
        folder, document = report_of(s, capture)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folders = {name: str(s.files) for name in ("APP_DATA_DIRECTORY", "REPORT_DATA_DIRECTORY")}
        path = f"{pathlib.Path(program).parent}:{os.environ['PATH']}"
        server = s.start(program, "--host", "127.0.0.1", "--port", port, cwd=s.files, start_new_session=True,
                         env={**folders, "LAUNCH_BROWSER_ON_START": "false", "PATH": path})
        try:
            check_visualizer(s, server, port, capture, folder, document)
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # with its workers


def check_visualizer(s, server, port, capture, folder, document):
    """Its API has the figures of the capture."""
    url = f"http://127.0.0.1:{port}/api/"

    def ask(what, data=None):
        request = urllib.request.Request(url + what, data and json.dumps(data).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def is_up():
        check(server.poll() is None, "the visualizer ended:", server.poll())
        try:
            urllib.request.urlopen(url + "up", timeout=5)
            return True
        except OSError:
            return False

    wait_until(is_up, "the visualizer is up")
    instance = ask("instance/local-paths", {"profiler_path": str(folder)})["instance_id"]
    operations = ask(f"operation-buffers?instanceId={instance}")
    check_equal(len(operations), document["items"], "operations:")
    peak = s.json("peak", capture)["peaks"][0]
    use = [sum(buffer["size"] for buffer in operation["buffers"] if buffer["device_id"] == 0 and buffer["buffer_type"] == 0)
           for operation in operations]
    check_equal(max(use) * 12, peak["peak_reserved_bytes"], "the peak of dram over 12 banks:")
    check_equal(operations[use.index(max(use))]["name"], peak["moment"]["op"], "and its operation:")
    check_equal([device["l1_num_banks"] for device in ask(f"devices?instanceId={instance}")], [64, 64])
    check_equal(ask(f"report-metadata?instanceId={instance}")["schema_version"], "3.5")
    for question in ("operations", "buffers", "tensors", "errors", "config", "operation-history", "buffer-pages"):
        ask(f"{question}?instanceId={instance}")
