"""Where a NodePort of Minikube answers, for each driver, and whose kubeconfig is read."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from scripts.cluster import kubeconfig
from scripts.cluster.minikube.provider import Minikube
from scripts.cluster.node_urls import NodeUrls
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from tests.unit.cluster.cluster_home import (
    SERVICES,
    Api,
    node_port_service,
)
from tests.unit.cluster.minikube.profiles import (
    context,
    minikube,
    profile,
)


def test_a_node_port_is_reached_by_the_address_of_the_node(home: Path) -> None:
    context(home)
    runner = minikube(profile(), running="minikube")
    runner.answers["minikube --profile minikube ip"] = (0, "192.168.49.2\n", "")
    assert Minikube(runner).node_url(30300) == "http://192.168.49.2:30300"
    assert runner.argvs()[-1] == "minikube --profile minikube ip"


def test_the_address_of_the_node_is_asked_for_once_until_the_cluster_starts_or_stops(home: Path) -> None:
    context(home)
    runner = minikube(profile(), running="minikube")
    runner.answers["minikube --profile minikube ip"] = (0, "192.168.49.2\n", "")
    cluster = Minikube(runner)
    for _ in range(3):
        assert cluster.node_url(30300) == "http://192.168.49.2:30300"
    assert runner.argvs().count("minikube --profile minikube ip") == 1
    runner.answers["minikube --profile minikube ip"] = (0, "192.168.49.3\n", "")
    for change in (cluster.stop, lambda: cluster.start(Steps(io.StringIO()))):
        change()
        assert cluster.node_url(30300) == "http://192.168.49.3:30300"
    assert runner.argvs().count("minikube --profile minikube ip") == 3


def test_a_tunnel_that_has_ended_is_not_remembered(api: Api) -> None:
    asked: list[int] = []
    ended, now = "http://127.0.0.1:1", [api.url]

    def resolve(port: int) -> str:
        asked.append(port)
        return now[0]

    urls = NodeUrls(resolve)
    assert [urls.get(30300), urls.get(30300)] == [api.url] * 2
    assert asked == [30300]
    now[0] = ended
    urls.forget()
    assert [urls.get(30300), urls.get(30300)] == [ended] * 2
    assert asked == [30300] * 3


def test_where_the_driver_hides_the_node_minikube_service_is_the_way(api: Api, home: Path) -> None:
    api.answers[SERVICES] = {"items": [node_port_service("todo-stack", "frontend-service", 30300)]}
    log = home / "cache" / "tunnels" / "minikube" / "node-port-30300.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"http://127.0.0.1:{api.port}\n! Because you are using a Docker driver on darwin, …\n")
    runner = minikube(profile(), running="minikube")
    runner.answers[f"{sys.executable} -m scripts.cluster.detached"] = (0, f"{os.getpid()}\n", "")
    assert Minikube(runner).node_url(30300) == f"http://127.0.0.1:{api.port}"
    wanted = "minikube --profile minikube service frontend-service --namespace todo-stack --url"
    assert runner.argvs()[-1] == f"{sys.executable} -m scripts.cluster.detached {log} {wanted}"
    with pytest.raises(UserError, match="no Service in cluster minikube has NodePort 30301"):
        Minikube(runner).node_url(30301)


def test_a_driver_that_cannot_be_reached_at_all_is_told(home: Path) -> None:
    context(home, "https://localhost:41234")
    with pytest.raises(UserError, match="driver qemu2 .*socket_vmnet"):
        Minikube(minikube(profile(driver="qemu2"), running="minikube")).node_url(30300)


def test_the_kubeconfig_is_the_users_own_and_only_read(home: Path) -> None:
    context(home)
    path = home / ".kube" / "config"
    before = path.read_bytes()
    assert Minikube(minikube(profile(), running="minikube")).kubeconfig() == path
    assert path.read_bytes() == before


def test_a_profile_without_a_context_is_told(home: Path) -> None:
    with pytest.raises(UserError, match="has no context minikube; .*minikube update-context --profile minikube"):
        Minikube(minikube(profile(), running="minikube")).kubeconfig()
    assert kubeconfig.read().contexts == {}
