"""Builds an image, names it by its content and has it delivered to the cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import build, delivery
from scripts.docker.engine import Engine
from scripts.docker.route import ImageRoute
from scripts.tiltfile.manifests import repository
from scripts.tiltfile.model import Image


@dataclass(frozen=True)
class BuiltImage:
    """`ref` is what pods name; its tag comes from the image's id."""

    ref: str
    image_id: str


def spec_of(image: Image) -> build.Spec:
    args = dict(image.build_args)
    return build.Spec(image.context, image.dockerfile, image.target, args=args, secrets=image.secrets)


def tag_of(image_id: str) -> str:
    """Tilt's form: the first 16 hex digits of the image's id."""
    return f"tilt-{image_id.removeprefix('sha256:')[:16]}"


class Builder:
    """Builds for one cluster, by the route that its provider names. `engine` is the route's."""

    def __init__(self, runner: Runner, engine: Engine, route: ImageRoute, steps: Steps) -> None:
        self._runner, self._engine, self._route, self._steps = runner, engine, route, steps

    def build(self, image: Image, on_line: Callable[[str], None]) -> BuiltImage:
        """Build and deliver. UserError names the step that failed and why."""
        image_id = build.build(self._runner, self._engine, spec_of(image), image.ref, "fix it and save again", on_line)
        name = f"{repository(image.ref)}:{tag_of(image_id)}"
        delivery.deliver(self._runner, self._engine, self._route, image_id, name, self._steps)
        return BuiltImage(delivery.pull_name(self._route, name), image_id)

    def forget(self, built: BuiltImage) -> None:
        """Remove an image that is no longer deployed; its layers stay in the build cache."""
        self._engine.images.remove(built.image_id, force=True)
