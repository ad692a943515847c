"""The places that carry the project's version."""

from __future__ import annotations

from dataclasses import dataclass

VERSION = r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}"
CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True)
class Place:
    """A file and a multi-line pattern whose one group is the version; it has to match `count` times."""

    path: str
    pattern: str
    count: int = 1


CHART = Place("charts/todo-stack/Chart.yaml", rf"^version: ({VERSION})$")
# The first one tells the current version.
PLACES = (
    CHART,
    Place(CHART.path, rf'^appVersion: "({VERSION})"$'),
    Place("backend/pyproject.toml", rf'^version = "({VERSION})"$'),
    Place("backend/app/__init__.py", rf'^__version__ = "({VERSION})"$'),
    Place("mcp_server/pyproject.toml", rf'^version = "({VERSION})"$'),
    Place("mcp_server/todo_mcp/__init__.py", rf'^__version__ = "({VERSION})"$'),
    Place("frontend/package.json", rf'^  "version": "({VERSION})",$'),
    Place("frontend/package-lock.json", rf'^  "version": "({VERSION})",$'),
    Place("frontend/package-lock.json", rf'^    "": \{{\n      "name": "[^"]+",\n      "version": "({VERSION})",$'),
    # The stages `dev` and `final` have a label each.
    *(
        Place(f"{folder}/Dockerfile", rf'org\.opencontainers\.image\.version="({VERSION})"$', 2)
        for folder in ("backend", "mcp_server", "frontend")
    ),
)
