"""Asks before a cluster is deleted."""

from __future__ import annotations

import sys


def deletion(name: str) -> bool:
    """Whether a person at the terminal agrees; without a terminal nobody does."""
    if not sys.stdin.isatty():
        print("this deletes the cluster with all its data; confirm with --yes", file=sys.stderr)
        return False
    return input(f"Delete cluster {name} with all its data? [y/N] ").strip().lower() in ("y", "yes")
