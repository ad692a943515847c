"""The reference of the chart's values, made of their comments, their defaults and their schema. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEAD = """\
# The values of the chart

`./dev values-docs` writes this file from `values.yaml` and `values.schema.json` in `charts/todo-stack`. How they
are used is in [the chart's README](../charts/todo-stack/README.md).
"""
KEY = re.compile(r"( *)([\w-]+):(?: (.+))?$")
LARGEST = 2**31 - 1
"""Of Kubernetes' integers; as a maximum it is not worth a word."""
# What is said of a value of the backend holds for the same one of the other services.
FIRST = "backend"


@dataclass(frozen=True)
class Value:
    """A leaf of the values: its path, its default as it is written, and the comment above it."""

    path: tuple[str, ...]
    default: str
    about: str


def leaves(text: str) -> Iterator[Value]:
    """The leaves of a values.yaml in its order. The comment of a section is said of its first leaf, too."""
    parents: list[str] = []
    comment: list[str] = []
    lines = text.splitlines()
    listed: int | None = None  # the depth of a list whose items are passed over
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        depth = (len(line) - len(line.lstrip())) // 2
        match = KEY.match(line)
        if listed is not None and depth > listed:
            continue
        listed = None
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip(" #"))
        elif match is None:
            comment = []
        else:
            parents[depth:] = [match[2]]
            if following.lstrip().startswith("- "):
                listed = depth
            if match[3] or listed is not None:
                yield Value(tuple(parents), match[3] or "", " ".join(comment))
                comment = []


def reference(text: str, schema: Mapping[str, Any]) -> str:
    """The reference as Markdown: a table for each section of the values."""
    found = list(leaves(text))
    about = {value.path: value.about for value in found}
    parts = [HEAD]
    for section in dict.fromkeys(value.path[0] for value in found):
        rows = [value for value in found if value.path[0] == section]
        parts.append(f"## {section}\n\n| value | default | may be | |\n|---|---|---|---|")
        for value in rows:
            said = value.about or about.get((FIRST, *value.path[1:]), "")
            default = f"`{value.default}`" if value.default else "see the file"
            cells = (f"`{'.'.join(value.path)}`", default, allowed(schema, value.path), said)
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)


def allowed(schema: Mapping[str, Any], path: Sequence[str]) -> str:
    """What the schema lets a value be, in words."""
    node: Mapping[str, Any] = schema
    for key in path:
        node = _followed(schema, node["properties"][key])
    return _words(schema, node)


def _words(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    if "oneOf" in node:
        return " or ".join(_words(schema, _followed(schema, each)) for each in node["oneOf"])
    if "enum" in node:
        return ", ".join(f"`{each}`" for each in node["enum"])
    kinds = [node["type"]] if isinstance(node["type"], str) else node["type"]
    if "string" in kinds:
        return "empty" if node.get("maxLength") == 0 else "text"
    if kinds == ["integer"]:
        least, most = node.get("minimum"), node.get("maximum")
        return f"{least} or more" if most in (None, LARGEST) else f"{least} to {most}"
    return {"boolean": "`true`, `false`", "array": "a list", "object": "a mapping"}[kinds[0]]


def _followed(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    found: Mapping[str, Any] = schema["definitions"][node["$ref"].rpartition("/")[2]]
    return found


def read_schema(text: str) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = json.loads(text)
    return parsed
