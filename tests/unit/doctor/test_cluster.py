"""Whether images get to the cluster, and whether its pods resolve names: asked of servers that answer as it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from scripts.cluster.current.provider import Current
from scripts.cluster.embedded.provider import Embedded
from scripts.doctor.cluster import NAME, names, route
from scripts.doctor.finding import Finding, ok, problem, skipped
from tests.unit.cluster.cluster_home import REGISTRY_MAP, announced_registry, own_home, serve_api, write_kubeconfig
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner
from tests.unit.kube.exec_server import exec_server

SELECTOR = "app.kubernetes.io/name=todo-stack,app.kubernetes.io/instance=todo,app.kubernetes.io/component=mcp-server"
PODS = f"/api/v1/namespaces/todo-stack/pods?{urlencode({'labelSelector': SELECTOR})}"
RESOLVED = (b"\x0110.43.0.1\n", b'\x03{"status": "Success"}')
FAILED = b'\x03{"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "1"}]}}'
REASON = b"\x02Traceback:\nsocket.gaierror: [Errno -3] Temporary failure in name resolution\n"
RESTART = "run: ./dev cluster stop, then ./dev up"


def pod(name: str, state: str, ready: bool = False) -> dict[str, Any]:
    condition = {"type": "Ready", "status": str(ready)}
    container = {"name": "mcp-server", "state": {state: {}}, "ready": ready}
    return {"metadata": {"name": name}, "status": {"conditions": [condition], "containerStatuses": [container]}}


def of_context(api: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Current:
    write_kubeconfig(own_home(home, monkeypatch) / ".kube" / "config", "docker-desktop", {"docker-desktop": api})
    return Current(FakeRunner(), "docker-desktop")


def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pods: list[dict[str, Any]], *frames: bytes) -> Finding:
    """What is found with these pods, of which the one that is asked sends `frames`; without any it is cut off."""
    with exec_server(*frames, ends=bool(frames), cuts=not frames, answers={PODS: {"items": pods}}) as api:
        return names(of_context(api, tmp_path, monkeypatch))


@pytest.mark.parametrize("ready", [True, False])
def test_a_pod_that_runs_is_asked_to_resolve_a_name_ready_or_not(
    ready: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(tmp_path, monkeypatch, [pod("new", "waiting"), pod("mcp", "running", ready)], *RESOLVED)
    assert found == ok("names", f"a pod resolves {NAME} to 10.43.0.1")


def test_a_pod_that_does_not_resolve_the_name_is_a_problem_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(tmp_path, monkeypatch, [pod("mcp", "running")], REASON, FAILED)
    reason = "socket.gaierror: [Errno -3] Temporary failure in name resolution"
    assert found == problem("names", f"pod mcp cannot resolve {NAME}: {reason}", RESTART)


@pytest.mark.parametrize("pods", [[], [pod("mcp", "waiting"), pod("old", "terminated")], [{"metadata": {"name": "m"}}]])
def test_without_a_pod_that_runs_nobody_can_be_asked(
    pods: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(tmp_path, monkeypatch, pods, *RESOLVED)
    assert found == skipped("names", "no pod of the MCP server runs that could ask; ./dev up starts one")


def test_a_pod_that_ends_while_it_is_asked_says_nothing_of_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(tmp_path, monkeypatch, [pod("mcp", "running")])
    assert found.state == "skipped" and found.what.startswith("pod mcp could not be asked: ")


def test_a_cluster_that_refuses_to_list_pods_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with exec_server(ends=True) as api:
        found = names(of_context(api, tmp_path, monkeypatch))
    assert found.state == "problem" and "list the pods of the MCP server" in found.what


def test_the_registry_of_the_embedded_cluster_is_asked(
    docker_api: DockerApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_home(tmp_path, monkeypatch)
    with serve_api() as api:
        monkeypatch.setenv("TODO_REGISTRY_PORT", str(api.port))
        assert route(Embedded(FakeRunner())) == ok("images", "registry: the registry inside the embedded node")
    found = route(Embedded(FakeRunner()))
    assert (found.state, found.cure) == ("problem", "run: ./dev cluster up")
    assert found.what.startswith(f"the registry localhost:{api.port} does not answer from this machine: ")


def test_a_registry_that_is_announced_and_does_not_answer_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_api({REGISTRY_MAP: announced_registry("localhost:1")}) as api:
        found = route(of_context(api.url, tmp_path, monkeypatch))
    assert (found.state, found.cure) == ("problem", "start it, or remove what announces it")
    assert "the cluster's registry localhost:1 does not answer" in found.what
