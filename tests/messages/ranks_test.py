"""Logs of several processes, interleaved line by line: each failure is its own process's, with its own operation; where
nothing tells whose an operation or a line is, none is named."""
import os

import ask
import ranks

SEEDS = range(int(os.environ.get("TTMEM_SEEDS", "3")))


def letters(text):
    return "".join(text.split()).removeprefix("OutofMemory:").rstrip(".")


def operation_of(failure):
    return str((failure.get("operation") or "")) if not isinstance(failure.get("operation"), dict) else failure["operation"]["name"]


def objections(text, truth, told):
    found = ask.explained(text)["failures"]
    by_words = {letters(words): of for words, of in truth.items()}
    for failure in found:
        words = letters(failure["message"])
        of = next((of for wanted, of in by_words.items() if wanted.startswith(words) or words.startswith(wanted)), None)
        if of is None and not told and (failure["kind"] == "unknown" or not failure["complete"]):
            continue  # a few words of several, without a figure
        if of is None:
            yield f"joined {failure['message']!r}"
        elif operation_of(failure) != of[0] and (told or operation_of(failure)):
            yield f"{operation_of(failure)!r} instead of {of[0]!r} for {failure['message']!r}"
        elif told and (failure["times"], failure["count"], failure["first_time"]) != (1, 2, of[1]):
            yield f"{failure['times']} times, {failure['count']} printings, {failure['first_time']} for {failure['message']!r}"
        elif told and not failure["complete"]:
            yield f"cut {failure['message']!r}"
    if told and len(found) != len(truth):
        yield f"{len(found)} failures instead of {len(truth)}: {[f['message'] for f in found]}"


def check(carriers, widths, told):
    wrong, tried = [], 0
    for seed in SEEDS:
        for name, carrier in carriers.items():
            for width in widths:
                text, truth = ranks.several(seed, carrier, width)
                tried += 1
                wrong += [(seed, name, width, why, text) for why in list(objections(text, truth, told))[:1]]
    if os.environ.get("TTMEM_ALL_VARIATIONS"):
        for one in wrong:
            print(*one, sep="\n    ")
    assert not wrong, f"{len(wrong)} of {tried} logs, the first: " + "\n    ".join(map(str, wrong[0]))


def test_processes_that_name_themselves_are_told_apart():
    check(ranks.NAMED, (0,), told=True)


def test_so_are_their_wrapped_lines():
    # Where a logger's own prefix and the lines of another logger in it are wrapped, the latter's time is not whole.
    check({name: carrier for name, carrier in ranks.NAMED.items() if name != "vLLM's logger"}, (70, 100), told=True)


def test_where_no_one_is_named_nothing_wrong_is_said():
    check({"nothing": "", "a time": "2026-07-06T01:00:{s}.1234567Z ", "pytest": "E   "}, (0,), told=False)


ask.run(globals())
