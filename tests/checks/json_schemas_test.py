"""The schemas in docs/json/ are well-formed, say what each name means, leave no name open, and are listed."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenarios"))
import schemas  # noqa: E402


def objections(where, schema):
    """Of a schema and what is in it."""
    if "object" in kinds(schema):
        if schema.get("additionalProperties") is not False:
            yield f"{where}: names that it does not list are allowed"
        for name, inner in fields(schema):
            if not inner.get("description") and "$ref" not in inner:
                yield f"{where}.{name}: no description"
            yield from objections(f"{where}.{name}", inner)
    if "array" in kinds(schema):
        yield from objections(f"{where}[]", schema.get("items", {}))


# A field of bytes, by its name or by its description, and of what they are, which the description says (docs/json/README.md).
OF_BYTES = re.compile(r"(^|_)bytes(_|$)|_per_bank(_|$)|_per_core(_|$)")
OF_WHAT = re.compile(r"\b(chips?|devices?|banks?|cores?|host|disk)\b")
# What the name says, the description says as well.
OF_NAME = {"_per_bank": r"\bbanks?\b", "_per_core": r"\bcores?\b", "_all_chips": r"\b(all chips|(?:over|on) (?:all )?chips|all of them)\b"}
COUNTS = {"left_out", "rescaled"}  # that speak of bytes, and are of none


def without_a_whole(where, schema):
    """Byte fields of which nobody can tell whether they are of a core, a bank, a chip, or of all chips."""
    for name, inner in fields(schema):
        said = inner.get("description", "")
        is_bytes = OF_BYTES.search(name) or re.search(r"\bbytes\b", said, re.IGNORECASE) and name not in COUNTS
        if is_bytes and is_number(inner):
            if not OF_WHAT.search(said):
                yield f"{where}.{name}: bytes of what?"
            for part, words in OF_NAME.items():
                if part in name and not re.search(words, said):
                    yield f"{where}.{name}: its description does not say `{part}`"
        yield from without_a_whole(f"{where}.{name}", inner)
    if "array" in kinds(schema):
        yield from without_a_whole(f"{where}[]", schema.get("items", {}))


def fields(schema):
    return [*schema.get("properties", {}).items(), *schema.get("definitions", {}).items()]


def is_number(schema):
    return is_number(schema.get("items", {})) if "array" in kinds(schema) else not {"integer", "number"}.isdisjoint(kinds(schema))


def kinds(schema):
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def main():
    if schemas.validator("status") is None:
        print("python3-jsonschema is not installed")
        return 77
    wrong, listed = [], (schemas.FOLDER / "README.md").read_text()
    found = sorted(schemas.FOLDER.glob("*.schema.json"))
    for path in found:
        schema = json.loads(path.read_text())
        type(schemas.validator(path.name.removesuffix(".schema.json"))).check_schema(schema)
        wrong += [*objections(path.name, schema), *without_a_whole(path.name, schema)]
        if f"({path.name})" not in listed:
            wrong.append(f"{path.name}: docs/json/README.md does not list it")
    if len(found) < 10:
        wrong.append(f"only {len(found)} schemas in docs/json/")
    print("\n".join(wrong) if wrong else f"{len(found)} schemas")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
