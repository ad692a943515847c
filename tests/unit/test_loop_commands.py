"""Commands while a loop runs: they find it by the cluster's Lease, whatever the port of its page."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import engine, tilt
from scripts.cluster import api, select
from scripts.commands import down, logs, up
from scripts.commands.status import render
from scripts.core.errors import UserError
from scripts.testing import checks
from scripts.testing.junit import Outcome
from tests.unit.fakes import FakeRunner
from tests.unit.tier_run import tier_run

LOOP = {"holder": "ann@here pid 7 in /x", "port": 10377, "resources": [{"name": "web"}], "updates": []}
ARGS = argparse.Namespace(cluster=None, volumes=False, resource="web", follow=False)


@pytest.fixture
def with_loop(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any] | None], None]:
    provider = SimpleNamespace(name="x", status=lambda: SimpleNamespace(state="running"))
    monkeypatch.setattr(select, "choose", lambda *args, **options: (provider, ""))
    monkeypatch.setattr(api, "connect", lambda of: of)
    monkeypatch.setattr(tilt, "answers", lambda: False)

    def set_loop(found: dict[str, Any] | None) -> None:
        monkeypatch.setattr(engine, "running_loop", lambda of, lease: found if of is provider else None)

    return set_loop


def test_down_refuses_to_remove_a_stack_that_a_loop_runs(with_loop: Callable[..., None]) -> None:
    with_loop(LOOP)
    with pytest.raises(UserError, match="./dev up .ann@here pid 7 in /x. runs this stack and would deploy it again"):
        down.run(ARGS)


def test_logs_asks_the_page_on_the_port_of_the_lease(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_loop(LOOP)
    monkeypatch.setattr(engine, "log_lines", lambda resource, follow, port: [(resource, f"from {port}")])
    assert logs.run(ARGS) == 0
    assert capsys.readouterr().out.split() == ["web", "│", "from", "10377"]


def test_logs_of_a_loop_without_a_page_come_from_the_pods(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_loop({**LOOP, "port": 0, "resources": []})
    monkeypatch.setattr(logs, "pod_lines", lambda cluster, resource, follow: [(resource, "from its pod")])
    assert logs.run(ARGS) == 0
    assert "from its pod" in capsys.readouterr().out


@pytest.mark.parametrize(("loop", "ups"), [(LOOP, 0), (None, 1)])
def test_the_end_to_end_tests_deploy_only_where_no_loop_does(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, loop: dict[str, Any] | None, ups: int
) -> None:
    with_loop(loop)
    monkeypatch.setattr(checks, "pytest", lambda *args: Outcome(1))
    runner = FakeRunner()
    assert checks.e2e(tier_run(runner)).ok
    assert len([argv for argv in runner.argvs() if argv.endswith("up --once")]) == ups


def test_up_refuses_a_page_port_that_tilt_has_for_another_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_PAGE_PORT", "10377")
    monkeypatch.setattr(tilt, "answers", lambda port: port == 10377)
    with pytest.raises(UserError, match="port 10377 is in use by Tilt, for another stack; stop it, or set TODO_PAGE"):
        up.check_page_port()
    monkeypatch.setenv("TODO_PAGE_PORT", "")
    up.check_page_port()


@pytest.mark.parametrize(
    ("watch", "command"),
    [
        (True, "/opt/tilt up --context kind-x"),
        (False, "/opt/tilt ci backend mcp-server frontend --context kind-x"),
    ],
)
def test_tilt_watches_everything_or_serves_the_stack_once_without_its_tests(watch: bool, command: str) -> None:
    assert up.tilt_command("/opt/tilt", watch=watch, context="kind-x") == command.split()


@pytest.mark.parametrize(
    ("port", "page"), [(10377, "see http://localhost:10377"), (0, "without a page on this machine")]
)
def test_status_shows_the_loop_and_its_page(port: int, page: str) -> None:
    cluster = {"name": "x", "state": "running", "detail": ""}
    loop = {**LOOP, "port": port, "resources": []}
    state: dict[str, Any] = {"cluster": cluster, "workloads": [], "loop": loop, "tilt": None, "url": ""}
    assert f"loop        running (ann@here pid 7 in /x), {page}" in render(state)
