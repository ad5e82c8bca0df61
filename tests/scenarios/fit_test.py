"""What `ttmem fit` says without tt-metal: what cannot be told, what is refused, and that nothing is left."""
from mock_test import left_in, mock_scene
from scenario import check, check_equal, document_of


def runs_of(s, *arguments, code):
    return document_of(s.ttmem("fit", *arguments, code=code).stdout)["runs"]


def test_a_program_that_opens_no_device_cannot_be_told():
    with mock_scene() as s:
        run, = runs_of(s, "--json", "--on", "N150", "--", "true", code=12)
        check_equal([run["verdict"], run["reason"], run["pools"]], ["unknown", "it opened no device", []])
        check("Cannot be told: N150." in s.ttmem("fit", "--on", "N150", "--", "true", code=12).stdout)
        check_equal(left_in(s.files / "tmp"), [], "left:")


def test_other_ends_are_told_with_what_the_program_said_last():
    with mock_scene() as s:
        for program, words in ((["sh", "-c", "echo 'ValueError: 7' >&2; exit 3"], "it ended with 3, and no allocation had failed: ValueError: 7"),
                               (["python3", "-c", "open('/dev/tenstorrent/0')"], "it opened a real device"),
                               (["sh", "-c", "kill -9 $$"], "it was ended by signal 9"),
                               (["/no/such/program"], "it was not started")):
            run, = runs_of(s, "--json", "--on", "N150", "--", *program, code=12)
            check(run["reason"].startswith(words), run["reason"], "instead of", words)


def test_a_failure_in_its_output_does_not_fit():
    message = ("Out of Memory: Not enough space to allocate 4096 B L1_SMALL buffer across 64 banks, where each bank needs to "
               "store 64 B, but bank size is 0 B (allocated: 0 B, free: 0 B, largest free block: 0 B)")
    with mock_scene() as s:
        run, = runs_of(s, "--json", "--on", "N150", "--", "sh", "-c", f"echo '{message}' >&2; exit 1", code=10)
        check_equal([run["verdict"], run["failure"]["cause"]], ["does_not_fit", "no_region"])


def test_each_combination_of_settings_reaches_the_program():
    with mock_scene() as s:
        folder = s.files / "runs"
        runs = runs_of(s, "--json", "-o", folder, "--on", "T3000,P150", "--l1-small", "0,32K", "--", "echo", "{mesh}", "at={l1_small}", code=12)
        said = [open(run["log"]).read().strip() for run in runs]
        check_equal(said, ["2x4 at=0", "2x4 at=32768", "1x1 at=0", "1x1 at=32768"])
        check_equal([run["settings"] for run in runs[:2]], [{"mesh": "2x4", "l1_small": "0"}, {"mesh": "2x4", "l1_small": "32768"}])


def test_a_setting_that_would_change_nothing_is_refused():
    with mock_scene() as s:
        for arguments, words in ((["--l1-small", "0", "--", "true"], "no word of the program has {l1_small}"),
                                 (["--", "echo", "{trace_region}"], "there is no --trace-region")):
            check(words in s.ttmem("fit", "--on", "N150", *arguments, code=2).stderr)


def test_an_unknown_machine_is_refused_before_anything_runs():
    with mock_scene() as s:
        done = s.ttmem("fit", "--on", "N150,P151", "--", "touch", s.files / "ran", code=2)
        check("no machine `P151`" in done.stderr and "did you mean" in done.stderr, done.stderr)
        check(not (s.files / "ran").exists(), "the program ran")
        check("there is no machine" in s.ttmem("fit", "--", "true", code=2).stderr)
