"""Where the artefacts of a failed test go, and what becomes of those that cannot be had."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.testing.checks import ARTEFACTS


def artefacts_of(item: pytest.Item) -> Path | None:
    """The folder for what is kept of a test; None if nothing is to be kept."""
    root = os.environ.get(ARTEFACTS)
    name = re.sub(r"[^\w.-]+", "_", item.nodeid.removeprefix("tests/"))
    return Path(root) / name[:150] if root else None


@contextmanager
def collecting(title: str, report: pytest.TestReport) -> Iterator[None]:
    """Makes an exception of the block a section of the report: out of a hook it would end the whole run of pytest."""
    try:
        yield
    except Exception:
        report.sections.append((f"{title} could not be kept", traceback.format_exc()))
