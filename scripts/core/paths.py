"""Paths: the checkout, and the cache that all checkouts of a user share."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def cache_dir() -> Path:
    """The cache folder: $TODO_CACHE_DIR, else $XDG_CACHE_HOME/todo-stack, else ~/.cache/todo-stack."""
    if own := os.environ.get("TODO_CACHE_DIR"):
        return Path(own).resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "todo-stack"
