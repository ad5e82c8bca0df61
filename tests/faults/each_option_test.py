"""Never green when something was not seen, of what options make commands read: each call by which they look fails, one by
one (injected.py). The lists are closed: an option of any command is tried here or by the other tests, or does not read."""
import json
import pathlib
import re
import shutil

from attempts import *
from complete_test import commands_of_the_binary
from scenario import check_equal, scene

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "golden/samples"
# What chooses among what was read, says how it is shown or where it goes, or when to end; of any command.
READ_NOTHING = set("""--help --json --bytes --no-color --ascii --form --theme --chip --pool --class --op --tag --name --min-bytes --sort --limit --core --bank
    --output --force --quiet --yes --for --interval --every --all-users --all-incarnations --tolerance --annotate --junit --write-baseline --textfile
    --fail-on-leak --fail-on-growth --frame --once --port --max-bytes --host --columns --exact --watch --no-open --url --text --rows""".split())
# Tried by the other tests, as words there show; or why it is not.
ELSEWHERE = {"ps": {"--dead", "--pid"}, "gc": {"--all", "--everywhere", "--dry-run"}, "record": {"--keep", "--pid"}, "snapshot": {"--history", "--pid", "--dead"},
             "page": {"--against", "--pid", "--from", "--to", "--run"}, "open": {"--pid", "--from", "--to", "--run", "--token-file"},
             "run": {"--report", "--mock", "--no-preload", "--stacks", "--iterations-by", "--suppressions"}, "fit": {"--on", "--mesh", "--l", "--trace-region", "--search"},
             "show": {"--as-stream"}, "top": {"--demo", "--view", "--pid"}, "tree": {"--from", "--to"}, "allocation-server": {"--socket", "--log-format"}, "completion": set(), "doctor": set()}
OF_A_CAPTURE = (["peak", "--from", "1us"], ["peak", "--by", "line"], ["timeline", "--from", "1us"], ["timeline", "--by", "event"], ["stats", "--from", "1us"], ["tree", "--end"], ["tree", "--by", "op,tag"],
                ["growth", "--from", "1us"], ["headroom", "--from", "1us"], ["traces", "--from", "1us"], ["replay", "--from", "1us"],
                ["buffers", "--at", "dram-peak"], ["programs", "--at", "dram-peak", "--cbs"], ["programs", "--left-behind"], ["map", "0", "--at", "l1-peak"], ["explain", "0x1000", "--at", "dram-peak"],
                ["programs", "--dead"], ["check", "--limit", "dram=1GiB", "--from", "1us"])
OF_A_FAILURE = (["explain", "--last"], ["map", "0", "--at", "failure"], ["peak"], ["headroom"], ["diff"], ["diff", "--by", "line"], ["replay"])
OF_PROCESSES = (["explain", "--failures"], ["status"], ["buffers"], ["programs"], ["map", "0"], ["explain", "0x1000"], ["peak"], ["timeline"], ["tree"], ["growth"], ["headroom"], ["replay"], ["traces"],
                ["check", "--limit", "dram=1GiB"], ["leaks"], ["stats"])

UNTIL_NOW = {"timeline": shown_of_a_timeline_until_now, "stats": shown_of_lifetimes_until_now}


def options_of(s, command):
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", s.ttmem(command, "--help", env={"COLUMNS": "100"}).stdout, re.MULTILINE))


def suppressions_and_baselines(files):
    """Words with which a command reads a file of its own."""
    return (["leaks", "--suppressions", files / "suppressions.txt"], ["growth", "--suppressions", files / "suppressions.txt"],
            ["check", "--leaks", "9", "--suppressions", files / "suppressions.txt"], ["check", "--baseline", files / "baseline.txt"],
            ["replay", "--what-if", f"machine={files / 'other.ttmem'}"], ["explain", "0x1000", "--in", files / "other.ttmem"])


def of_a_run(run):
    return [[*words, "--run", run] for words in (["peak"], ["timeline"], ["stats"], ["tree"], ["growth"], ["headroom"], ["traces"], ["replay"], ["leaks"], ["check", "--limit", "dram=1GiB"])]


def test_every_option_is_tried_or_reads_nothing():
    with scene() as s:
        tried = [*OF_A_CAPTURE, *OF_A_FAILURE, *suppressions_and_baselines(s.files), *([*words, "--pid"] for words in OF_PROCESSES), *of_a_run("0"), ["timeline", "--svg"], ["map", "--svg"],
                 ["export", "--allocations", "--from", "--to", "--end", "--tables", "--pid", "--run"], ["explain", "--compare"]]
        unknown = {}
        for command in commands_of_the_binary(s):
            known = READ_NOTHING | ELSEWHERE.get(command, set()) | {word for words in tried if words[0] == command for word in words[1:]}
            # A part of a history is the same reading, whatever its ends are.
            known |= {"--from", "--to"} if "--from" in known or "--to" in known else set()
            unknown[command] = sorted(options_of(s, command) - known)
        check_equal({command: options for command, options in unknown.items() if options}, {}, "options of which no test says whether they read")


@meets_faults(*{words[0] for words in OF_A_CAPTURE})
def test_a_part_of_a_capture_says_what_it_lacks():
    with scene() as s:
        capture, attempts = captured(s, *LEAK), Attempts(s)
        for words in OF_A_CAPTURE:
            attempts.told([*words, capture], each=EACH // 2)
        attempts.check()


@meets_faults(*{words[0] for words in OF_A_FAILURE})
def test_what_failed_is_told_whole():
    with scene() as s:
        capture, attempts = captured(s, "--plant", "clash"), Attempts(s)
        for words in OF_A_FAILURE:
            attempts.told([*words, *[capture] * (1 + (words[0] == "diff"))], each=EACH // 2)
        attempts.check()


@meets_faults(*{words[0] for words in suppressions_and_baselines(pathlib.Path())})
def test_a_file_that_an_option_names_is_read_to_its_end_or_refused():
    with scene() as s:
        capture, attempts = captured(s, *LEAK), Attempts(s)
        shutil.copy(capture, s.files / "other.ttmem")
        (s.files / "suppressions.txt").write_text("op:nobody\n" * 2000 + "tag:planted\n")
        s.ttmem("check", "--write-baseline", s.files / "baseline.txt", capture)
        for words in suppressions_and_baselines(s.files):
            attempts.told([*words] if "--in" in words else [*words, capture], each=EACH // 2)
        attempts.check()


@meets_faults(*{words[0] for words in OF_PROCESSES})
def test_one_process_that_is_asked_for_is_shown_whole():
    with scene() as s:
        pid, attempts = start_a_process_with_history(s, *LEAK), Attempts(s)
        for words in OF_PROCESSES:
            attempts.told([*words, "--pid", pid], UNTIL_NOW.get(words[0], shown_in_json), each=EACH // 2)
        attempts.check()


@meets_faults(*{words[0] for words in of_a_run("0")})
def test_a_run_that_is_asked_for_is_shown_whole():
    with scene() as s:
        report, attempts = s.files / "report.json", Attempts(s)
        s.ttmem("run", "--report", report, "--", *PROGRAM, *LEAK, env={"TTMEM_LEVEL": "events"})
        for words in of_a_run(json.loads(report.read_text())["run_id"]):
            attempts.told(words, UNTIL_NOW.get(words[0], shown_in_json), each=EACH // 2)
        attempts.check()


@meets_faults("timeline", "map", "export", "explain")
def test_pictures_rows_and_messages_are_whole_or_refused():
    with scene() as s:
        capture, attempts, output = captured(s, *LEAK), Attempts(s), s.files / "output"

        def drawn(done):
            picture = output.read_text() if done.returncode == 0 else ""
            return Answer(picture, "Incomplete: " not in picture) if picture else None

        for words in (["timeline"], ["map", "0"]):
            words = [*words, "--svg", output, "--force", capture]
            attempts.told(words, drawn, command=lambda env: s.run(TTMEM, *words, env=env), each=EACH // 2)
        for words in (["--allocations"], ["--from", "1us"]):
            attempts.told(["export", "csv", *words, "--force", capture, "-o", output], shown_in_file(output, True), each=EACH // 2)
        for name in ("failures.log", "other.log"):
            shutil.copy(SAMPLES / "failures.log", s.files / name)
        attempts.told(["explain", s.files / "failures.log"], each=EACH // 2)
        attempts.told(["explain", s.files / "failures.log", "--compare", s.files / "other.log"], each=EACH // 2)
        attempts.check()
