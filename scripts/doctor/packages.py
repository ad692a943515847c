"""Packages that are missing: ./dev up installs them as root, and other users have to be told."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.docker import debian, prepare
from scripts.doctor.finding import Finding, ok, problem, warning


def base_image(runner: Runner) -> Finding:
    """Of what the embedded cluster's base image is made with."""
    if missing := debian.missing_packages(runner):
        return not_installed("packages", runner, missing)
    return ok("packages", "the base image of the embedded cluster can be made")


def not_installed(topic: str, runner: Runner, packages: Sequence[str]) -> Finding:
    """Where ./dev up would refuse, in its words."""
    try:
        prepare.check_may_install(runner, packages)
    except UserError as error:
        return problem(topic, error.what, error.fix)
    return warning(topic, f"not installed: {', '.join(packages)}", "./dev up installs that")
