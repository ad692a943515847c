"""Builds an image with BuildKit by the docker CLI, names it by its content and brings it to where the cluster pulls it."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster.provider import ImageRoute
from scripts.core.errors import UserError
from scripts.core.runner import CommandFailed, Runner
from scripts.engine import ignore
from scripts.engine.model import Image
from scripts.engine.tree import files_below

LOADERS = {"kind-load": ["kind", "load", "docker-image", "--name"], "k3d-import": ["k3d", "image", "import", "--cluster"]}
_STEP_OUTPUT = re.compile(r"^#(\d+) (?:\d+\.\d+ )?(.*)$")
_STEP_ERROR = re.compile(r"^#(\d+) ERROR:? (.*)$")
_PLACE = re.compile(r"^(\S*Dockerfile\S*:\d+)$")


@dataclass(frozen=True)
class Built:
    """`ref` is the full reference under which the cluster finds the image; its tag comes from the image's id."""

    ref: str
    image_id: str


def build_argv(docker: str, image: Image, id_file: Path, context: str) -> list[str]:
    argv = [docker, "build", "--progress=plain", "--iidfile", str(id_file)]
    argv += ["--file", "Dockerfile" if context == "-" else str(image.dockerfile)]
    argv += ["--target", image.target] if image.target else []
    for key, value in image.build_args:
        argv += ["--build-arg", f"{key}={value}"]
    for secret in image.secrets:
        argv += ["--secret", secret]
    return [*argv, context]


def tag_of(image_id: str) -> str:
    """Tilt's form: the first 16 hex digits of the image's id."""
    return f"tilt-{image_id.removeprefix('sha256:')[:16]}"


def failure(lines: Sequence[str]) -> str:
    """The reason of a failed build: place in the Dockerfile where BuildKit tells it, and the failed step's last words."""
    place = next((found.group(1) for line in reversed(lines) if (found := _PLACE.match(line.strip()))), "")
    errors = [found for line in lines if (found := _STEP_ERROR.match(line))]
    said: list[str] = []
    if errors:
        number = errors[-1].group(1)
        matches = [found for line in lines if (found := _STEP_OUTPUT.match(line)) and found.group(1) == number]
        said = [text for found in matches if (text := found.group(2).strip()) and not text.startswith("ERROR")]
    reason = said[-1] if len(said) > 1 else next((line.strip() for line in reversed(lines) if line.strip()), "no output")
    return f"{place}: {reason}" if place else reason


def context_archive(image: Image) -> bytes:
    """The build context as a tar, for images whose context is narrowed by only= or ignore=."""
    chosen = ignore.Ignore(ignore.build_matchers(image))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in files_below(image.context, chosen):
            tar.add(path, arcname=str(path.relative_to(image.context)), recursive=False)
        tar.add(image.dockerfile, arcname="Dockerfile", recursive=False)
    return buffer.getvalue()


class Builder:
    """Builds for one cluster. `context` is its kube context, which names the cluster for kind and k3d."""

    def __init__(self, runner: Runner, docker: str, route: ImageRoute, context: str) -> None:
        self._runner = runner
        self._docker = docker
        self._route = route
        self._cluster = context.partition("-")[2]
        self._env = {"DOCKER_BUILDKIT": "1", **route.env}

    def build(self, image: Image, on_line: Callable[[str], None]) -> Built:
        """Build and deliver. Raises UserError that says which step failed and why."""
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            on_line(line)

        narrowed = bool(image.only or image.ignore)
        with tempfile.TemporaryDirectory() as scratch:
            id_file = Path(scratch) / "id"
            argv = build_argv(self._docker, image, id_file, "-" if narrowed else str(image.context))
            data = context_archive(image) if narrowed else None
            try:
                self._runner.run(argv, env=self._env, on_line=heard, input=data)
            except CommandFailed:
                place = f"{image.context.name}/"
                raise UserError(f"the build of {image.ref} failed: {place}{failure(lines)}", "mend it and save") from None
            image_id = id_file.read_text().strip()
        return Built(self._deliver(image, image_id, heard), image_id)

    def forget(self, built: Built) -> None:
        """Drop the local name of an image that is no longer deployed; its layers stay in the build cache."""
        self._runner.run([self._docker, "image", "rm", built.ref], env=self._env, check=False)

    def _deliver(self, image: Image, image_id: str, on_line: Callable[[str], None]) -> str:
        route, tag = self._route, tag_of(image_id)
        local = f"{route.push_host}/{image.ref}:{tag}" if route.push_host else f"{image.ref}:{tag}"
        self._runner.run([self._docker, "tag", image_id, local], env=self._env)
        try:
            if route.kind == "registry":
                self._runner.run([self._docker, "push", "--quiet", local], env=self._env, on_line=on_line)
                return f"{route.pull_host or route.push_host}/{image.ref}:{tag}"
            if loader := LOADERS.get(route.kind):
                self._runner.run([*loader, self._cluster, local], env=self._env, on_line=on_line)
        except CommandFailed as failed:
            where = route.push_host or f"cluster {self._cluster}"
            reason = failed.result.last_line()
            raise UserError(f"{image.ref} could not be brought to {where}: {reason}", "see: ./dev cluster status") from None
        return local
