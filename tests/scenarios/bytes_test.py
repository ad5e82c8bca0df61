"""Byte fields are what their names say: the same workload on a mesh of two chips and on one of eight has the same figures per chip, bank and core,
and four times as much in sums over all chips."""
import re

from scenario import BIN, SIM, check, check_equal, scene

OF_BYTES = re.compile(r"(^|_)bytes(_|$)|_per_bank(_|$)|_per_core(_|$)")
NO_NAME = re.compile("0x|[0-9]{4}-[0-9]{2}-[0-9]{2}T|[0-9a-f]{32}$")  # numbers, times, ledgers: of two runs they sort in another order
OF_THE_FILE = {"bytes", "readable_bytes", "event_bytes"}  # in the document of `info`
ANSWERS = (("status",), ("ps", "--dead"), ("buffers", "--limit", "0"), ("buffers", "--at", "dram-peak", "--limit", "0"), ("programs",), ("map",), ("map", "--at", "l1-peak"), ("peak",),
           ("peak", "--by", "owner"), ("leaks",), ("timeline",), ("stats",), ("tree",), ("tree", "--end"), ("growth",), ("headroom",), ("replay",),
           ("traces",), ("check", "--limit", "dram=1GiB"), ("info",))


def figures(value, path=""):
    """(path, number or None) of each byte field. Lists of things are in the order of their texts, and of a list over time it is the most."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if OF_BYTES.search(name) and not isinstance(inner, (dict, bool)):
                yield f"{path}.{name}", max(inner, default=0) if isinstance(inner, list) else inner
            else:
                yield from figures(inner, f"{path}.{name}")
    elif isinstance(value, list):
        texts = lambda part: str([text for text in part.values() if isinstance(text, str) and not NO_NAME.match(text)]) if isinstance(part, dict) else ""
        for number, inner in enumerate(sorted(value, key=texts)):
            yield from figures(inner, f"{path}[{number}]")


def documents(s, machine, *workload):
    """{what was asked: the document} of a recorded run."""
    capture = s.files / f"{machine}-{workload[0]}.ttmem"
    done = s.run(BIN / "ttmem", "run", "-o", capture, "--", SIM, *workload, "--machine", machine)
    check_equal(done.returncode, 0, done.stderr)
    found = {words: s.json(words[0], capture, *words[1:], code=None) for words in ANSWERS if words[0] != "ps"}
    found["diff"] = s.json("diff", capture, capture)
    return found


def check_by_rule(small, large, what):
    """`large`: of four times as many chips. Returns how many figures were compared."""
    ours, theirs = dict(figures(small)), dict(figures(large))
    if what == ("info",):
        ours = {path: value for path, value in ours.items() if path.lstrip(".") not in OF_THE_FILE}
    for path, value in ours.items():
        times = 4 if "_all_chips" in path.rsplit(".", 1)[1] else 1
        check_equal(theirs.get(path, "absent"), None if value is None else value * times, f"{what}{path} of two chips is {value}; of eight:")
    return len(ours)


def test_the_same_on_four_times_as_many_chips_is_four_times_as_much_where_it_is_said_to_be_of_all_and_the_same_elsewhere():
    with scene() as s:
        for workload in (("mesh-test",), ("decode", "--plant", "leak")):
            small, large = (documents(s, machine, *workload) for machine in ("N300", "T3000"))
            compared = sum(check_by_rule(small[what], large[what], what) for what in small)
            check(compared > 800, compared, "figures of", workload)


def test_so_it_is_with_processes_that_run():
    with scene() as s:
        found = []
        for machine in ("N300", "T3000"):
            paused = s.mesh_test(machine, ["run2.matmul"])
            paused.wait_paused("run2.matmul")
            only = ("--pid", paused.pid)
            found.append({words: s.json(*words, *only, code=None) for words in ANSWERS if words[0] not in ("info", "replay") and "--at" not in words})
            paused.resume()
            paused.finish()
        compared = sum(check_by_rule(found[0][what], found[1][what], what) for what in found[0])
        check(compared > 300, compared, "figures")
