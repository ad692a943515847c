"""Commands while a loop runs: they find it by the cluster's Lease, whatever the port of its page."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import engine, tilt, workloads
from scripts.cluster import api, select
from scripts.cluster.provider import ClusterStatus
from scripts.commands import down, logs, trigger, up
from scripts.commands import status as status_command
from scripts.commands.status import render
from scripts.core.errors import UserError
from scripts.docker import prepare
from scripts.docker.engine import Engine
from scripts.services import SERVICES
from scripts.testing import checks
from scripts.testing.junit import Outcome
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner
from tests.unit.tier_run import tier_run

COMPONENTS = [service.component for service in SERVICES]

LOOP = {"holder": "ann@here pid 7 in /x", "port": 10377, "resources": [{"name": "web"}]}
ARGS = argparse.Namespace(cluster=None, volumes=False, resource="web", follow=False, since=None, level=None)


def line(resource: str, text: str, level: str = "", age: float = 0) -> dict[str, Any]:
    return {"resource": resource, "text": text, "level": level, "time": time.time() - age}


@pytest.fixture
def with_loop(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any] | None], None]:
    provider = SimpleNamespace(name="x", status=lambda: SimpleNamespace(state="running"))
    monkeypatch.setattr(select, "choose", lambda *args, **options: (provider, ""))
    monkeypatch.setattr(api, "connect", lambda of: of)
    monkeypatch.setattr(tilt, "runs_this_stack", lambda runner: False)

    def set_loop(found: dict[str, Any] | None) -> None:
        monkeypatch.setattr(engine, "running_loop", lambda of, lease: found if of is provider else None)

    return set_loop


def test_down_refuses_to_remove_a_stack_that_a_loop_runs(with_loop: Callable[..., None]) -> None:
    with_loop(LOOP)
    with pytest.raises(UserError, match="./dev up .ann@here pid 7 in /x. runs this stack and would deploy it again"):
        down.run(ARGS)


def test_down_refuses_to_remove_a_stack_that_tilt_runs(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_loop(None)
    monkeypatch.setattr(tilt, "runs_this_stack", lambda runner: True)
    with pytest.raises(UserError, match="Tilt runs this stack and would deploy it again; stop it first"):
        down.run(ARGS)


def test_logs_asks_the_page_on_the_port_of_the_lease(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_loop(LOOP)
    monkeypatch.setattr(engine, "log_lines", lambda resource, follow, port: [line(resource, f"from {port}")])
    assert logs.run(ARGS) == 0
    assert capsys.readouterr().out.split() == ["web", "│", "from", "10377"]


def test_logs_of_a_loop_without_a_page_come_from_the_pods(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_loop({**LOOP, "port": 0, "resources": []})
    monkeypatch.setattr(logs, "pod_lines", lambda cluster, resource, follow, since: [line(resource, "from its pod")])
    assert logs.run(ARGS) == 0
    assert "from its pod" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], "old new bad"),
        (["--since", "5m"], "new bad"),
        (["--since=2h"], "old new bad"),
        (["--level", "error"], "bad"),
    ],
)
def test_logs_are_chosen_by_age_and_level(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    words: list[str], shown: str,
) -> None:  # fmt: skip
    with_loop(LOOP)
    lines = [line("web", "old", "info", 3600), line("web", "new", "info"), line("web", "bad", "error")]
    monkeypatch.setattr(engine, "log_lines", lambda resource, follow, port: lines)
    parser = argparse.ArgumentParser()
    logs.configure(parser)
    assert logs.run(parser.parse_args(words)) == 0
    assert " ".join(text.split(" │ ")[1] for text in capsys.readouterr().out.splitlines()) == shown


@pytest.mark.parametrize("span", ["", "0s", "5", "m", "-5m", "5 m", "5w"])
def test_a_span_of_time_that_is_none_is_refused(span: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no span of time; write it as 30s, 5m or 2h"):
        logs.seconds(span)


def test_a_resource_is_triggered_by_its_name(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pressed: list[tuple[str, bool]] = []

    def trigger_it(name: str, port: int, confirmed: bool) -> bool:
        pressed.append((name, confirmed))
        return True

    monkeypatch.setattr(engine, "trigger", trigger_it)
    rows = [{"name": "web", "asks": ""}, {"name": "reset", "asks": "Delete all?"}]
    with_loop({**LOOP, "resources": rows})

    def press(name: str, *, yes: bool = False) -> int:
        return trigger.run(argparse.Namespace(cluster=None, resource=name, yes=yes))

    assert (press("web"), press("reset"), press("reset", yes=True)) == (0, 1, 0)
    assert pressed == [("web", False), ("reset", True)]
    assert "Delete all? Confirm with --yes" in capsys.readouterr().err
    with pytest.raises(UserError, match="there is no resource 'wbe'; choose from: web, reset"):
        press("wbe")
    with_loop(None)
    with pytest.raises(UserError, match="no loop runs on this machine; start it: ./dev up"):
        press("web")


def test_the_state_is_watched_one_line_a_change(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_loop(LOOP)
    row = {"name": "web", "status": "ok", "revision": "a1", "here": "a1", "detail": "", "note": ""}
    other = {**row, "name": "db", "revision": "", "here": ""}
    states = [{"resources": [row, other]}, {"resources": [{**row, "here": "b2", "status": "updating"}, other]}]
    monkeypatch.setattr(engine, "state_changes", lambda port: iter(states))
    status = argparse.Namespace(cluster=None, watch=True, json=False)
    assert status_command.run(status) == 0
    said = [text.split("  ", 1)[1].split() for text in capsys.readouterr().out.splitlines()]
    assert said == [
        ["web", "ok", "revision", "a1"], ["db", "ok"],
        ["web", "updating", "revision", "a1,", "the", "sources", "are", "b2"],
    ]  # fmt: skip


@pytest.mark.parametrize(("loop", "ups"), [(LOOP, 0), (None, 1)])
def test_the_end_to_end_tests_deploy_only_where_no_loop_does(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, loop: dict[str, Any] | None, ups: int
) -> None:
    with_loop(loop)
    monkeypatch.setattr(checks, "pytest", lambda *args: Outcome(1))
    monkeypatch.setattr(workloads, "read", lambda kube: [])
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


@pytest.mark.parametrize("once", [True, False])
def test_up_refuses_node_ports_without_that_of_the_app_before_it_builds(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], once: bool
) -> None:
    """That it will not watch without a terminal is said before, unless that was asked for."""
    runner = FakeRunner(missing={"tilt"})
    monkeypatch.setattr(up, "Subprocess", lambda: runner)
    monkeypatch.setattr(prepare, "docker", lambda *args, **options: Engine())
    monkeypatch.setattr(tilt, "answers", lambda port: False)
    monkeypatch.setenv("TODO_FIRST_NODE_PORT", "30320")
    with pytest.raises(UserError, match="NodePort 30300 is not published by the embedded cluster"):
        up.run(
            argparse.Namespace(
                once=once, engine="auto", cluster="embedded", services=None, prod_images=False, debug=False
            )
        )
    assert (runner.calls, docker_api.did) == ([], [])
    assert ("no terminal: ends when everything is served, as --once does" in capsys.readouterr().err) is not once


@pytest.mark.parametrize(
    ("watch", "words", "command"),
    [
        (True, [], "/opt/tilt up --context kind-x"),
        (True, ["--services=backend"], "/opt/tilt up --context kind-x -- --services=backend"),
        (False, [], f"/opt/tilt ci --context kind-x -- --services={','.join(COMPONENTS)}"),
        (False, ["--services=backend", "--prod-images"],
         "/opt/tilt ci --context kind-x -- --services=backend --prod-images"),
    ],
)  # fmt: skip
def test_tilt_gets_the_settings_and_serves_the_stack_once_without_its_tests(
    watch: bool, words: list[str], command: str
) -> None:
    assert up.tilt_command("/opt/tilt", words, watch=watch, context="kind-x") == command.split()


def test_a_service_that_does_not_exist_is_refused_before_minutes_of_work() -> None:
    with pytest.raises(UserError, match=f"there is no service 'db'; choose from: {', '.join(COMPONENTS)}"):
        up.settings_of(argparse.Namespace(services="backend,db", prod_images=False, debug=False))


@pytest.mark.parametrize(
    ("given", "words"), [("backend,", ["--services=backend"]), ("backend, frontend", ["--services=backend,frontend"])]
)
def test_the_names_of_services_are_told_from_what_is_around_them(given: str, words: list[str]) -> None:
    assert up.settings_of(argparse.Namespace(services=given, prod_images=False, debug=False)) == words


@pytest.mark.parametrize(
    ("port", "page"), [(10377, "see http://localhost:10377"), (0, "without a page on this machine")]
)
def test_status_shows_the_loop_and_its_page(port: int, page: str) -> None:
    cluster = {"name": "x", "state": "running", "detail": ""}
    loop = {**LOOP, "port": port, "resources": []}
    state: dict[str, Any] = {"cluster": cluster, "workloads": [], "loop": loop, "tilt": None, "url": ""}
    assert f"loop        running (ann@here pid 7 in /x), {page}" in render(state)


@pytest.mark.parametrize(("ready", "wanted", "code"), [(1, 1, 0), (0, 1, 1), (0, 0, 1)])
def test_status_is_a_failure_where_it_says_not_ready(
    with_loop: Callable[..., None], monkeypatch: pytest.MonkeyPatch, ready: int, wanted: int, code: int
) -> None:
    with_loop(None)
    provider, _ = select.choose()
    monkeypatch.setattr(provider, "status", lambda: ClusterStatus("x", "running"))
    monkeypatch.setattr(provider, "node_url", lambda port: "", raising=False)
    monkeypatch.setattr(workloads, "read", lambda kube: [workloads.Workload("backend", ready, wanted, "todo-backend")])
    assert status_command.run(argparse.Namespace(cluster=None, watch=False, json=False)) == code
