"""A capture that ends too early: every command that reads it says so, and a gate is never green."""
import random

from scenario import SIM, check, scene

# CAPTURE stands for the file.
QUESTIONS = [
    "buffers CAPTURE", "check CAPTURE --leaks 0", "explain 0x100040 CAPTURE", "explain --failures CAPTURE", "explain --last CAPTURE",
    "explain CAPTURE", "export csv CAPTURE -o FOLDER/e.csv", "export html CAPTURE -o FOLDER/e.html", "export pprof CAPTURE -o FOLDER/e.pprof",
    "growth CAPTURE --fail-on-growth", "headroom CAPTURE", "info CAPTURE", "leaks CAPTURE --fail-on-leak", "map 0 CAPTURE", "map CAPTURE",
    "map CAPTURE --svg FOLDER/m.svg", "page CAPTURE -o FOLDER/p.html", "peak CAPTURE", "programs CAPTURE", "ps CAPTURE", "replay CAPTURE",
    "stats CAPTURE", "status CAPTURE", "timeline CAPTURE", "timeline CAPTURE --svg FOLDER/t.svg", "traces CAPTURE", "tree CAPTURE",
]
GATES = {"check", "growth", "leaks", "replay"}


def test_every_command_says_that_a_cut_capture_is_not_whole():
    with scene() as s:
        whole = s.recorded(SIM, "decode", "--steps", 20, "--plant", "leak").read_bytes()
        cut = s.ledgers / "cut.ttmem"
        random.seed(1)
        for length in sorted(random.sample(range(1, len(whole) - 1), 6)):
            cut.write_bytes(whole[:length])
            for question in QUESTIONS:
                for form in ([], ["--json"]):
                    for file in s.files.iterdir():
                        file.unlink()
                    words = question.replace("CAPTURE", str(cut)).replace("FOLDER", str(s.files)).split()
                    done = s.ttmem(*words, *form, code=None)
                    told = " ".join((done.stdout + done.stderr).split())
                    check("not whole" in told or done.returncode in (1, 2) and "cut.ttmem" in told, length, question, form, told)
                    check(words[0] not in GATES or done.returncode != 0, length, question, "is green:", told)
