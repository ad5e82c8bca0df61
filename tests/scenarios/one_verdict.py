"""What every view of a capture says of leaks, held against `ttmem leaks`: the same bytes and counts under the same words."""
import json
import re

from scenario import check, check_equal

LEFT = ("leaked", "held_at_exit")
OF_A_PROCESS = ("pid", "ledger")


def sums(items):
    """{verdict: [allocations, reserved bytes on all chips]}"""
    of = {verdict: [0, 0] for verdict in LEFT}
    for item in items:
        if item["class"] == "cb_plan":
            continue
        of[item["verdict"]][0] += 1
        of[item["verdict"]][1] += item["reserved_bytes"] * len(item["chips"])
    return of


def begun(note):
    """A sentence without what is after its colon, and without whose it is: a run once more has another pid."""
    return re.sub(r"process \d+", "process", note.partition(": ")[0])


def same_judgement(document, leaks, what):
    """Maybe of another run; sentences but for their bytes, which a run tells as its text has them."""
    told = [{**of["judgement"], "notes": [begun(note) for note in of["judgement"]["notes"]]} for of in (document, leaks)]
    check_equal(told[0], told[1], f"{what}: judgement")
    for key in ("suppressed", "verdicts"):
        check_equal(document[key], leaks[key], f"{what}: {key}")
    grown = [[{name: value for name, value in owner.items() if name not in OF_A_PROCESS} for owner in of["accumulated"]]
             for of in (document, leaks)]
    check_equal(grown[0], grown[1], f"{what}: accumulated")


def number(text):
    return int(text.replace(",", ""))


def in_words(leaks, text, what):
    """Of a text with --bytes: what is suppressed and what was kept."""
    said = " ".join(text.split())
    suppressed = [sum(line["allocations"] for line in leaks["suppressed"]),
                  sum(line["reserved_bytes_all_chips"] for line in leaks["suppressed"])]
    found = re.search(r"([\d,]+) suppressed, ([\d,]+) reserved", said)
    check_equal([number(found[1]), number(found[2])] if found else [0, 0], suppressed, f"{what}: suppressed: {text}")
    kept = leaks["judgement"]["kept"]
    found = re.search(r"[Kk]ept to the end, and no growth: ([\d,]+) allocation", said)
    check_equal(number(found[1]) if found else 0, kept, f"{what}: kept: {text}")
    said = re.sub(r"process \d+", "process", said)
    check_equal([note for note in map(begun, leaks["judgement"]["notes"]) if note not in said], [], f"{what}: not judged: {text}")


def top_says(s, leaks, capture, what):
    frame = s.ttmem("top", "--ascii", "--bytes", "--view", "leaks", "--frame", "250x200", capture).stdout
    rows = re.findall(r"^ *\d+ +(leaked|held_at_exit) .* (?:>= )?([\d,]+) +(?:>= )?([\d,]+)(?: B)? *$", frame, re.M)
    found = {verdict: [sum(number(count) for name, count, _ in rows if name == verdict),
                       sum(number(bytes_) for name, _, bytes_ in rows if name == verdict)] for verdict in LEFT}
    check_equal(found, sums(leaks["items"]), f"{what}: top: {frame}")
    in_words(leaks, frame, f"{what}: top")


def page_says(s, leaks, capture, what):
    page = s.files / "verdict.html"
    s.ttmem("page", capture, "-o", page, "--force")
    text = page.read_text().partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    page = json.loads(text)
    same_judgement(page["leaks"], leaks, f"{what}: page")
    check_equal(page["growth"]["judgement"], leaks["judgement"], f"{what}: page: growth")
    found = {verdict: [0, 0] for verdict in LEFT}
    for owner in (owner for left in page["leaks"]["left"] for owner in left["owners"]):
        found[owner["verdict"]][0] += owner["allocations"]
        found[owner["verdict"]][1] += owner["reserved_bytes_all_chips"]
    check_equal(found, sums(leaks["items"]), f"{what}: page")
    for peak, blocks in zip(page["peak"]["peaks"], page["lifetimes"]["pools"]):
        marks_say(leaks, peak, blocks, page["lifetimes"]["texts"], f"{what}: page: {peak['pool']}")
    return page


def marks_say(leaks, peak, blocks, texts, what):
    """The marks of a pool's allocations, at the end and at the peak."""
    check_equal(blocks["left_out"], 0, what)
    marked = [i for i, leaked in enumerate(blocks["leaked"]) if leaked]
    reserved = lambda i: blocks["per_bank"][i] * blocks["banks"][i]
    at_end = [i for i in marked if texts[blocks["end"][i]] != "freed"]
    expected = [item["reserved_bytes"] for item in leaks["items"] if item["class"] != "cb_plan" and item["verdict"] == "leaked" and
                item["pool"] == peak["pool"] and peak["chips"][0] in item["chips"]]
    check_equal([len(at_end), sum(map(reserved, at_end))], [len(expected), sum(expected)], f"{what}: marks at the end")
    event = peak["moment"]["event"]
    then = [i for i in marked if blocks["born"][i] <= event and (blocks["ended"][i] == 0 or blocks["ended"][i] > event)]
    part = peak["moment"]["parts"]["leaked"]
    check_equal([part["allocations"], part["reserved_bytes"]], [len(then), sum(map(reserved, then))], f"{what}: at the peak")
    if not leaks["accumulated"]:
        check(set(then) <= set(at_end), f"{what}: freed, and called leaked", then, at_end)


def first_lines_agree(s, page, capture, what):
    """The sentence that every view of a recording begins with."""
    peak, timeline = s.json("peak", capture), s.json("timeline", capture)
    check_equal([peak["verdict"], timeline["verdict"], page["peak"]["verdict"]], [page["verdict"]] * 3, what)
    picture = s.files / "verdict.svg"
    s.ttmem("timeline", capture, "--svg", picture, "--force")
    texts = [s.ttmem(command, capture).stdout for command in ("peak", "timeline")] + [picture.read_text()]
    begin = page["verdict"].split(". ")[0].split(":")[0]
    for text in texts:
        said = " ".join(re.sub(r"<[^>]*>", " ", text).split())
        check(" ".join(begin.split()[:6]) in said, what, begin, "is not the first line of", text[:600])


def check_one_verdict(s, capture, report=None, what=""):
    """`report`: of the run that made the capture, with its summary (text with --bytes)."""
    leaks = s.json("leaks", capture)
    document, said = report or (None, "")
    if document:
        same_judgement(document, leaks, f"{what}: run")
        check_equal(sums(document["leaks"]), sums(leaks["items"]), f"{what}: run")
        in_words(leaks, said, f"{what}: run")
    in_words(leaks, s.ttmem("leaks", "--bytes", capture).stdout, f"{what}: leaks")
    top_says(s, leaks, capture, what)
    page = page_says(s, leaks, capture, what)
    first_lines_agree(s, page, capture, what)
    check_equal(s.json("growth", capture)["judgement"], leaks["judgement"], f"{what}: growth")
    for run in s.json("diff", capture, capture)["runs"]:
        check_equal([run["not_judged"], run["not_judged_requested_bytes_all_chips"]],
                    [leaks["judgement"]["not_judged"], leaks["judgement"]["not_judged_requested_bytes_all_chips"]], f"{what}: diff")
    accumulated = sum(max(0, owner["last"]["allocations"] - owner["first"]["allocations"]) for owner in leaks["accumulated"])
    line = s.json("check", capture, "--leaks", "0", code=None)["checks"][0]
    check_equal(line["found"], len(leaks["items"]) + accumulated, f"{what}: check: {line}")
    codes = [s.ttmem("leaks", capture, "--fail-on-leak", code=None).returncode,
             s.ttmem("check", capture, "--leaks", "0", code=None).returncode]
    if document:
        codes.append(document["exit_code"])
    check_equal(codes, codes[:1] * len(codes), f"{what}: exit codes of leaks, check and the run's gate")
    return leaks
