"""What looks like a failed allocation and is not known: shown once, with its line, counted right, whatever carries it."""
import concurrent.futures
import os

import ask
import disguise
import strangers
import vary


def letters(text):
    return "".join(text.split())


def objection(form, words, count, line, text):
    try:
        found = ask.explained(text)["failures"]
    except AssertionError as error:
        return f"no answer: {error}"
    if [f["kind"] for f in found] != ["unknown"]:
        return f"{len(found)} failures: {[f['message'] for f in found]}"
    told = letters(found[0]["message"]).removeprefix("OutofMemory:")
    # Nothing tells where a sentence ends that neither a place in the source nor a backtrace follows.
    wanted = letters(words)
    same = told == wanted or (form == "short" and min(len(told), len(wanted)) > 20 and
                              (told.startswith(wanted) or wanted.startswith(told)))
    if not same:
        return f"told {found[0]['message']!r}"
    if found[0]["count"] != count or found[0]["times"] != 1:
        return f"printed {found[0]['count']} times instead of {count}, failed {found[0]['times']} times"
    return f"in line {found[0]['line']} instead of {line}" if line and found[0]["line"] != line else ""


def tries(seed, step):
    """(form, what was done, sentence, printings, line, text)"""
    for at, (form, (make, count)) in enumerate(strangers.FORMS.items()):
        r = disguise.generator(f"{seed} {form}")
        words = strangers.sentence(r)
        plain = make(r, words)
        yield form, "plain", words, count, 1, plain
        for i, (how, text) in enumerate(vary.variations(r, plain)):
            if (i + at) % step == 0:
                yield form, how, words, count, None, text


def check(seeds, step):
    wrong, tried = [], 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for seed in seeds:
            given = list(tries(seed, step))
            found = pool.map(lambda one: objection(one[0], *one[2:]), given)
            wrong += [(seed, form, how, why, words, text[:400])
                      for (form, how, words, _, _, text), why in zip(given, found) if why]
            tried += len(given)
    if os.environ.get("TTMEM_ALL_VARIATIONS"):
        for one in wrong:
            print(*one, sep="\n    ")
    assert not wrong, f"{len(wrong)} of {tried} tries, the first: " + "\n    ".join(map(str, wrong[0]))


def test_a_sentence_that_nobody_knows_is_shown_once_in_every_disguise():
    check(range(int(os.environ.get("TTMEM_SEEDS", "4"))), int(os.environ.get("TTMEM_STEP", "4")))


def test_two_sentences_that_differ_in_a_figure_are_two_failures():
    for seed in range(12):
        r = disguise.generator(f"two {seed}")
        words = strangers.sentence(r)
        other = strangers.sentence(r)
        while other == words:
            other = strangers.sentence(r)
        for form, (make, count) in strangers.FORMS.items():
            found = ask.explained(make(r, words) + make(r, other))["failures"]
            assert [letters(f["message"]).endswith(letters(w)) for f, w in zip(found, (words, other))] == [True, True], (form, words, other, found)
            assert [f["count"] for f in found] == [count, count], (form, words, other)


ask.run(globals())
