"""The schema of the values: it knows the keys of the values, and refuses wrong types at every leaf of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from tests.chart.values import LEAVES, SCHEMA, VALUES, followed, free_keys, merged

ANY_KEY, ANY_ITEM = "ANY", 0
SAMPLES: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 0.5,
    "string": "text",
    "array": [],
    "object": {},
}
Path = tuple[str | int, ...]


def schema_leaves(node: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every leaf of a schema by its path among the values, in lists and in mappings with free keys too."""
    node = followed(node)
    inner: dict[str | int, Any] = dict(node.get("properties", {}))
    if "items" in node:
        inner[ANY_ITEM] = node["items"]
    if (free := free_keys(node)) is not None:
        inner[ANY_KEY] = free
    if not inner:
        yield path, node
    for key, value in inner.items():
        yield from schema_leaves(value, (*path, key))


def types(node: Mapping[str, Any]) -> set[str]:
    """The JSON types that a leaf allows."""
    if "oneOf" in node:
        return set[str]().union(*map(types, node["oneOf"]))
    if "enum" in node:
        return {"string"}
    declared = node["type"]
    return {declared} if isinstance(declared, str) else set(declared)


def with_value(path: Path, value: Any) -> Any:
    """Nested values that have `value` at the path."""
    if not path:
        return value
    inner = with_value(path[1:], value)
    return [inner] if path[0] == ANY_ITEM else {path[0]: inner}


FOUND = dict(schema_leaves(SCHEMA))


# The schema of schemas, which also refuses a keyword that it does not know: a misspelled one would check nothing.
STRICT = {key: value for key, value in jsonschema.Draft7Validator.META_SCHEMA.items() if key != "$id"}
STRICT["additionalProperties"] = False


def test_it_is_a_schema_without_a_misspelled_keyword() -> None:
    jsonschema.Draft7Validator(STRICT).validate(SCHEMA)


@pytest.mark.parametrize("wrong", [{"propertys": {}}, {"type": "strng"}, {"minimum": "1"}, {"patern": "^a$"}])
def test_a_mistake_in_the_schema_is_found_wherever_it_is(wrong: dict[str, Any]) -> None:
    for schema in (wrong, {"properties": {"a": wrong}}, {"definitions": {"a": {"items": wrong}}}):
        assert not jsonschema.Draft7Validator(STRICT).is_valid(schema)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_type_is_refused_at_every_leaf(path: Path) -> None:
    allowed = types(FOUND[path])
    for kind, sample in SAMPLES.items():
        if kind in allowed:
            continue
        values = merged(VALUES, with_value(path, sample))
        errors = jsonschema.Draft7Validator(SCHEMA).iter_errors(values)
        refused = {tuple(error.absolute_path) for error in errors if error.validator in ("type", "enum", "oneOf")}
        assert path in refused, kind


def test_the_walk_reaches_lists_and_free_keys() -> None:
    expected = {
        ("enabled",),
        ("global", "imagePullSecrets", ANY_ITEM, "name"),
        ("backend", "extraEnv", ANY_KEY),
        ("networkPolicy", "dnsPeers", ANY_ITEM, "podSelector", "matchExpressions", ANY_ITEM, "values", ANY_ITEM),
    }
    assert expected <= FOUND.keys()
    assert len(FOUND) > 150


def test_schema_and_values_have_the_same_keys() -> None:
    named = {".".join(map(str, path[: index(path)])) for path in FOUND}
    assert named - {"enabled"} == set(LEAVES)


def index(path: Path) -> int:
    """How many keys of the path come before the first that is free or of a list."""
    return next((place for place, key in enumerate(path) if key in (ANY_KEY, ANY_ITEM)), len(path))
