"""JSON names are kept: every document has what was promised, under those names and of those types."""
import re

from scenario import SIM, check, check_equal, document_of, scene

POOL = ["requested_bytes", "reserved_bytes", "peak_requested_bytes", "peak_reserved_bytes", "peak_exact",
        "peak_requested_bytes_max", "peak_reserved_bytes_max", "capacity_bytes", "allocations",
        "is_bound"]
ITEM = ["id", "pid", "place", "chips", "pool", "address", "requested_bytes", "reserved_bytes", "class", "op", "tag",
        "program", "thread", "since", "verdict"]
HEX = re.compile("(0x)?[0-9a-f]+")


def has(document, names, what):
    check_equal([name for name in names if name not in document], [], f"{what} lacks:")


def check_document(document, schema):
    check_equal(document["schema"], schema)
    check(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", document["generated_at"]), document["generated_at"])
    has(document["coverage"], ["complete", "events_lost", "untracked_allocations", "untracked_bytes", "notes"], schema)


def check_chip(chip):
    has(chip, ["chip_id", "logical_id", "arch", "pools", "cb"], "a chip")
    check(HEX.fullmatch(chip["chip_id"]), "64-bit ids are hex text:", chip["chip_id"])
    check_equal(sorted(chip["pools"]), ["dram", "l1", "l1_small", "system", "trace"], "pools:")
    for pool in chip["pools"].values():
        has(pool, POOL, "a pool")
        for name in POOL:
            right = bool if name in ("peak_exact", "is_bound") else int
            check(pool[name] is None or type(pool[name]) is right, name, "has the wrong type:", pool[name])
    has(chip["cb"], ["reserved_bytes", "resident_bytes"], "cb")


def check_item(item):
    has(item, ITEM, "an allocation item")
    check(HEX.fullmatch(item["id"]) and all(HEX.fullmatch(chip) for chip in item["chips"]), item)
    for name in ("pid", "address", "requested_bytes", "reserved_bytes"):
        check(type(item[name]) is int, name, item[name])


def paused(s):
    sim = s.mesh_test("t3000", ["run1.matmul"])
    sim.wait_paused("run1.matmul")
    return sim


def test_status_keeps_its_names():
    with scene() as s:
        sim = paused(s)
        for document in (s.json("status"), s.json("status", "--pid", sim.pid)):
            check_document(document, "ttmem.status/1")
            for chip in document["chips"]:
                check_chip(chip)


def test_ps_keeps_its_names():
    with scene() as s:
        paused(s)
        document = s.json("ps")
        check_document(document, "ttmem.ps/1")
        for item in document["items"]:
            has(item, ["pid", "pid_verified", "comm", "state", "ledger", "chips"], "a ps item")
            check(HEX.fullmatch(item["ledger"]) or item["ledger"].endswith(".ledger"), item["ledger"])


def test_buffers_keeps_its_names():
    with scene() as s:
        paused(s)
        document = s.json("buffers")
        check_document(document, "ttmem.buffers/1")
        for item in document["items"]:
            check_item(item)


def test_leaks_keeps_its_names():
    with scene() as s:
        sim = paused(s)
        sim.process.kill()
        sim.process.wait()
        document = s.json("leaks", code=None)
        check_document(document, "ttmem.leaks/1")
        check_equal(len(document["items"]), 8, "items:")
        for item in document["items"]:
            check_item(item)


def test_explain_keeps_its_names():
    with scene() as s:
        paused(s)
        document = s.json("explain", 1073737728)
        check_document(document, "ttmem.explain/1")
        for match in document["matches"]:
            check_item(match)
            has(match, ["pages", "page_bytes", "banks", "data_banks", "state", "story"], "a match")


def test_the_report_of_a_run_keeps_its_names():
    with scene() as s:
        path = s.files / "report.json"
        s.ttmem("run", "--report", path, "--", SIM, "mesh-test", "--machine", "n300")
        document = document_of(path.read_text())
        check_document(document, "ttmem.run/1")
        has(document, ["exit_code", "chips", "leaks", "verdicts"], "a report")
        has(document["verdicts"], ["leaked_bytes_all_chips", "cached_bytes_all_chips", "released_by_close_bytes_all_chips", "held_at_exit_bytes_all_chips",
                                   "unknown_bytes_all_chips"], "verdicts")
        for chip in document["chips"]:
            check_chip(chip)


def test_the_other_commands_print_documents_too():
    with scene() as s:
        for command in ("doctor", "version", "gc"):
            check_document(s.json(command, code=None), f"ttmem.{command}/1")


def test_every_command_has_help_with_examples():
    with scene() as s:
        for command in ("run", "status", "ps", "buffers", "leaks", "explain", "gc", "doctor", "version"):
            said = s.ttmem(command, "--help").stdout
            check(re.search("(?i)example", said) and f"ttmem {command}" in said, f"{command} --help:", said)


def test_nothing_tracked_is_said_with_what_to_do():
    with scene() as s:
        for command in ("status", "ps", "buffers"):
            done = s.ttmem(command, code=3)
            said = done.stdout + done.stderr
            check("TTMEM_LEVEL" in said or "ttmem run" in said or "libttmem" in said, "how to enable:", said)
            document = s.json(command, code=3)
            check_document(document, f"ttmem.{command}/1")


def test_a_pid_that_is_not_tracked_is_said_to_be_so():
    with scene() as s:
        sim = paused(s)
        done = s.ttmem("status", "--pid", 1, code=None)
        check(done.returncode in (1, 3) and "1" in done.stdout + done.stderr, done.returncode, done.stdout, done.stderr)
        check(str(sim.pid) not in done.stdout, "and shows no other process:", done.stdout)


def test_wrong_usage_gives_2():
    with scene() as s:
        for arguments in (["no-such-command"], ["status", "--no-such-option"], ["explain"], ["explain", "twelve"]):
            s.ttmem(*arguments, code=2)


def test_machines_keeps_its_names():
    with scene() as s:
        document = s.json("machines")
        check_document(document, "ttmem.machines/1")
        names = [machine["name"] for machine in document["machines"]]
        check_equal(names[0], "N150")
        check_equal(len(set(names)), len(names), names)
        check_equal([line.split()[0] for line in s.ttmem("machines").stdout.splitlines()[1:-1]], names)
