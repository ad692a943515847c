"""Runs a Tiltfile on a cluster where Tilt is absent. The names below are for the rest of the project; the packages
and modules in here are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.engine.page.client import (
    log_lines,
    recent_updates,
    running_loop,
    state_changes,
    status_snapshot,
    trigger,
)
from scripts.engine.page.server import page_port
from scripts.engine.proof.endpoint import Endpoint, revision_via_service, revision_via_url
from scripts.engine.settings import Ended, Settings
from scripts.tiltfile.failure import EvaluationFailed as TiltfileError
from scripts.tiltfile.model import Image

if TYPE_CHECKING:
    from scripts.cluster.provider import Provider
    from scripts.core.progress import Steps
    from scripts.docker.engine import Engine
    from scripts.kube.api import Kube


def load() -> None:
    """Import all of the engine ahead of `run`: for a caller that waits for something else."""
    from scripts.engine import session  # noqa: F401


def run(settings: Settings, provider: Provider, kube: Kube, *, once: bool, steps: Steps, docker: Engine) -> int:
    """Bring a stack up and keep it so; see `session.run`, which is imported only here: it needs all of the engine."""
    from scripts.engine import session

    return session.run(settings, provider, kube, once=once, steps=steps, docker=docker)


__all__ = [
    "Ended",
    "Endpoint",
    "Image",
    "Settings",
    "TiltfileError",
    "load",
    "log_lines",
    "page_port",
    "recent_updates",
    "revision_via_service",
    "revision_via_url",
    "run",
    "running_loop",
    "state_changes",
    "status_snapshot",
    "trigger",
]
