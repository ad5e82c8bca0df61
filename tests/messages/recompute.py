"""Recomputes the numbers of an explanation from the words of its message, and from nothing else.

Written from tt-metal's sentences; knows nothing of how ttmem reads them. `objections` names every number in an
explanation that does not follow from the message by one of the rules below.
"""
import re

# kept: what DRAM begins with since 0.73 (at 0x100040 and 0x100080 instead of 32 and 64).
# profiled: cores whose five processors a build with Tracy keeps 48,000 B each of in DRAM, spread over the banks of a whole chip.
WORMHOLE = {"l1": 1499136, "bank": 1073741792, "banks": 12, "kept": 0x100040 - 32, "profiled": 96}
BLACKHOLE = {"l1": 1572864, "bank": 4278190016, "banks": 8, "kept": 0x100080 - 64, "profiled": 154}
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])")


def number(text):
    return int(text.replace(",", ""))


def plain_numbers(message):
    return {int(digits) for digits in re.findall(r"\d+", message)}


def field(pattern, message):
    found = re.search(pattern, message)
    return int(found.group(1)) if found else None


def fields(message):
    """The figures of a message by the words beside them."""
    return {
        "requested": field(r"to allocate (\d+) B", message),
        "banks": field(r"across (\d+) banks", message),
        "need": field(r"needs to store (\d+) B", message) or field(r"\((\d+) B per bank\)", message),
        "bank": field(r"bank size is (?:only )?(\d+) B", message),
        "allocated": field(r"allocated: (\d+) B", message),
        "free": field(r"free: (\d+) B", message),
        "largest": field(r"largest free block: (\d+) B", message),
        "placeable": field(r"windows?\(s\), largest (\d+) B", message),
        "l1": field(r"(?:buffer allocated at|service allocation at) (\d+)", message),
        "end": field(r"region ends at (\d+)", message) or field(r"grow to (\d+) B", message),
        "max": field(r"max L1 size of (\d+) B", message),
        "trace": field(r"trace buffers of size (\d+) ?B", message),
        "region": field(r"only (\d+) ?B is allocated for trace", message),
        "program_size": field(r"Program size \((\d+)\)", message),
        "config": field(r"kernel config buffer \((\d+)\)", message),
    }


# What a field of the answer must be: the number after (or before) these words of the message; absent where they are not.
WORDS = {
    "requested_bytes": r"to allocate (\d+) B|ring size \((\d+) bytes\)|cannot place (\d+) bytes|of size (\d+) B at",
    "banks": r"across (\d+) banks",
    "bytes_per_bank": r"needs to store (\d+) B|\((\d+) B per bank\)",
    "bank_bytes": r"bank size is (?:only )?(\d+) B",
    "allocated_per_bank": r"allocated: (\d+) B",
    "free_per_bank": r"free: (\d+) B",
    "largest_free_per_bank": r"largest free block: (\d+) B",
    "dependency_ranges": r"subtracting (\d+) dependency",
    "occupied_ranges": r"and (\d+) additional occupied",
    "placeable_per_bank": r"range\(s\), (\d+) B remained",
    "placeable_windows": r"across (\d+) window",
    "largest_placeable_per_bank": r"window\(s\), largest (\d+) B",
    "program": r"in program (\d+)",
    "l1_buffer_address": r"L1 buffer allocated at (\d+)|service allocation at (\d+)|L1 allocation at (\d+)",
    "cb_region_end": r"region ends at (\d+)|grow to (\d+) B",
    "max_l1_bytes": r"max L1 size of (\d+) B|unreserved L1 size \((\d+)|worker L1 limit (\d+)",
    "trace_bytes": r"trace buffers of size (\d+) ?B",
    "trace_region_bytes": r"only (\d+) ?B is allocated for trace",
    "mesh": r"on MeshDevice (\d+)",
    "device": r"on device (\d+)",
    "trace_address": r"Trace buffer at address (\d+)",
    "allocation_high_water": r"[Aa]llocation high water mark: (\d+)|live trace high water mark: (\d+)",
    "deletion_high_water": r"[Dd]eletion high water mark: (\d+)",
    "kernel_config_bytes": r"Program size \((\d+)\)",
    "kernel_config_capacity": r"kernel config buffer \((\d+)\)",
    "requested_address": r"Allocation at (\d+)|at address (\d+) in",
    "lowest_address": r"address below (\d+)",
    "region_begin": r"region \[(\d+),| in \[(\d+),",
    "region_end": r"region \[\d+, (\d+)\)| in \[\d+, (\d+)\)",
    "alignment": r"aligned to (\d+)",
}


def word_of(pattern, message):
    found = re.search(pattern, message)
    return next((int(group) for group in found.groups() if group), None) if found else None


def wrong_fields(message, failure):
    return [f"{name} is {failure[name]}, the message says {word_of(pattern, message)}" for name, pattern in WORDS.items()
            if failure[name] != word_of(pattern, message)]


def numbers_beyond(text, failure):
    """Numbers that the answer for people has, and no sentence of the document."""
    told = " ".join(sentences(failure["explanation"]))
    known = set(NUMBER.findall(told)) | set(re.findall(r"\d+\.\d%", told)) | {"1"}
    plain = names_taken_out(text)
    return [digits for digits in NUMBER.findall(re.sub(r"\d+\.\d%", " ", plain)) + re.findall(r"\d+\.\d%", plain)
            if digits not in known]


def rounded_up(value, step):
    return -(-value // step) * step


def worked_out(f):
    """What follows from the other figures where a message was cut off or shortened."""
    if f["bank"] is None and f["allocated"] is not None and f["free"] is not None:
        f["bank"] = f["allocated"] + f["free"]
    if f["free"] is None and f["allocated"] is not None and f["bank"] is not None:
        f["free"] = f["bank"] - f["allocated"]
    if f["need"] is None and f["requested"] is not None and f["banks"]:
        f["need"] = -(-f["requested"] // f["banks"])
    return f


def legal(message):
    """Every whole number that an explanation of this message may state."""
    f = worked_out(fields(message))
    numbers = plain_numbers(message) | {0, 1, 2026, 16, 8, 12, 7, 2}
    banks = f["banks"] or 1

    def with_all(value):
        if value is not None and value >= 0:
            numbers.update({value, value * banks})

    for have in ("free", "largest", "placeable", "bank"):
        if f["need"] is not None and f[have] is not None:
            with_all(f["need"] - f[have])
            if f["free"] is not None:
                with_all(f["free"] - f["need"])
            if f[have]:
                numbers.add(-(-f["need"] // f[have]))
                numbers.add(-(-f["need"] * banks // f[have]))
    for usable in ("largest", "placeable", "bank"):
        with_all(f[usable])
    with_all(f["need"])
    if f["allocated"] is not None and f["need"] is not None and f["bank"] is not None:
        held = (f["allocated"] + f["need"]) * banks
        numbers.update({f["allocated"] * banks, held, held - f["bank"] * banks})
    if f["need"] is not None and f["requested"] is not None:
        numbers.add(f["need"] * banks - f["requested"])
    if f["need"] is not None and f["bank"] is not None:
        grown = f["bank"] + f["need"]
        numbers.update({grown, grown + grown // 4})
        for lacking in ("free", "largest"):
            if f[lacking] is not None:
                numbers.add(f["bank"] + f["need"] - f[lacking])
    for machine in (WORMHOLE, BLACKHOLE):
        numbers.update({machine["l1"], machine["bank"]})
        if f["need"] is not None:
            with_all(f["need"] - machine["l1"])
            with_all(f["need"] - machine["bank"])
        if f["bank"] is not None:
            with_all(machine["bank"] - f["bank"])
            profiled = -(-machine["profiled"] // machine["banks"]) * 5 * 48000
            for own in (machine["kept"], profiled, machine["kept"] + profiled):
                with_all(machine["bank"] - f["bank"] - own)
            numbers.update({machine["kept"], profiled})
        if f["l1"] is not None:
            numbers.add(machine["l1"] - f["l1"])
    if f["end"] is not None:
        numbers.update({f["end"] - other for other in (f["l1"], f["max"], BLACKHOLE["l1"]) if other is not None})
    if f["trace"] is not None:
        if f["region"] is not None:
            numbers.add(f["trace"] - f["region"])
        for machine in (WORMHOLE, BLACKHOLE):
            size = rounded_up(f["trace"], 64 * machine["banks"])
            numbers.update({size, size + size // 4})
    if f["program_size"] is not None and f["config"] is not None:
        numbers.add(f["program_size"] - f["config"])
    values = sorted(plain_numbers(message))
    if re.search(r"below|arena|persistent|overlaps", message):
        numbers.update({a - b for a in values for b in values})
    return numbers


# Tenths of a percent: what rounds to none of them and is more than nothing is "<0.1%", here -1.
def percentages(message):
    f = worked_out(fields(message))
    wholes = [f["bank"], WORMHOLE["l1"], BLACKHOLE["l1"], WORMHOLE["bank"], BLACKHOLE["bank"]]
    parts = [f["allocated"], f["need"]]
    return {(1000 * part + whole // 2) // whole or (-1 if part else 0) for part in parts for whole in wholes
            if part is not None and whole}


def sentences(explanation):
    texts = [explanation[key] for key in ("verdict", "asked", "had", "limit") if explanation[key]]
    return texts + [remedy["text"] for remedy in explanation["remedies"]] + explanation["notes"]


def names_taken_out(text):
    """Numbers that are parts of names, not figures: L1, bf16, tt-metal of 2026, core ranges, memory configurations."""
    text = re.sub(r"\[[^\]]*\)|\[[^\]]*\]", " ", text)
    return re.sub(r"tt-metal (?:since|up to) 0\.73|L1_SMALL|L1|l1_small_size|bf16|bfp8|l1\b|TT_\w+=1|Conv2d\w+|trace_region_size=0", " ", text)


def objections(message, failure, of_source=()):
    explanation = failure["explanation"]
    allowed, percent = legal(message) | set(of_source), percentages(message)
    found = []
    for text in sentences(explanation):
        plain = names_taken_out(text)
        for less, whole, tenth in re.findall(r"(<?)(\d+)\.(\d)%", plain):
            if (-1 if less else int(whole) * 10 + int(tenth)) not in percent:
                found.append(f"{less}{whole}.{tenth}% in: {text}")
        for digits in NUMBER.findall(re.sub(r"\d+\.\d%", " ", plain)):
            if "." in digits or number(digits) not in allowed:
                found.append(f"{digits} in: {text}")
    for remedy in explanation["remedies"]:
        for unit in ("bytes", "chips", "cores", "address"):
            if remedy[unit] is not None and remedy[unit] not in allowed:
                found.append(f"{unit} {remedy[unit]} of {remedy['kind']}")
    for key in ("missing_per_bank", "missing_bytes"):
        if explanation[key] is not None and explanation[key] not in allowed:
            found.append(f"{key} {explanation[key]}")
    found += wrong_fields(message, failure)
    if not explanation["verdict"] or not explanation["remedies"]:
        found.append("no verdict, or nothing to do")
    return found
