"""What a carrier does to a text changes no answer: texts of every kind in a hundred variations."""
import concurrent.futures
import itertools
import os
import pathlib

import ask
import disguise
import vary

# What a carrier may rightly add or take: where the failure stands and whether a line says when.
OF_THE_PLACE = ("line", "offset", "where", "test", "model", "progress", "first_time", "last_time", "explanation")
BACKTRACE = """backtrace:
 --- tt::tt_metal::BankManager::allocate_buffer(unsigned long, unsigned long, bool, CoreRangeSet const&)
 --- tt::tt_metal::Buffer::allocate_impl()
 --- ttnn::operations::binary_ng::BinaryNgDeviceOperation::create_output_tensors(ttnn::operations::binary_ng::operation_attributes_t const&)
"""


def answer(text):
    """What is said, but for where it stands."""
    answers = []
    for failure in ask.explained(text)["failures"]:
        told = failure["explanation"]
        answers.append({**{key: value for key, value in failure.items() if key not in OF_THE_PLACE},
                        "verdict": told["verdict"], "limit": told["limit"], "cause": told["cause"],
                        "remedies": told["remedies"]})
    return answers


def differences(left, right):
    if len(left) != len(right):
        return [f"{len(right)} failures instead of {len(left)}: {[f['message'] for f in right]}"]
    return [f"{key}: {b[key]!r} instead of {a[key]!r}" for a, b in zip(left, right) for key in a if a[key] != b[key]]


def objection(wanted, varied):
    try:
        return differences(wanted, answer(varied))
    except AssertionError as error:
        return [f"no answer: {error}"]


def objections(name, text, first=0, step=1):
    """What is wrong with every `step`th variation of a text."""
    wanted = answer(text)
    tried = list(itertools.islice(vary.variations(disguise.generator(name), text), first, None, step))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = pool.map(lambda one: objection(wanted, one[1]), tried)
    return [(name, how, found[:3], varied[:300]) for (how, varied), found in zip(tried, wrong) if found]


def complain(found, tried):
    if found and os.environ.get("TTMEM_ALL_VARIATIONS"):
        for one in found:
            print(*one, sep="\n    ")
    assert not found, f"{len(found)} variations of {tried} texts, the first: " + "\n    ".join(map(str, found[0]))


def test_a_variation_of_a_made_up_text_says_the_same():
    found, texts = [], 0
    for name, (_, make) in disguise.KINDS.items():
        message = make(disguise.generator("varied " + name))
        found += objections(name, f"2026-08-13 01:33:26.341 | critical |          Always | TT_FATAL: {message} (assert.hpp:104)\n" + BACKTRACE,
                            texts % 3, 3)
        texts += 1
    complain(found, texts)


def test_a_variation_of_a_case_says_the_same():
    folder = pathlib.Path(os.environ.get("TTMEM_DATA_DIR", "")) / "cases"
    if not folder.is_dir():
        print("skipped: there is no", folder)
        return
    found, texts = [], 0
    for path in sorted(folder.glob("*.txt")):
        data = path.read_bytes()
        text = data.decode("utf-16" if data.startswith(b"\xff\xfe") else "utf-8").replace("\r\n", "\n")
        found += objections(path.stem, text)
        texts += 1
    complain(found, texts)


ask.run(globals())
