"""`ttmem replay` and `ttmem traces` of a real ttnn: the model puts blocks where tt-metal's allocator put them, and what a replay
overwrites is what shares its addresses with an activation of the capture."""
from real_ttnn import PROGRAMS, Machine
from scenario import check, check_equal


def recorded(machine, program, *words, **more):
    capture = machine.files / f"{'-'.join(words)}.ttmem"
    machine.followed(PROGRAMS / program, *words, options=["-o", str(capture)], env=machine.mocking(), **more)
    return capture


def test_a_replay_puts_every_block_where_tt_metal_put_it():
    """Each in a run of its own: a device that is opened again with other sizes is described as it was opened last."""
    with Machine("N150") as machine:
        all_asked = 0
        for section in ("kinds", "operations", "traces", "threads"):
            capture = recorded(machine, "workload.py", section)
            code = None if section == "threads" else 0
            document = machine.json("replay", capture, code=code)
            told = [(arena["place"], arena["pool"], arena["reproduced"], arena["allocations"]) for arena in document["arenas"]]
            print(section, told)
            # What two threads did at the same time is not known in the allocator's own order: exact only if all was met.
            all_met = all(arena["reproduced"] == arena["allocations"] for arena in document["arenas"])
            check_equal(document["exact"], all_met, told)
            check(all_met or section == "threads", told)
            all_asked += sum(arena["allocations"] for arena in document["arenas"])
        check(all_asked > 60, "only", all_asked)


def test_what_a_replay_overwrites_is_named_with_its_operation():
    with Machine("N150") as machine:
        capture = recorded(machine, "traces.py", "3")
        noted, = machine.notes("under the trace")
        check_equal(noted["victim"], noted["used"], "tt-metal gives the address of the activation again")
        document = machine.json("traces", capture)
        trace, = [trace for trace in document["traces"] if trace["overwritten"]]
        block, = trace["blocks"]
        check_equal((block["address"], block["op"], block["overwritten_by_replay"]), (noted["victim"], "ttnn.empty", 1))
        check(noted["safe"] != block["address"], noted)
        region, = document["regions"]
        check_equal((region["traces"], region["never_released"]), (4, 3))
        check(region["headroom_bytes_per_bank"] > 0, region)
