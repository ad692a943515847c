"""`./dev bases`: the images that builds start from, official or stand-ins; the database's where a cluster needs it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from scripts import bases, prepare
from scripts.bases.ensure import ca_bundle
from scripts.cluster import select
from scripts.cluster.provider import ImageRoute
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess
from scripts.image_delivery import InEngine, deliver

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


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--json", action="store_true", help="print what the Tiltfile needs")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    provider, _ = select.choose(args.cluster, runner, lambda: prepare.docker(runner, steps, check_space=False))
    route = provider.image_route() if provider.status().state == "running" else None
    there = InEngine(runner, route.env if route else {})
    engine = prepare.docker(there, steps, check_space=False)
    found = ensure(there, engine.cli, steps)
    if route:
        publish_database(there, engine.cli, route, found, steps)
    if args.json:
        answer = {
            "build_args": found.build_args(),
            "ca": ca_bundle(os.environ),
            "helm_set": found.helm_set(route),
        }
        print(json.dumps(answer))
    else:
        for purpose, name in found.names.items():
            print(f"{purpose}: {name}")
    sys.stdout.flush()
    return 0


def ensure(runner: Runner, cli: str, steps: Steps) -> BaseImages:
    """The official images where they can be had, else stand-ins made from packages."""
    return BaseImages(bases.ensure(runner, cli, steps))


def publish_database(runner: Runner, cli: str, route: ImageRoute, images: BaseImages, steps: Steps) -> None:
    """Put a stand-in for the database where the cluster finds it as `postgres:17`, or by the name in `helm_set`.

    An official image is left to the cluster to pull.
    """
    name = images.names["postgres"]
    if name.startswith(STAND_IN):
        deliver(runner, cli, route, name, DATABASE, steps)
