"""Holds JSON documents against docs/json/: names, types, what may be null."""
import functools
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs/json"


@functools.lru_cache(maxsize=None)
def validator(name):
    """Of `ttmem.NAME/1`; None where python3-jsonschema is not installed."""
    try:
        import jsonschema  # Debian: python3-jsonschema
    except ImportError:
        return None
    return jsonschema.Draft7Validator(json.loads((FOLDER / f"{name}.schema.json").read_text()))


def objections(document):
    """What the document has that its schema does not promise, or lacks; sentences."""
    match = re.fullmatch(r"ttmem\.([a-z-]+)/1", str(document.get("schema")))
    if not match:
        return [f"its `schema` is {document.get('schema')!r}"]
    if not (FOLDER / f"{match[1]}.schema.json").exists():
        return [f"docs/json/ has no {match[1]}.schema.json"]
    check = validator(match[1])
    if check is None:
        return []
    return [f"{'.'.join(map(str, error.absolute_path)) or 'the document'}: {error.message[:300]}"
            for error in check.iter_errors(document)]


# ---- of what a figure of bytes is (docs/json/README.md)

# How a description says it: closed lists of words.
SCOPES = {"all chips": r"\b(?:over|on) (?:all )?chips\b",
          "chip": r"\bper chip\b|\b(?:of|on|in) (?:a|the|each|one|any|this|that) (?:chip|device)\b",
          "bank": r"\b(?:of|in|from) (?:a|the|each|one) bank\b",
          "core": r"\b(?:of|on|in) (?:a|the|each|one|that) core\b",
          "disk": r"\bon the disk\b", "host": r"\bof host memory\b", "beside": r"\bof what bytes_per says\b"}
OF_NAME = {"_all_chips": "all chips", "_per_bank": "bank", "_per_core": "core"}
# Without a suffix, and of no chip: the size of the one thing that the name says, or what bytes_per beside it says.
OF_ONE_THING = {"bank_bytes": "bank", "page_bytes": "bank", "alignment_bytes": "bank", "offset_bytes": "bank or core",
                "max_l1_bytes": "core", "kernel_config_bytes": "core"}
IS_BYTES = re.compile(r"(^|_)bytes(_|$)|_per_bank(_|$)|_per_core(_|$)")
COUNTS = {"left_out", "rescaled"}  # that speak of bytes, and are of none
ADDRESSES = re.compile(r"(^|_)address$|^alignment$|_capacity$")  # or what of these is a multiple; each says of what it is


def is_of_bytes(name, schema):
    """Whether a number is one of bytes, by its name or by its description."""
    said = schema.get("description", "")
    speaks = re.search(r"\bbytes\b", said, re.IGNORECASE) and name not in COUNTS and not ADDRESSES.search(name)
    return bool(IS_BYTES.search(name) or speaks) and is_number(schema)


def scopes_said(description):
    return [scope for scope, words in SCOPES.items() if re.search(words, description, re.IGNORECASE)]


def scope(name, description):
    """Of what a figure of bytes is: by the suffix of its name, else of a chip unless its description says otherwise. None:
    nothing says so, or both say different things."""
    said = scopes_said(description)
    of_name = next((scope for suffix, scope in OF_NAME.items() if suffix in name), OF_ONE_THING.get(name))
    if of_name is not None:
        return of_name if set(of_name.split(" or ")) <= set(said) else None
    return said[0] if len(said) == 1 and said[0] in ("chip", "disk", "host", "beside") else None


def is_number(schema):
    return is_number(schema.get("items", {})) if "array" in kinds(schema) else not {"integer", "number"}.isdisjoint(kinds(schema))


def kinds(schema):
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]
