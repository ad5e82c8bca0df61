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
        for name, inner in schema.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{where}.{name}: no description"
            yield from objections(f"{where}.{name}", inner)
    if "array" in kinds(schema):
        yield from objections(f"{where}[]", schema.get("items", {}))


# Of what a byte field is, in its name or in its description (docs/json/README.md).
OF_WHAT = re.compile(r"\b(chip|chips|device|devices|bank|core|cores|host memory)\b")


def without_a_whole(where, schema):
    """Byte fields of which nobody can tell whether they are of a core, a bank, a chip, or of all chips."""
    for name, inner in schema.get("properties", {}).items():
        is_bytes = re.search(r"(^|_)bytes(_|$)|_per_bank$", name) and "object" not in kinds(inner)
        said = re.search(r"_per_core|_per_bank|_all_chips", name) or OF_WHAT.search(inner.get("description", ""))
        if is_bytes and not said:
            yield f"{where}.{name}: bytes of what?"
        yield from without_a_whole(f"{where}.{name}", inner)
    if "array" in kinds(schema):
        yield from without_a_whole(f"{where}[]", schema.get("items", {}))


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
