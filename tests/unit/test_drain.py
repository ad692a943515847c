"""A chat turn ends within the drain of the servers on its way, and the drain within the pod's grace period."""

from __future__ import annotations

import re

import pytest

from scripts.core.paths import ROOT

POD = "charts/todo-stack/templates/_pod.tpl"
BUDGET = ("backend/app/settings.py", r"chat_budget_seconds: float = Field\(default=(\d+)")
STORE = ("backend/app/chat/turns.py", r"^STORE_SECONDS = (\d+)$")
DRAIN = (POD, r'define "todo-stack\.drainSeconds" -}}(\d+)')
PRE_STOP = (POD, r'define "todo-stack\.preStopSeconds" -}}(\d+)')
REST = (POD, r'add \(include "todo-stack\.preStopSeconds" [^)]*\) \(include "todo-stack\.drainSeconds" [^)]*\) (\d+)')
SERVERS = {
    "backend": ("backend/Dockerfile", r'"--timeout-graceful-shutdown", "([1-9]\d*)"'),
    "mcp-server": ("mcp_server/todo_mcp/main.py", r"^DRAIN_SECONDS = (\d+)$"),
    "frontend": ("frontend/server/main.mjs", r"^const DRAIN_TIMEOUT = (\d+)_000;$"),
}


def seconds(file: str, pattern: str) -> int:
    """The one number that the file has in the pattern's place."""
    (found,) = re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)
    return int(found)


@pytest.mark.parametrize("server", SERVERS)
def test_every_server_drains_for_as_long_as_the_chart_expects(server: str) -> None:
    assert seconds(*SERVERS[server]) == seconds(*DRAIN)


def test_a_chat_turn_ends_and_is_stored_within_the_drain() -> None:
    assert seconds(*BUDGET) + seconds(*STORE) < seconds(*DRAIN)


def test_the_drain_ends_before_the_pod_is_killed() -> None:
    grace = seconds(*PRE_STOP) + seconds(*DRAIN) + seconds(*REST)
    assert seconds(*PRE_STOP) + seconds(*DRAIN) + seconds(*STORE) < grace
