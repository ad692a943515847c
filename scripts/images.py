"""The stack's own images: which there are and how one is built."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import yaml

from scripts.bases.base_images import BaseImages
from scripts.bases.ensure import BUILDER, ca_bundle
from scripts.core.errors import UserError
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import CommandFailed, Runner
from scripts.services import SERVICES, Service

CHART = ROOT / "charts" / "todo-stack"


def version() -> str:
    """The tag that the chart gives to images of ours where a user names none."""
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])


def build_argv(cli: str, service: Service, bases: BaseImages, *, target: str, tag: str, ca: str) -> list[str]:
    """`docker build` of one stage; without a tag it only fills the build cache."""
    argv = [cli, "build", "--progress=plain", "--target", target]
    argv += ["--tag", tag] if tag else []
    argv += [word for pair in bases.build_args().items() for word in ("--build-arg", "=".join(pair))]
    argv += ["--secret", f"id=ca,src={ca}"] if ca else []
    return [*argv, str(ROOT / service.folder)]


def build(
    runner: Runner, cli: str, service: Service, bases: BaseImages, steps: Steps, *, target: str, tag: str = ""
) -> None:
    """Build one stage of an image. UserError names the image and what its build said last."""
    argv = build_argv(cli, service, bases, target=target, tag=tag, ca=ca_bundle(os.environ))
    with steps.step(f"Build {tag or service.image} ({target} stage)") as step:
        try:
            runner.run(argv, env=BUILDER, on_line=step.note)
        except CommandFailed as failed:
            said = [line for line in failed.result.stdout.splitlines() if "ERROR" in line or "error:" in line]
            reason = said[0].strip() if said else failed.result.last_line()
            dockerfile = Path(service.folder) / "Dockerfile"
            fix = f"see {dockerfile}, then run this again"
            raise UserError(f"the build of {service.image} failed: {reason}", fix) from None
        step.latest = ""


def warm(runner: Runner, cli: str, bases: BaseImages, steps: Steps) -> None:
    """Fill the build cache for the dev stages, so that the first deployment has nothing left to build."""
    run_together(*(partial(build, runner, cli, service, bases, steps, target="dev") for service in SERVICES))
