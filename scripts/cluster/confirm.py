"""Asks before something is deleted."""

from __future__ import annotations

import sys


def agrees(question: str) -> bool:
    """Whether a person at the terminal agrees; without a terminal nobody does."""
    if not sys.stdin.isatty():
        print(f"{question} Confirm with --yes", file=sys.stderr)
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl+D
        print(file=sys.stderr)
        return False


def deletion(name: str) -> bool:
    """Whether a person at the terminal wants a cluster to be deleted."""
    return agrees(f"Delete cluster {name} with all its data?")
