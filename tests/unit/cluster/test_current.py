"""The cluster of a kube context: how images get in, how NodePorts get out, and whose its life is."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from scripts.cluster.current.provider import Current
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.kube import library  # noqa: F401  # it cannot be imported while sys.platform is another's
from tests.unit.cluster.cluster_home import (
    NODES,
    REGISTRY_MAP,
    SERVICES,
    Api,
    announced_registry,
    node,
    node_port_service,
    own_home,
    serve_api,
    write_kubeconfig,
)
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    own_home(tmp_path, monkeypatch)
    with serve_api({NODES: {"items": [node("kind-control-plane", "containerd://2.1.4")]}}) as served:
        yield served


def use(api: Api, name: str) -> None:
    write_kubeconfig(Path.home() / ".kube" / "config", name, {name: api.url})


def test_starting_only_asks_for_the_version(api: Api) -> None:
    use(api, "kind-dev")
    runner = FakeRunner()
    Current(runner).start(Steps(io.StringIO()))
    assert (api.requests, runner.calls) == (["GET /version"], [])
    api.answers["/version"] = {"gitVersion": "v1.27.3"}
    with pytest.raises(UserError, match=r"Kubernetes is 1\.27\.3, 1\.30 or newer"):
        Current(runner).start(Steps(io.StringIO()))


def test_a_cluster_that_does_not_answer_is_stopped_and_the_way_to_start_it_is_told(api: Api) -> None:
    api.url = "http://127.0.0.1:1"
    use(api, "k3d-dev")
    status = Current(FakeRunner()).status()
    assert status.state == "stopped"
    assert "no answer" in status.detail and status.detail.endswith("start it, as: k3d cluster start dev")


@pytest.mark.parametrize(
    ("name", "stop", "delete"),
    [
        ("kind-dev", "docker stop dev-control-plane", "kind delete cluster --name dev"),
        ("k3d-dev", "k3d cluster stop dev", "k3d cluster delete dev"),
        ("orbstack", "the program that made it", "the program that made it"),
    ],
)
def test_it_is_never_stopped_or_deleted_by_us(api: Api, name: str, stop: str, delete: str) -> None:
    use(api, name)
    runner = FakeRunner()
    with pytest.raises(UserError, match=f"was not made by ./dev and is not stopped by it; use: {stop}"):
        Current(runner).stop()
    with pytest.raises(UserError, match=f"is not deleted by it; use: {delete}"):
        Current(runner).delete()
    assert (runner.calls, api.requests) == ([], [])


def test_an_announced_registry_comes_before_everything_else(api: Api) -> None:
    use(api, "kind-dev")
    api.answers[REGISTRY_MAP] = announced_registry(f"localhost:{api.port}", "kind-registry:5000")
    runner = FakeRunner()
    route = Current(runner).image_route()
    assert (route.kind, route.push_host, route.pull_host) == ("registry", f"localhost:{api.port}", "kind-registry:5000")
    assert route.by_host_only and "announces the registry" in route.why
    assert runner.calls == []


def test_an_announced_registry_that_is_down_is_told_not_passed_over(api: Api) -> None:
    use(api, "kind-dev")
    api.answers[REGISTRY_MAP] = announced_registry("localhost:1")
    with pytest.raises(UserError, match="registry localhost:1 does not answer"):
        Current(FakeRunner()).image_route()


@pytest.mark.parametrize(
    ("name", "kind", "program"), [("kind-dev", "kind-load", "kind"), ("k3d-dev", "k3d-import", "k3d")]
)
def test_without_a_registry_the_products_loader_is_used(api: Api, name: str, kind: str, program: str) -> None:
    use(api, name)
    route = Current(FakeRunner()).image_route()
    assert (route.kind, route.cluster) == (kind, "dev")
    with pytest.raises(UserError, match=f"announces no registry, and {program}, which loads images, is not installed"):
        Current(FakeRunner(missing={program})).image_route()


@pytest.mark.parametrize(
    ("name", "nodes_name", "engine", "system"),
    [
        ("docker-desktop", "docker-desktop", "docker-desktop", "Docker Desktop"),
        ("orbstack", "orbstack", "me", "OrbStack"),
        ("rancher-desktop", "lima-rancher-desktop", "lima-rancher-desktop", "Alpine Linux v3.20"),
    ],
)
def test_a_product_that_shares_its_engine_gets_images_by_building_them(
    api: Api, docker_api: DockerApi, name: str, nodes_name: str, engine: str, system: str
) -> None:
    use(api, name)
    api.answers[NODES] = {"items": [node(nodes_name, "docker://28.5.1")]}
    docker_api.info |= {"Name": engine, "OperatingSystem": system}
    assert Current(FakeRunner()).image_route().kind == "docker-env"


def test_docker_that_talks_to_another_engine_than_the_clusters_is_reported(api: Api, docker_api: DockerApi) -> None:
    use(api, "rancher-desktop")
    api.answers[NODES] = {"items": [node("lima-rancher-desktop", "docker://28.5.1")]}
    docker_api.info |= {"Name": "build-host", "OperatingSystem": "Debian GNU/Linux 12"}
    with pytest.raises(UserError, match="docker talks to engine build-host, .*docker context use"):
        Current(FakeRunner()).image_route()


def test_a_cluster_that_takes_images_no_way_at_all_is_told(api: Api) -> None:
    use(api, "rancher-desktop")
    with pytest.raises(UserError, match=r"\(containerd://2.1.4\) announces no registry .*./dev images --push REGISTRY"):
        Current(FakeRunner()).image_route()


@pytest.mark.parametrize(
    ("name", "container", "ports", "url"),
    [
        ("kind-dev", "dev-control-plane", {30300: 31300}, "http://127.0.0.1:31300"),
        ("k3d-dev", "k3d-dev-serverlb", {30300: 30300}, "http://127.0.0.1:30300"),
        ("kind-dev", "dev-control-plane", {}, "http://172.18.0.2:30300"),
        ("kind-dev", "other", {30300: 31300}, "http://172.18.0.2:30300"),
    ],
)
def test_a_node_port_is_reached_where_it_is_published_or_at_the_node(
    api: Api,
    docker_api: DockerApi,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    container: str,
    ports: dict[int, int],
    url: str,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    use(api, name)
    docker_api.add_container(container, "running", ports=ports)
    assert Current(FakeRunner()).node_url(30300) == url


def test_desktops_publish_every_node_port(api: Api) -> None:
    use(api, "docker-desktop")
    assert Current(FakeRunner()).node_url(30300) == "http://127.0.0.1:30300"


def test_where_containers_have_no_address_here_a_port_is_forwarded(
    api: Api, docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    use(api, "kind-dev")
    api.answers[SERVICES] = {"items": [node_port_service("todo-stack", "frontend-service", 30300)]}
    log = tmp_path / "cache" / "tunnels" / "kind-dev" / "node-port-30300.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"Forwarding from 127.0.0.1:{api.port} -> 3000\n")
    detached = f"{sys.executable} -m scripts.cluster.detached"
    runner = FakeRunner({detached: (0, f"{os.getpid()}\n", "")})
    assert Current(runner).node_url(30300) == f"http://127.0.0.1:{api.port}"
    kubectl = f"env KUBECONFIG={Path.home()}/.kube/config kubectl --context kind-dev --namespace todo-stack"
    assert runner.argvs()[-1] == f"{detached} {log} {kubectl} port-forward service/frontend-service :30300"


def test_a_context_put_together_from_several_files_is_forwarded_with_all_of_them(
    api: Api, docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """kubectl takes one file by --kubeconfig and a list by KUBECONFIG."""
    monkeypatch.setattr(sys, "platform", "darwin")
    use(api, "kind-dev")
    whole = Path.home() / ".kube" / "config"
    content = yaml.safe_load(whole.read_text())
    users = tmp_path / "users"
    users.write_text(yaml.safe_dump({"users": content.pop("users")}))
    whole.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("KUBECONFIG", f"{whole}{os.pathsep}{users}")
    api.answers[SERVICES] = {"items": [node_port_service("todo-stack", "frontend-service", 30300)]}
    log = tmp_path / "cache" / "tunnels" / "kind-dev" / "node-port-30300.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"Forwarding from 127.0.0.1:{api.port} -> 3000\n")
    detached = f"{sys.executable} -m scripts.cluster.detached"
    runner = FakeRunner({detached: (0, f"{os.getpid()}\n", "")})
    assert Current(runner).node_url(30300) == f"http://127.0.0.1:{api.port}"
    assert f" env KUBECONFIG={whole}{os.pathsep}{users} kubectl --context kind-dev " in runner.argvs()[-1]


def test_a_context_that_is_not_there_is_told_with_those_that_are(api: Api) -> None:
    use(api, "kind-dev")
    with pytest.raises(UserError, match="has no context kind-other; choose one of: kind-dev"):
        Current(FakeRunner(), context="kind-other").kubeconfig()
