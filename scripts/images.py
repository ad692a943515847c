"""Builds the images of the stack's services."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import yaml

from scripts.bases.base_images import BaseImages
from scripts.core.parallel import run_together
from scripts.core.paths import ROOT
from scripts.core.progress import Steps
from scripts.core.runner import Runner
from scripts.docker import build as docker_build
from scripts.docker.engine import Engine
from scripts.services import SERVICES, Service

CHART = ROOT / "charts" / "todo-stack"


def version() -> str:
    """The default tag of the services' images in the chart."""
    return str(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"])


def exact_name(engine: Engine, name: str) -> str:
    """The name of a built image with a tag that differs if the content does, such as todo-backend:0.1.0-5d41402abc4b.

    Nodes keep what they have pulled under a tag, and a rollout needs a change: a tag that is used again gives neither.
    """
    return f"{name}-{engine.images.id(name).removeprefix('sha256:')[:12]}"


def build(
    runner: Runner, engine: Engine, service: Service, bases: BaseImages, steps: Steps, *, target: str, tag: str = ""
) -> None:
    """Build one stage of an image; without a tag this only fills the build cache."""
    args, secrets = bases.build_args(), docker_build.ca_secret()
    spec = docker_build.Spec(ROOT / service.folder, target=target, tag=tag, args=args, secrets=secrets)
    fix = f"see {Path(service.folder) / 'Dockerfile'}, then run this again"
    with steps.step(f"Build {tag or service.image} ({target} stage)") as step:
        docker_build.build(runner, engine, spec, service.image, fix, step.note)
        step.note("")


def warm(runner: Runner, engine: Engine, bases: BaseImages, steps: Steps) -> None:
    """Build all dev stages into the cache, so that the first deployment is fast."""
    run_together(*(partial(build, runner, engine, service, bases, steps, target="dev") for service in SERVICES))
