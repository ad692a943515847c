"""How images get into another product's local cluster: its own registry, the engine it shares, or its loader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.cluster import api, local_registry
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker import registry
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute, RouteKind

if TYPE_CHECKING:
    from scripts.kube.api import Kube

# Product → kind of route and the program that loads.
LOADERS: dict[str, tuple[RouteKind, str]] = {"kind": ("kind-load", "kind"), "k3d": ("k3d-import", "k3d")}


def route(runner: Runner, kube: Kube, context: str, product: str, cluster: str) -> ImageRoute:
    """Where images go, by evidence, and verified. Changes nothing. `cluster` is the name that the product gave."""
    announced = local_registry.find(kube)
    if announced:
        registry.check(announced.host, "start it, or remove what announces it")
        why = f"the cluster announces the registry {announced.host} (kube-public/local-registry-hosting)"
        return ImageRoute("registry", announced.host, announced.from_runtime, by_host_only=True, why=why)
    if product in LOADERS:
        kind, program = LOADERS[product]
        if runner.which(program) is None:
            raise UserError(
                f"cluster {context} announces no registry, and {program}, which loads images, is not installed",
                f"install {program}, or give the cluster a registry",
            )
        return ImageRoute(kind, cluster=cluster, why=f"the cluster announces no registry, so {program} loads them")
    nodes = api.nodes(kube, context)
    runtimes = {str(node["status"]["nodeInfo"]["containerRuntimeVersion"]) for node in nodes}
    if product and all(runtime.startswith("docker://") for runtime in runtimes):
        _check_engine(context, {str(node["metadata"]["name"]) for node in nodes})
        return ImageRoute("docker-env", why=f"{product} runs the images of this machine's Docker engine")
    raise UserError(
        f"cluster {context} ({', '.join(sorted(runtimes))}) announces no registry for images",
        "give it one (kube-public/local-registry-hosting), or push them with: ./dev images --push REGISTRY",
    )


def _check_engine(context: str, nodes: set[str]) -> None:
    """The engine that docker talks to must be the one that the cluster's nodes are."""
    facts = Engine().facts
    if facts.name not in nodes and facts.system not in ("Docker Desktop", "OrbStack"):
        raise UserError(
            f"docker talks to engine {facts.name}, not to that of cluster {context}",
            "choose it with: docker context use (docker context ls lists them)",
        )
