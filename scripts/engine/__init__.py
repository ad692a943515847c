"""Runs a Tiltfile on a cluster where Tilt is absent. The names below are for the rest of the project; the packages
and modules in here are not."""

from scripts.engine.page.client import log_lines, running_loop, status_snapshot, trigger
from scripts.engine.page.server import page_port
from scripts.engine.proof.endpoint import Endpoint, revision_via_service, revision_via_url

__all__ = [
    "Endpoint",
    "log_lines",
    "page_port",
    "revision_via_service",
    "revision_via_url",
    "running_loop",
    "status_snapshot",
    "trigger",
]
