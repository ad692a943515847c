"""Access to the contexts of a kubeconfig."""

from __future__ import annotations

from pathlib import Path

from scripts.kube import kubeconfig
from scripts.kube.access import Access


def connect(file: Path, context: str, fix: str) -> Access:
    """Access to one context of a file, never to the one that happens to be current. Raises UserError with `fix`."""
    if access := kubeconfig.read(file, context):
        return access
    from scripts.kube import library

    return library.read(file, context, fix)
