"""What options of commands may not do: replace what was recorded, contradict each other, or be ignored."""
import json
import os
import shutil
import signal
import subprocess

from scenario import BIN, SIM, check, check_equal, scene, wait_until


def recorded(s, *options):
    return s.recorded(SIM, "decode", "--steps", "4", *options)


def keepers(capture):
    """What makes files that people keep. Captures come last."""
    forms = ("html", "csv", "jsonl", "clickhouse", "collapsed", "speedscope", "pprof", "perfetto", "memory_viz")
    return [*(("export", form, capture, "-o") for form in forms), ("map", capture, "--svg"), ("timeline", capture, "--svg"),
            ("page", capture, "-o"), ("snapshot", "-o"), ("record", "--for", "1s", "-o"), ("run", "-q", "-o")]


def renewers(capture):
    """What makes files anew at each run, for others to read."""
    return [("check", capture, "--write-baseline"), ("check", capture, "--limit", "dram=1T", "--junit"), ("metrics", "--textfile"),
            ("run", "-q", "--report")]


def written(s, writer, path, code):
    return s.ttmem(*writer, path, *(["--", "true"] if writer[0] == "run" else []), code=code)


def test_what_people_keep_is_replaced_only_by_force():
    with scene() as s:
        capture, file = recorded(s), s.files / "there"
        for writer in keepers(capture):
            for content in ("mine", ""):
                file.write_text(content)
                done = written(s, writer, file, 1)
                check("there is a file of that name" in done.stderr and "--force" in done.stderr, writer, done.stderr)
                check_equal([file.read_text(), sorted(p.name for p in s.files.iterdir())], [content, ["run.ttmem", "there"]], str(writer))
            written(s, (*writer[:-1], "--force", writer[-1]), file, None)
            check(file.read_bytes() not in (b"mine", b""), writer, "was told to replace it")
            file.unlink()
        for writer in renewers(capture):
            file.write_text("")
            written(s, writer, file, 0)
            first = file.stat().st_ino
            written(s, writer, file, 0)
            check(file.stat().st_ino != first, writer, "is written anew at each run")
            for content in ("mine", "# HELP other_total of another exporter\nother_total 1\n"):
                file.write_text(content)
                done = written(s, writer, file, 1)
                check("would replace a file of somebody else" in done.stderr, writer, done.stderr)
                check_equal(file.read_text(), content, str(writer))
            file.unlink()


def test_no_command_replaces_a_capture():
    with scene() as s:
        capture = recorded(s)
        before = capture.read_bytes()
        writers = [*((*writer[:-1], "--force", writer[-1]) for writer in keepers(capture)[:-3]), *renewers(capture)]
        for writer in writers:
            done = written(s, writer, capture, 1)
            check("would replace a capture" in done.stderr, writer, done.stderr)
        check(capture.read_bytes() == before, "the capture is as it was")


def test_no_command_replaces_a_ledger_of_a_process_that_lives_or_has_ended():
    with scene() as s:
        capture = recorded(s)
        driver, _ = s.driver("hold", env={"TTMEM_LEVEL": "events"})
        s.run(BIN / "scenario-driver", "leave", 0)
        ledgers = sorted(path for path in s.ledgers.rglob("*") if path.is_file() and path.read_bytes()[:8] == b"TTLEDGR1")
        check(len(ledgers) >= 2, "of both processes:", ledgers)
        writers = [*((*writer[:-1], "--force", writer[-1]) for writer in keepers(capture)), *renewers(capture)]
        for ledger in ledgers:
            before = ledger.stat()
            for writer in writers:
                done = written(s, writer, ledger, 1)
                check("would replace a ledger" in done.stderr, writer, done.stderr)
            after = ledger.stat()
            check_equal([after.st_ino, after.st_size], [before.st_ino, before.st_size], "the same file:")
        check_equal(len(s.json("ps")["items"]), 1, "it is tracked as before:")
        driver.stdin.close()


def test_no_recording_begins_in_one_that_is_being_written():
    with scene() as s:
        capture = s.files / "a.ttmem"
        recorder = s.start(BIN / "ttmem", "record", "-o", capture)
        wait_until(lambda: capture.exists() and capture.stat().st_size > 0, "the recording begins")
        for writer in (("snapshot", "--force", "-o"), ("record", "--for", "1s", "--force", "-o"), ("run", "-q", "--force", "-o")):
            done = written(s, writer, capture, 1)
            check("another recording is being written there" in done.stderr, writer, done.stderr)
        recorder.send_signal(signal.SIGINT)
        recorder.communicate(timeout=60)
        check_equal(s.json("info", capture)["finished"], True)


def test_no_export_replaces_the_report_of_ttnn():
    with scene() as s:
        capture, folder = recorded(s), s.files / "report"
        s.ttmem("export", "ttnn-report", capture, "-o", folder)
        s.ttmem("export", "ttnn-report", capture, "-o", folder, code=1)
        s.ttmem("export", "ttnn-report", capture, "-o", folder, "--force")  # its own it does
        (folder / "config.json").write_text(json.dumps({"report_name": "mine"}))
        before = (folder / "db.sqlite").read_bytes()
        s.ttmem("export", "ttnn-report", capture, "-o", folder, "--force", code=1)
        check((folder / "db.sqlite").read_bytes() == before, "the report is as it was")
        (folder / "db.sqlite").unlink()  # of a report whose database is elsewhere
        s.ttmem("export", "ttnn-report", capture, "-o", folder, code=1)
        check_equal([file.name for file in folder.iterdir()], ["config.json"], "files:")
        check_equal(json.loads((folder / "config.json").read_text()), {"report_name": "mine"}, "its configuration:")


def test_a_fit_does_not_replace_the_captures_of_another():
    with scene() as s:
        folder = s.files / "runs"
        folder.mkdir()
        shutil.copy(recorded(s), folder / "1-N150.ttmem")
        done = s.ttmem("fit", "--on", "N150", "-o", folder, "--", "true", code=1)
        check("has captures already" in done.stderr, done.stderr)


def test_options_that_would_be_ignored_are_errors():
    with scene() as s:
        capture = recorded(s)
        wrong = [("map", capture, "--core", "0,0", "--bank", "0"),
                 ("map", capture, "--bank", "0", "--svg", s.files / "map.svg"),
                 ("explain", "--last", "--failures", capture),
                 ("explain", "--last", capture, "--chip", "0"),
                 ("explain", "--failures", "--op", "matmul"),
                 ("explain", "--last", "4096"),
                 ("export", "pprof", capture, "--allocations", "-o", s.files / "x"),
                 ("export", "csv", capture, "--end"),
                 ("check", capture, "--limit", "dram=1T", "--tolerance", "1%")]
        for command in wrong:
            done = s.ttmem(*command, code=2)
            check(done.stdout == "" and "--" in done.stderr, command, done.stderr)
        s.ttmem("leaks", capture, "--run", "0" * 32, code=1)
        for command in ("leaks", "peak", "timeline", "map", "buffers", "headroom", "programs"):
            for chip in ("9", "0x999"):
                done = s.ttmem(command, capture, "--chip", chip, code=None) if command != "map" else \
                    s.ttmem("map", chip, capture, code=None)
                check(done.returncode == 1 and f"--chip {chip}" in done.stderr, command, chip, done.stderr)
            s.ttmem(*(("map", "0", capture) if command == "map" else (command, capture, "--chip", "0")), code=0)


def test_a_filter_that_hides_a_leak_is_named_beside_it():
    with scene() as s:
        capture = recorded(s, "--plant", "leak")
        whole = s.json("leaks", capture)
        check(whole["items"], "it leaks")
        for word, value in (("--op", "xyz"), ("--pool", "l1_small"), ("--min-bytes", "1T")):
            document = s.json("leaks", capture, word, value)
            check_equal([document["items"], document["left_out"]["allocations"]], [[], len(whole["items"])], word)
            text = s.ttmem("leaks", capture, word, value).stdout
            check(word in text and "not fit leaked" in text, text)
        check_equal(whole["left_out"], {"filter": "", "allocations": 0})


def test_a_window_that_ends_after_the_recording_is_the_whole():
    with scene() as s:
        capture = recorded(s)
        check_equal(s.json("peak", capture, "--to", "1h"), s.json("peak", capture))
        s.ttmem("check", capture, "--limit", "dram=1T", "--to", "1h", code=0)


def test_who_has_read_enough_is_not_told_that_nothing_more_could_be_written():
    with scene() as s:
        capture = s.recorded(SIM, "mesh-test", "--machine", "n150")
        for command in (["--help"], ["run", "--help"], ["export", "csv", capture], ["peak", capture], ["buffers", capture, "--json"],
                        ["completion", "bash"]):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([BIN / "ttmem", *command], stdout=writer, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                  env=s.environment, restore_signals=False, check=False)  # SIGPIPE is ignored
            os.close(writer)
            check("could not be written" not in done.stderr and "disk" not in done.stderr, command, done.stderr)
        for command in (["--help"], ["export", "csv", capture]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([BIN / "ttmem", *command], stdout=full, stderr=subprocess.PIPE, text=True, env=s.environment,
                                      check=False)
            check_equal(done.returncode, 1, command)
            check("could not be written to stdout" in done.stderr and "is the disk full?" in done.stderr, command, done.stderr)
