"""The services of the stack: the one table of their names, folders, images and sources.

The Tiltfile names the same images and folders; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """`component` is its label and the name of its resource, `folder` its build context in the checkout, `image` its
    image; `sources` are the files and folders in `folder` that its revision covers."""

    component: str
    folder: str
    image: str
    sources: tuple[str, ...]


SERVICES = (
    Service("backend", "backend", "todo-backend", ("app", "migrations")),
    Service("mcp-server", "mcp_server", "todo-mcp-server", ("todo_mcp",)),
    Service("frontend", "frontend", "todo-frontend", ("src", "public", "server", "index.html", "vite.config.ts")),
)


def by_component(component: str) -> Service | None:
    """None for a component without sources here, such as the database."""
    return next((service for service in SERVICES if service.component == component), None)


def by_image(image: str) -> Service | None:
    """None for an image that is not built here."""
    return next((service for service in SERVICES if service.image == image), None)
