"""The schemas in docs/json/ are well-formed, say what each name means, leave no name open, and are listed."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenarios"))
import schemas  # noqa: E402


def objections(where, schema):
    """Of a schema and what is in it."""
    if "object" in schemas.kinds(schema):
        if schema.get("additionalProperties") is not False:
            yield f"{where}: names that it does not list are allowed"
        for name, inner in fields(schema):
            if not inner.get("description") and "$ref" not in inner:
                yield f"{where}.{name}: no description"
            yield from objections(f"{where}.{name}", inner)
    if "array" in schemas.kinds(schema):
        yield from objections(f"{where}[]", schema.get("items", {}))


def without_a_scope(where, schema):
    """Byte fields of which name and description do not say, in the words of a closed list, of what they are."""
    for name, inner in fields(schema):
        said = inner.get("description", "")
        if schemas.is_of_bytes(name, inner) and schemas.scope(name, said) is None:
            yield f"{where}.{name}: bytes of what? {said!r} says {schemas.scopes_said(said)}"
        yield from without_a_scope(f"{where}.{name}", inner)
    if "array" in schemas.kinds(schema):
        yield from without_a_scope(f"{where}[]", schema.get("items", {}))


def fields(schema):
    return [*schema.get("properties", {}).items(), *schema.get("definitions", {}).items()]


def main():
    if schemas.validator("status") is None:
        print("python3-jsonschema is not installed")
        return 77
    wrong, listed = [], (schemas.FOLDER / "README.md").read_text()
    found = sorted(schemas.FOLDER.glob("*.schema.json"))
    for path in found:
        schema = json.loads(path.read_text())
        type(schemas.validator(path.name.removesuffix(".schema.json"))).check_schema(schema)
        wrong += [*objections(path.name, schema), *without_a_scope(path.name, schema)]
        if f"({path.name})" not in listed:
            wrong.append(f"{path.name}: docs/json/README.md does not list it")
    if len(found) < 10:
        wrong.append(f"only {len(found)} schemas in docs/json/")
    print("\n".join(wrong) if wrong else f"{len(found)} schemas")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
