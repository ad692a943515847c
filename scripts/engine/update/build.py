"""Builds an image with BuildKit by the docker CLI, names it by its content and has it delivered to the cluster."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster.provider import ImageRoute
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.docker import delivery
from scripts.engine.model import Image

_STEP = re.compile(r"^#(\d+) (?:\d+\.\d+ )?(.*)$")
_FAILED = re.compile(r"^#(\d+) ERROR")
_PLACE = re.compile(r"^\S*Dockerfile\S*:(\d+)$")
_FAILED_STEP = re.compile(r"^ > \[[^\]]*\] (.*):$")


@dataclass(frozen=True)
class Built:
    """`ref` is what pods name; its tag comes from the image's id."""

    ref: str
    image_id: str


def build_argv(docker: str, image: Image, id_file: Path) -> list[str]:
    argv = [docker, "build", "--progress=plain", "--iidfile", str(id_file), "--file", str(image.dockerfile)]
    argv += ["--target", image.target] if image.target else []
    argv += [word for pair in image.build_args for word in ("--build-arg", "=".join(pair))]
    argv += [word for secret in image.secrets for word in ("--secret", secret)]
    return [*argv, str(image.context)]


def tag_of(image_id: str) -> str:
    """Tilt's form: the first 16 hex digits of the image's id."""
    return f"tilt-{image_id.removeprefix('sha256:')[:16]}"


def line_of(dockerfile: str, instruction: str) -> str:
    """The number of the line on which an instruction begins, given as BuildKit prints it: on one line."""
    lines = dockerfile.splitlines()
    for number, line in enumerate(lines):
        whole = line.strip()
        for more in lines[number + 1 :]:
            if not whole.endswith("\\"):
                break
            whole = whole[:-1] + more.strip()
        if whole and whole.split() == instruction.split():
            return str(number + 1)
    return ""


def failure(lines: Sequence[str], dockerfile: str) -> str:
    """Why a build failed: the place in the Dockerfile and what the failed step said.

    A newer BuildKit tells the line; of an older one the failed instruction is looked up in the Dockerfile's text.
    """
    step = next((found[1] for line in reversed(lines) if (found := _FAILED_STEP.match(line))), "")
    told = next((found[1] for line in reversed(lines) if (found := _PLACE.match(line.strip()))), "")
    place = f"Dockerfile:{line}" if (line := told or line_of(dockerfile, step)) else ""
    number = next((found[1] for line in reversed(lines) if (found := _FAILED.match(line))), "")
    steps = [found for line in lines if not _FAILED.match(line) and (found := _STEP.match(line))]
    said = [step[2].strip() for step in steps if step[1] == number and step[2].strip()]
    errors = [text for text in said if "error" in text.lower() and "complete log" not in text]
    reason = (errors or said[1:] or [line.strip() for line in lines if line.strip()] or ["no output"])[-1]
    return f"{place}: {reason}" if place else reason


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""  # deleted meanwhile: the reason has to do without its place


class Builder:
    """Builds for one cluster, by the route that its provider names."""

    def __init__(self, runner: Runner, docker: str, route: ImageRoute, steps: Steps) -> None:
        self._runner = delivery.InEngine(runner, {"DOCKER_BUILDKIT": "1", **route.env})
        self._docker, self._route, self._steps = docker, route, steps

    def build(self, image: Image, on_line: Callable[[str], None]) -> Built:
        """Build and deliver. Raises UserError that says which step failed and why."""
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            on_line(line)

        with tempfile.TemporaryDirectory() as scratch:
            id_file = Path(scratch) / "id"
            try:
                self._runner.run(build_argv(self._docker, image, id_file), on_line=heard)
            except CommandFailed:
                reason = failure(lines, _text(image.dockerfile))
                raise UserError(f"the build of {image.ref} failed: {reason}", "mend it and save") from None
            image_id = id_file.read_text().strip()
        name = f"{image.ref}:{tag_of(image_id)}"
        delivery.deliver(self._runner, self._docker, self._route, image_id, name, self._steps)
        return Built(delivery.pull_name(self._route, name), image_id)

    def forget(self, built: Built) -> None:
        """Drop an image that is no longer deployed; its layers stay in the build cache."""
        self._runner.run([self._docker, "image", "rm", "--force", built.image_id], check=False)
