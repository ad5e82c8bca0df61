"""Who knows less of a program may only be less sure of what it leaked: of all views at one moment, none says the opposite of a fuller one."""
import json
import re

from scenario import BIN, PATIENCE_S, check, check_equal, scene, seeds

SEEDS = seeds(6, 200)
CLEAN, LEAKED, UNSURE = 0, 10, 12
WHOLE = {"TTMEM_LEVEL": "events", "TTMEM_HISTORY_BYTES": str(8 << 20)}
SMALL = {"TTMEM_LEVEL": "events", "TTMEM_HISTORY_BYTES": str(1 << 16)}  # rings that lose their beginning


def code_of(s, *about):
    return s.ttmem("leaks", "--fail-on-leak", *about, code=None).returncode


def code_of_top(s, pid):
    said = s.ttmem("top", "--once", "--ascii", "--view", "leaks", "--frame", "250x60", "--pid", pid).stdout
    return LEAKED if re.search(r"^ *\d+ +leaked ", said, re.M) else UNSURE if "inconclusive" in said else CLEAN


def code_of_page(s, pid):
    page = s.files / "page.html"
    s.ttmem("page", "--force", "-o", page, "--pid", pid)
    leaks = json.loads(page.read_text().partition('<script type="application/json" id="data">')[2].partition("</script>")[0])["leaks"]
    return LEAKED if leaks["left"] or leaks["accumulated"] else CLEAN if leaks["judgement"]["complete"] else UNSURE


class Twins:
    """The same program at the same moments, of which more or less is recorded."""

    def __init__(self, s, seed):
        self.s, self.capture = s, s.files / "run.ttmem"
        self.whole, self.lossy = (s.start(BIN / "scenario-keepers", seed, env=env) for env in (WHOLE, SMALL))
        self.recorded = s.start(BIN / "ttmem", "run", "-q", "--force", "-o", self.capture, "--", BIN / "scenario-keepers", seed)
        self.all = (self.whole, self.lossy, self.recorded)

    def at_next_moment(self):
        lines = [process.stdout.readline() for process in self.all]
        return [int(line.split()[1]) for line in lines] if all(lines) else None

    def go_on(self):
        for process in self.all:
            process.stdin.write("\n")
            process.stdin.flush()

    def codes(self, pids):
        """{view: code}, the fullest first."""
        s, (whole, lossy, _) = self.s, pids
        codes = {"rings": code_of(s, "--pid", whole)}
        for name, pid, options in (("snapshot --history", whole, ["--history"]), ("snapshot --history of small rings", lossy, ["--history"]),
                                   ("snapshot", whole, [])):
            capture = s.files / "snapshot.ttmem"
            s.ttmem("snapshot", "--force", "-o", capture, "--pid", pid, *options)
            codes[name] = code_of(s, capture)
        codes["small rings"] = code_of(s, "--pid", lossy)
        for of, pid in (("", whole), (" of small rings", lossy)):
            codes[f"page{of}"], codes[f"top{of}"] = code_of_page(s, pid), code_of_top(s, pid)
        return codes


def check_seed(s, seed, found):
    twins = Twins(s, seed)
    while pids := twins.at_next_moment():
        codes = twins.codes(pids)
        full = codes["rings"]
        for name in ("snapshot --history", "page", "top"):
            check_equal(codes[name], full, f"seed {seed}: {name}: {codes}")
        for name, code in codes.items():
            check(code in (full, UNSURE), f"seed {seed}: {name} says {code}, and who knows more {full}:", codes)
            found.add((full, code))
        twins.go_on()
    twins.recorded.communicate(timeout=PATIENCE_S)
    check_equal(code_of(s, twins.capture), full, f"seed {seed}: the capture of a run, of the last moment")


def test_who_knows_less_is_less_sure():
    with scene() as s:
        found = set()
        for seed in SEEDS:
            check_seed(s, seed, found)
        check({(LEAKED, LEAKED), (LEAKED, UNSURE), (CLEAN, UNSURE)} <= found, found)
