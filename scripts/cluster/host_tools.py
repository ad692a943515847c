"""kubectl and helm for clusters of other products."""

from __future__ import annotations

from pathlib import Path

from scripts.core import versions
from scripts.core.errors import UserError
from scripts.core.runner import Runner


def require_helm(runner: Runner) -> None:
    """Raise UserError, before minutes of work, if there is no helm to render the chart with."""
    if runner.which("helm") is None and folder(runner) is None:
        oldest = versions.dotted(versions.HELM.oldest)
        raise UserError(
            "helm is not installed", f"install Helm {oldest} or newer, see https://helm.sh/docs/intro/install"
        )


def folder(runner: Runner) -> Path | None:
    """None where kubectl and helm are on PATH; else the folder of those made for the embedded cluster, if they are."""
    if runner.which("kubectl") and runner.which("helm"):
        return None
    from scripts.cluster.embedded.provider import Embedded

    compiled = Embedded(runner).bin_dir()
    return compiled if compiled.is_dir() else None
