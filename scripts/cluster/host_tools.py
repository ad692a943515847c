"""kubectl and helm for clusters of other products."""

from __future__ import annotations

from pathlib import Path

from scripts.core.runner import Runner


def folder(runner: Runner) -> Path | None:
    """None where kubectl and helm are on PATH; else the folder of those made for the embedded cluster, if they are."""
    if runner.which("kubectl") and runner.which("helm"):
        return None
    from scripts.cluster.embedded import Embedded

    compiled = Embedded(runner).bin_dir()
    return compiled if compiled.is_dir() else None
