"""The images that builds start from: official or stand-ins, and the database's where a cluster needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scripts import bases
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker.delivery import deliver
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute

DATABASE = "postgres:17"
STAND_IN = "todo-base/"


@dataclass(frozen=True)
class BaseImages:
    """Names of the base images by what they are for (python, node, postgres)."""

    names: Mapping[str, str]

    def build_args(self) -> dict[str, str]:
        return {"PYTHON_BASE": self.names["python"], "NODE_BASE": self.names["node"]}

    def helm_set(self, route: ImageRoute | None) -> list[str]:
        """Values for the chart, where the cluster pulls the database's stand-in by another name than the official."""
        if route and route.by_host_only and self.names["postgres"].startswith(STAND_IN):
            return [f"postgres.image.registry={route.pull_host}"]
        return []


def ensure(runner: Runner, engine: Engine, steps: Steps) -> BaseImages:
    """The official images where they can be had, else stand-ins made from packages."""
    return BaseImages(bases.ensure(runner, engine, steps))


def publish_database(runner: Runner, engine: Engine, route: ImageRoute, images: BaseImages, steps: Steps) -> None:
    """Put a stand-in for the database where the cluster finds it as `postgres:17`, or by the name in `helm_set`.

    An official image is left to the cluster to pull.
    """
    name = images.names["postgres"]
    if name.startswith(STAND_IN):
        deliver(runner, engine, route, name, DATABASE, steps)
