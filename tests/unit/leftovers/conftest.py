"""An empty cache for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cluster.cluster_home import own_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    own_home(tmp_path, monkeypatch)
    return tmp_path / "cache"
