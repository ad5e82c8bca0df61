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
