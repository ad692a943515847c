"""Kubernetes objects in YAML text, each with its place: the chart's template that helm names, or a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from scripts.core.errors import UserError
from scripts.tiltfile.manifests import problem
from scripts.tiltfile.scalars import Dumper, Loader

_SOURCE = "# Source: "


def documents(text: str, file: str = "line ") -> Iterator[tuple[Any, str]]:
    """Documents that are not empty. Without a template's name their place is `file` followed by the line."""
    lines = text.splitlines()
    loader = Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node and (value := loader.construct_document(node)):
                line = node.start_mark.line
                yield value, _template(lines, line) or f"{file}{line + 1}"
    except yaml.YAMLError as error:
        raise UserError(" ".join(str(error).split())) from None
    finally:
        loader.dispose()


def objects(found: Iterable[tuple[Any, str]]) -> Iterator[tuple[dict[str, Any], str]]:
    """The same documents. Raises UserError for one that is no whole Kubernetes object."""
    for value, place in found:
        if wrong := problem(value):
            raise UserError(f"{place}: {wrong}")
        yield value, place


def written(found: list[tuple[dict[str, Any], str]]) -> str:
    """YAML text that `documents` reads the same from, places included."""
    parts = [f"---\n{_SOURCE}{place}\n{yaml.dump(value, Dumper=Dumper, sort_keys=False)}" for value, place in found]
    return "".join(parts) or "\n"


def _template(lines: list[str], line: int) -> str:
    """The template named in the comments above a document, "" without one."""
    for number in range(line - 1, -1, -1):
        above = lines[number]
        if above.startswith(_SOURCE):
            return above.removeprefix(_SOURCE)
        if above.startswith("---"):
            break
    return ""
