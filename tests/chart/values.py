"""The chart's values and their schema, as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import yaml

from scripts.services import SERVICES
from tests.chart.helm import CHART
from tests.chart.manifests import walk

VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
LISTS = {
    "networkPolicy.dnsPeers": VALUES["networkPolicy"]["dnsPeers"],
    "networkPolicy.dnsPorts": VALUES["networkPolicy"]["dnsPorts"],
    "metrics.scrapers": VALUES["metrics"]["scrapers"],
}
LEAVES = {".".join(map(str, path)): value for path, value in walk(VALUES) if ".".join(map(str, path[:2])) not in LISTS}
LEAVES |= LISTS

# Key among the values → name among the objects.
COMPONENTS = {service.values: service.component for service in SERVICES}


def nested(path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {head: nested(rest, value) if rest else value}


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """As Helm merges values files: mappings by key, all else replaced."""
    both = {key: value for key, value in under.items()}
    for key, value in over.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def accepted(values: Mapping[str, Any]) -> bool:
    return bool(jsonschema.Draft7Validator(SCHEMA).is_valid(values))


def schema_at(path: str) -> dict[str, Any]:
    """The schema of a value, references followed."""
    node = SCHEMA
    for key in path.split("."):
        node = followed(followed(node)["properties"][key])
    return node


def followed(node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema, or the definition that it refers to, with the definitions that it needs itself."""
    while "$ref" in node:
        node = SCHEMA["definitions"][node["$ref"].rpartition("/")[2]]
    return {**node, "definitions": SCHEMA["definitions"]}


def free_keys(node: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of the values under keys that a mapping's schema does not name; None if there are no such keys."""
    (found,) = node.get("patternProperties", {"": node.get("additionalProperties")}).values()
    return found if isinstance(found, dict) else None


def fits(path: str, value: Any) -> bool:
    """Whether the schema of a value alone accepts `value`."""
    return bool(jsonschema.Draft7Validator(schema_at(path)).is_valid(value))
