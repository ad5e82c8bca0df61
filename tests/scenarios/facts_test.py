"""Failures that people reported: of the figures of each the message is made as the runtime prints it, and explained."""
import json

from scenario import DATA, Skip, check, check_equal, scene

NAMES = {"bank_size": "bank_bytes", "allocated": "allocated_per_bank", "free": "free_per_bank",
         "largest_free_block": "largest_free_per_bank", "max_l1_size": "max_l1_bytes", "mesh_device": "mesh",
         "trace_buffer_bytes": "trace_bytes", "trace_region_bytes": "trace_region_bytes"}
SAME = ("requested_bytes", "buffer_type", "banks", "bytes_per_bank", "program", "core_range", "l1_buffer_address",
        "cb_region_end")


def message_of(fact):
    if fact["kind"] == "oom":
        text = ("Out of Memory: Not enough space to allocate {requested_bytes} B {buffer_type} buffer across {banks} "
                "banks, where each bank needs to store {bytes_per_bank} B")
        if "free" in fact:
            text += (", but bank size is {bank_size} B (allocated: {allocated} B, free: {free} B, largest free block: "
                     "{largest_free_block} B)")
        elif "bank_size" in fact:
            text += ", but bank size is only {bank_size} B"
    elif fact["kind"] == "clash":
        text = ("Statically allocated circular buffers in program {program} clash with L1 buffers on core range "
                "{core_range}. L1 buffer allocated at {l1_buffer_address} and static circular buffer region ends at "
                "{cb_region_end}")
    elif fact["kind"] == "cb_overflow":
        text = ("Statically allocated circular buffers on core range {core_range} grow to {cb_region_end} B which is "
                "beyond max L1 size of {max_l1_size} B")
    else:
        text = ("Creating trace buffers of size {trace_buffer_bytes}B on MeshDevice {mesh_device}, but only "
                "{trace_region_bytes}B is allocated for trace region.")
    return text.format(**fact)


def cause_of(fact):
    """What the figures say, worked out here by itself."""
    if fact["kind"] != "oom":
        return {"clash": "cb_clash", "cb_overflow": "cb_overflow", "trace_region": "trace_region"}[fact["kind"]]
    need, bank = fact["bytes_per_bank"], fact.get("bank_size")
    if bank == 0:
        return "no_region"  # l1_small_size was never set
    if bank is not None and need > bank:
        return "larger_than_bank"
    if "free" not in fact:
        return "unknown"
    if fact["free"] < need:
        return "full"
    # Whatever its pieces are: there is hardly anything left in it.
    return "nearly_full" if fact["allocated"] * 10 >= bank * 9 else "fragmented"


def test_every_reported_failure_is_read_and_explained_as_its_figures_say():
    path = DATA / "messages" / "issue_facts.jsonl"
    if not path.exists():
        raise Skip(f"there is no {path}")
    facts = [json.loads(line) for line in path.read_text().splitlines()]
    with scene() as s:
        for fact in facts:
            file = s.files / "message.txt"
            file.write_text(message_of(fact) + "\n")
            failures = s.json("show", file)["failures"]
            check_equal(len(failures), 1, fact["source"])
            fields, explanation = failures[0], failures[0]["explanation"]
            for name, value in fact.items():
                if name in NAMES or name in SAME:
                    check_equal(fields[NAMES.get(name, name)], value, f"{fact['source']} {name}")
            check_equal(explanation["cause"], cause_of(fact), fact["source"])
            if "FRAGMENTED" in fact.get("note", ""):
                check(explanation["cause"] in ("fragmented", "nearly_full"), fact["source"], explanation["cause"])
            check(len(explanation["remedies"]) <= 3, fact["source"], explanation["remedies"])
    check_equal(len(facts), 42, "facts:")
