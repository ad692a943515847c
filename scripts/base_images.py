"""`./dev bases`: the images that builds start from, official or stand-ins, and the database's where a cluster needs it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from scripts import bases, prepare
from scripts.bases.ensure import ca_bundle
from scripts.cluster import select
from scripts.cluster.provider import Provider
from scripts.core.progress import Steps
from scripts.core.runner import Runner, Subprocess

DATABASE = "postgres:17"
STAND_IN = "todo-base/"


@dataclass(frozen=True)
class BaseImages:
    """Names of the base images by what they are for (python, node, postgres)."""

    names: Mapping[str, str]

    def build_args(self) -> dict[str, str]:
        return {"PYTHON_BASE": self.names["python"], "NODE_BASE": self.names["node"]}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--json", action="store_true", help="print build arguments and CA bundle, for the Tiltfile")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    engine = prepare.docker(runner, steps, check_space=False)
    found = ensure(runner, engine.cli, steps)
    provider, _ = select.choose(args.cluster, runner)
    if provider.status().state == "running":
        publish_database(runner, engine.cli, provider, found, steps)
    if args.json:
        print(json.dumps({"build_args": found.build_args(), "ca": ca_bundle(os.environ)}))
    else:
        for purpose, name in found.names.items():
            print(f"{purpose}: {name}")
    sys.stdout.flush()
    return 0


def ensure(runner: Runner, cli: str, steps: Steps) -> BaseImages:
    """The official images where they can be had, else stand-ins made from packages."""
    return BaseImages(bases.ensure(runner, cli, steps))


def publish_database(runner: Runner, cli: str, provider: Provider, images: BaseImages, steps: Steps) -> None:
    """Put a stand-in for the database where the cluster pulls it under the official name.

    An official image is left to the cluster to pull.
    """
    name, route = images.names["postgres"], provider.image_route()
    if not name.startswith(STAND_IN) or route.kind != "registry":
        return
    image_id = runner.run([cli, "image", "inspect", "--format", "{{.Id}}", name]).stdout.strip()
    if _config_digest(route.push_host, f"library/{DATABASE}") == image_id:
        return
    target = f"{route.push_host}/library/{DATABASE}"
    with steps.step(f"Publish {DATABASE} to the cluster's registry"):
        runner.run([cli, "tag", name, target])
        runner.run([cli, "push", "--quiet", target])


def _config_digest(host: str, image: str) -> str:
    """The id of the image that the registry holds under this name; "" when it has none."""
    repository, _, tag = image.partition(":")
    accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"}
    answer = httpx.get(f"http://{host}/v2/{repository}/manifests/{tag}", headers=accept, timeout=10)
    return str(answer.json()["config"]["digest"]) if answer.status_code == 200 else ""
