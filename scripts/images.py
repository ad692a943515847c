"""The stack's own images: which there are and how one is built."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from scripts.base_images import BaseImages
from scripts.bases.ensure import BUILDER, ca_bundle
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner


@dataclass(frozen=True)
class ServiceImage:
    """An image's name and the folder, relative to the checkout, that it is built from."""

    name: str
    folder: str


SERVICES = (
    ServiceImage("todo-backend", "backend"),
    ServiceImage("todo-mcp-server", "mcp_server"),
    ServiceImage("todo-frontend", "frontend"),
)


CHART = ROOT / "charts" / "todo-stack"


def version() -> str:
    """The tag that the chart gives to images of ours where a user names none."""
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])


def build_argv(cli: str, image: ServiceImage, bases: BaseImages, *, target: str, tag: str, ca: str) -> list[str]:
    """`docker build` of one stage; without a tag it only fills the build cache."""
    argv = [cli, "build", "--progress=plain", "--target", target]
    argv += ["--tag", tag] if tag else []
    argv += [word for pair in bases.build_args().items() for word in ("--build-arg", "=".join(pair))]
    argv += ["--secret", f"id=ca,src={ca}"] if ca else []
    return [*argv, str(ROOT / image.folder)]


def build(
    runner: Runner, cli: str, image: ServiceImage, bases: BaseImages, steps: Steps, *, target: str, tag: str = ""
) -> None:
    """Build one stage of an image. UserError names the image and what its build said last."""
    argv = build_argv(cli, image, bases, target=target, tag=tag, ca=ca_bundle(os.environ))
    with steps.step(f"Build {tag or image.name} ({target} stage)") as step:
        try:
            runner.run(argv, env=BUILDER, on_line=step.note)
        except CommandFailed as failed:
            said = [line for line in failed.result.stdout.splitlines() if "ERROR" in line or "error:" in line]
            reason = said[0].strip() if said else failed.result.last_line()
            dockerfile = Path(image.folder) / "Dockerfile"
            fix = f"see {dockerfile}, then run this again"
            raise UserError(f"the build of {image.name} failed: {reason}", fix) from None
        step.latest = ""


def warm(runner: Runner, cli: str, bases: BaseImages, steps: Steps) -> None:
    """Fill the build cache for the dev stages, so that the first deployment has nothing left to build."""
    run_together(*(partial(build, runner, cli, image, bases, steps, target="dev") for image in SERVICES))
