"""Delivers an image from an engine to where a cluster pulls it, by the route that the cluster's provider names."""

from __future__ import annotations

import json

from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import registry
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError
from scripts.docker.route import ImageRoute

LOADERS = {
    "kind-load": ["kind", "load", "docker-image", "--name"],
    "k3d-import": ["k3d", "image", "import", "--cluster"],
}
NODES = {"kind-load": "{}-control-plane", "k3d-import": "k3d-{}-server-0"}
MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"


def pull_name(route: ImageRoute, name: str) -> str:
    """How pods name an image that was delivered as `name`, such as todo-backend:0.1.0."""
    return f"{route.pull_host}/{name}" if route.by_host_only else name


def deliver(runner: Runner, engine: Engine, route: ImageRoute, image: str, name: str, steps: Steps) -> None:
    """Make `image`, present in the route's engine, what the cluster pulls as `pull_name(route, name)`.

    What the cluster already has is not sent again. UserError names the image and where it could not be sent.
    """
    image_id = engine.images.id(image)
    if not image_id:
        raise UserError(f"{engine.connection.name} has no image {image}", "build it again")
    if route.kind == "registry":
        target = f"{route.push_host}/{name}" if route.by_host_only else f"{route.push_host}/library/{name}"
        if id_in_registry(target) != image_id:
            push(engine, image, target, steps)
    elif route.kind == "docker-env":
        if image != name:
            engine.images.tag(image, name)
    elif _id_on_node(engine, route, name) != image_id:
        _load(runner, engine, route, image, name, steps)


def push(engine: Engine, image: str, target: str, steps: Steps) -> None:
    """Push a local image under a name that begins with a registry."""
    registry = target.partition("/")[0]
    with steps.step(f"Push {target}") as step:
        if image != target:
            engine.images.tag(image, target)
        try:
            engine.images.push(target, step.note)
        except EngineError as error:
            fix = f"check that {registry} is up and that you may push there (docker login {registry})"
            raise UserError(error.what, fix) from None
        step.note("")


def id_in_registry(target: str) -> str:
    """The id of the image that a registry holds under this name; "" when it has none, or does not say."""
    host, _, rest = target.partition("/")
    repository, _, tag = rest.rpartition(":")
    try:
        status, body = registry.ask(host, f"{repository}/manifests/{tag}", MANIFESTS)
        return str(json.loads(body)["config"]["digest"]) if status == 200 else ""
    except (registry.NoAnswer, ValueError, KeyError):
        return ""


def _id_on_node(engine: Engine, route: ImageRoute, name: str) -> str:
    """The id of the image on the first node of a kind or k3d cluster; "" if it is not there."""
    node = NODES[route.kind].format(route.cluster)
    asked = ["crictl", "inspecti", "--output", "go-template", "--template", "{{.status.id}}", name]
    try:
        found = engine.containers.exec(node, *asked, seconds=30)
    except EngineError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _load(runner: Runner, engine: Engine, route: ImageRoute, image: str, name: str, steps: Steps) -> None:
    """The loaders keep the engine's name of an image, so a stand-in has the official name for as long as that takes."""
    with steps.step(f"Load {name} into cluster {route.cluster}") as step:
        if image != name:
            engine.images.tag(image, name)
        loader = [*LOADERS[route.kind], route.cluster, name]
        try:
            runner.run(loader, env=engine.env, on_line=step.note)
        except CommandFailed as failed:
            raise UserError(
                f"{name} could not be loaded into cluster {route.cluster}: {failed.result.last_line()}",
                f"see what this says: {' '.join(loader)}",
            ) from None
        finally:
            if image != name:
                engine.images.remove(name)
        step.note("")
