"""kubectl and helm for clusters of other products."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.cluster import host_tools
from scripts.cluster.embedded import node_binaries
from scripts.core.errors import UserError
from tests.unit.fakes import FakeRunner


def test_without_any_helm_it_is_said_before_the_work_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    with pytest.raises(UserError, match="helm is not installed; install Helm 3.15 or newer"):
        host_tools.require_helm(FakeRunner(missing={"helm"}))


def test_a_helm_on_the_path_or_the_compiled_one_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    host_tools.require_helm(FakeRunner())
    node_binaries.folder().mkdir(parents=True)
    host_tools.require_helm(FakeRunner(missing={"helm"}))
    assert host_tools.folder(FakeRunner(missing={"helm"})) == node_binaries.folder()
