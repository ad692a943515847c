"""Where the artefacts of a failed test go."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from scripts.testing.checks import ARTEFACTS


def artefacts_of(item: pytest.Item) -> Path | None:
    """The folder for what is kept of a test; None if nothing is to be kept."""
    root = os.environ.get(ARTEFACTS)
    name = re.sub(r"[^\w.-]+", "_", item.nodeid.removeprefix("tests/"))
    return Path(root) / name[:150] if root else None
