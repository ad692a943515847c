"""Brings an image from a Docker engine to where a cluster finds it, by the route that the cluster's provider names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from scripts.cluster import local_registry
from scripts.cluster.provider import ImageRoute
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Result, Runner

LOADERS = {
    "kind-load": ["kind", "load", "docker-image", "--name"],
    "k3d-import": ["k3d", "image", "import", "--cluster"],
}
NODES = {"kind-load": "{}-control-plane", "k3d-import": "k3d-{}-server-0"}
MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"


class InEngine:
    """A runner whose docker talks to the engine that `env` names (ImageRoute.env)."""

    def __init__(self, runner: Runner, env: Mapping[str, str]) -> None:
        self._runner = runner
        self._env = env

    def which(self, name: str) -> str | None:
        return self._runner.which(name)

    def run(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any) -> Result:
        return self._runner.run(argv, env={**self._env, **(env or {})}, **options)


def pull_name(route: ImageRoute, name: str) -> str:
    """How pods name an image that was delivered as `name`, such as todo-backend:0.1.0."""
    return f"{route.pull_host}/{name}" if route.by_host_only else name


def deliver(runner: Runner, cli: str, route: ImageRoute, image: str, name: str, steps: Steps) -> None:
    """Make `image`, present in the route's engine, what the cluster pulls as `pull_name(route, name)`.

    Nothing is sent that is there already. UserError names the image and where it could not be brought.
    """
    image_id = runner.run([cli, "image", "inspect", "--format", "{{.Id}}", image]).stdout.strip()
    if route.kind == "registry":
        target = f"{route.push_host}/{name}" if route.by_host_only else f"{route.push_host}/library/{name}"
        if id_in_registry(target) != image_id:
            push(runner, cli, image, target, steps)
    elif route.kind == "docker-env":
        if image != name:
            runner.run([cli, "tag", image, name])
    elif _id_on_node(runner, cli, route, name) != image_id:
        _load(runner, cli, route, image, name, steps)


def push(runner: Runner, cli: str, image: str, target: str, steps: Steps) -> None:
    """Push a local image under a name that begins with a registry."""
    registry = target.partition("/")[0]
    with steps.step(f"Push {target}") as step:
        try:
            if image != target:
                runner.run([cli, "tag", image, target])
            runner.run([cli, "push", "--quiet", target], on_line=step.note)
        except CommandFailed as failed:
            raise UserError(
                f"{target} could not be pushed: {failed.result.last_line()}",
                f"check that {registry} is up and that you may push there (docker login {registry})",
            ) from None
        step.note("")


def id_in_registry(target: str) -> str:
    """The id of the image that a registry holds under this name; "" when it has none, or does not say."""
    host, _, rest = target.partition("/")
    repository, _, tag = rest.rpartition(":")
    try:
        answer = local_registry.ask(host, f"{repository}/manifests/{tag}", MANIFESTS)
        return str(answer.json()["config"]["digest"]) if answer.status_code == 200 else ""
    except (httpx.HTTPError, ValueError, KeyError):
        return ""


def _id_on_node(runner: Runner, cli: str, route: ImageRoute, name: str) -> str:
    """The id of the image on the first node of a kind or k3d cluster; "" when it is not there."""
    node = NODES[route.kind].format(route.cluster)
    asked = ["crictl", "inspecti", "--output", "go-template", "--template", "{{.status.id}}", name]
    found = runner.run([cli, "exec", node, *asked], check=False, timeout=30)
    return found.stdout.strip() if found.returncode == 0 else ""


def _load(runner: Runner, cli: str, route: ImageRoute, image: str, name: str, steps: Steps) -> None:
    """The loaders keep the name that the engine has, so a stand-in bears the official one for as long as that takes."""
    with steps.step(f"Load {name} into cluster {route.cluster}") as step:
        if image != name:
            runner.run([cli, "tag", image, name])
        loader = [*LOADERS[route.kind], route.cluster, name]
        try:
            runner.run(loader, on_line=step.note)
        except CommandFailed as failed:
            raise UserError(
                f"{name} could not be loaded into cluster {route.cluster}: {failed.result.last_line()}",
                f"see what this says: {' '.join(loader)}",
            ) from None
        finally:
            if image != name:
                runner.run([cli, "image", "rm", name], check=False)
        step.note("")
