"""The services of the stack: names, folders, images and sources.

The Tiltfile has the same images and folders; a test compares them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Service:
    """`component` is the label and the resource name, `folder` the build context in the checkout; `sources` are the
    files and folders in it that the revision covers."""

    component: str
    folder: str
    image: str
    sources: tuple[str, ...]

    @property
    def values(self) -> str:
        """The key of the component's values in the chart: mcpServer for mcp-server."""
        first, *others = self.component.split("-")
        return first + "".join(word.capitalize() for word in others)


SERVICES = (
    Service("backend", "backend", "todo-backend", ("app", "migrations")),
    Service("mcp-server", "mcp_server", "todo-mcp-server", ("todo_mcp",)),
    Service("frontend", "frontend", "todo-frontend", ("src", "public", "server", "index.html", "vite.config.ts")),
)


def by_component(component: str) -> Service | None:
    """None for a component without sources in this checkout, such as the database."""
    return next((service for service in SERVICES if service.component == component), None)


def by_image(image: str, file: Path = Path(__file__)) -> Service | None:
    """None for an image that is not built from this checkout. By the table as it is saved now, since a service may be
    added while the loop runs; as it was read at the start where it is half saved."""
    table: dict[str, Any] = {"__name__": __name__, "SERVICES": SERVICES}
    with suppress(Exception):
        exec(compile(file.read_bytes(), file, "exec"), table)
    services: tuple[Service, ...] = table["SERVICES"]
    return next((service for service in services if service.image == image), None)
