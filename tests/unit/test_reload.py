"""The reloader of the two Python services is one: the backend's, with a copy in the other build context."""

from __future__ import annotations

from pathlib import Path

from scripts.core.paths import ROOT


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


def test_both_services_have_the_same_reloader() -> None:
    found = contents(ROOT / "backend/app/reload")
    assert "supervisor.py" in found
    assert contents(ROOT / "mcp_server/todo_mcp/reload") == found
