"""The times of clients, servers and pods fit: a chat turn into the drain of the servers on its way, the drain into the
pod's grace period, and an idle connection is given up by its client before its server closes it."""

from __future__ import annotations

import re

import pytest

from scripts.core.paths import ROOT

POD = "charts/todo-stack/templates/_pod.tpl"
BUDGET = ("backend/app/settings.py", r"chat_budget_seconds: float = Field\(default=(\d+)")
STORE = ("backend/app/chat/turns.py", r"^STORE_SECONDS = (\d+)$")
DRAIN = (POD, r'define "todo-stack\.drainSeconds" -}}(\d+)')
PRE_STOP = (POD, r'define "todo-stack\.preStopSeconds" -}}(\d+)')
UNREADY = (POD, r'define "todo-stack\.unreadySeconds" -}}(\d+)')
REST = (POD, r'^{{- add(?: \(include "todo-stack\.(?:preStop|unready|drain)Seconds" \. \| int\)){3} (\d+) -}}$')
PROBE_PERIOD = (POD, r"path: /ready, port: http}\n  periodSeconds: (\d+)")
SERVERS = {
    "backend": ("backend/app/drain.py", r"^DRAIN_SECONDS = (\d+)$"),
    "mcp-server": ("mcp_server/todo_mcp/drain.py", r"^DRAIN_SECONDS = (\d+)$"),
    "frontend": ("frontend/server/main.mjs", r"^const DRAIN_TIMEOUT = (\d+)_000;$"),
}

UNREADY_SERVERS = {
    "backend": ("backend/app/drain.py", r"^UNREADY_SECONDS = (\d+)$"),
    "mcp-server": ("mcp_server/todo_mcp/drain.py", r"^UNREADY_SECONDS = (\d+)$"),
    "frontend": ("frontend/server/settings.mjs", r"^const UNREADY_SECONDS = (\d+);$"),
}
IDLE = {
    "backend": ("backend/app/drain.py", r"^IDLE_SECONDS = (\d+)$"),
    "mcp-server": ("mcp_server/todo_mcp/drain.py", r"^IDLE_SECONDS = (\d+)$"),
    "frontend": ("frontend/server/drain.mjs", r"^const IDLE_GRACE = (\d+)_000;$"),
}
KEEP_ALIVE = {
    "backend": ("backend/app/drain.py", r"^KEEP_ALIVE_SECONDS = (\d+)$"),
    "mcp-server": ("mcp_server/todo_mcp/drain.py", r"^KEEP_ALIVE_SECONDS = (\d+)$"),
    "frontend": ("frontend/server/main.mjs", r"keepAliveTimeout = (\d+)_000;"),
}
POOLS = {
    "backend": ("backend/app/chat/toolbox.py", r"^POOL_SECONDS = (\d+)$"),
    "mcp-server": ("mcp_server/todo_mcp/api.py", r"^POOL_SECONDS = (\d+)$"),
}
UVICORN_KEEP_ALIVE_SECONDS = 5
"""Its default, which the servers have in development."""


def seconds(file: str, pattern: str) -> int:
    """The one number that the file has in the pattern's place."""
    (found,) = re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)
    return int(found)


@pytest.mark.parametrize("server", SERVERS)
def test_every_server_drains_for_as_long_as_the_chart_expects(server: str) -> None:
    assert seconds(*SERVERS[server]) == seconds(*DRAIN)


@pytest.mark.parametrize("server", UNREADY_SERVERS)
def test_every_server_stays_unready_for_as_long_as_a_probe_takes_to_come_by(server: str) -> None:
    assert seconds(*UNREADY_SERVERS[server]) == seconds(*UNREADY) >= seconds(*PROBE_PERIOD)


def test_a_chat_turn_ends_and_is_stored_within_the_drain() -> None:
    assert seconds(*BUDGET) + seconds(*STORE) < seconds(*DRAIN)


def test_the_drain_ends_before_the_pod_is_killed() -> None:
    until_drained = seconds(*PRE_STOP) + seconds(*UNREADY) + seconds(*DRAIN)
    grace = until_drained + seconds(*REST)
    assert until_drained + seconds(*STORE) < grace


@pytest.mark.parametrize("server", SERVERS)
def test_a_drain_ends_idle_connections_before_it_ends_itself(server: str) -> None:
    assert seconds(*IDLE[server]) < seconds(*DRAIN)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("client", POOLS)
def test_no_client_sends_on_a_connection_that_a_server_may_close_for_being_idle(client: str, server: str) -> None:
    kept = min(seconds(*KEEP_ALIVE[server]), seconds(*IDLE[server]), UVICORN_KEEP_ALIVE_SECONDS)
    assert seconds(*POOLS[client]) <= kept - 2


@pytest.mark.parametrize("name", ["drain.py", "exporter.py", "logs.py", "otlp.py", "request_ids.py", "tracing.py"])
def test_both_python_services_have_the_same(name: str) -> None:
    assert (ROOT / "backend/app" / name).read_bytes() == (ROOT / "mcp_server/todo_mcp" / name).read_bytes()
