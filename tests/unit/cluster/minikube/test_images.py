"""How images reach Minikube, for each driver and runtime: its own engine, or its registry addon."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from scripts.cluster.minikube.provider import Minikube
from scripts.core.errors import UserError
from tests.unit.cluster.cluster_home import (
    REGISTRY_MAP,
    Api,
    announced_registry,
)
from tests.unit.cluster.minikube.profiles import (
    LIST,
    listed,
    minikube,
    profile,
    start,
)
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner


def containerd(api: Api, *, nodes: int = 1, driver: str = "docker", runtime: str = "containerd") -> FakeRunner:
    runner = minikube(profile(runtime=runtime, nodes=nodes, driver=driver), running="minikube")
    runner.answers["podman port minikube 5000/tcp"] = (0, f"127.0.0.1:{api.port}\n[::1]:{api.port}\n", "")
    return runner


def test_images_are_built_in_the_engine_of_a_single_docker_node(docker_api: DockerApi) -> None:
    engine = {"DOCKER_HOST": docker_api.host, "MINIKUBE_EXISTING_DOCKER_HOST": "unix:///run/user/1000/docker.sock"}
    told = json.dumps({**engine, "SSH_AUTH_SOCK": "/tmp/agent", "SSH_AGENT_PID": "", "DOCKER_API_VERSION": "1.40"})
    runner = minikube(profile(), running="minikube")
    runner.answers["minikube --profile minikube docker-env"] = (0, told + "\n", "")
    route = Minikube(runner).image_route()
    assert (route.kind, dict(route.env), route.push_host) == ("docker-env", engine, "")
    assert runner.argvs()[-1] == "minikube --profile minikube docker-env --shell none --output json"


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ((81, "", "ENV_DRIVER_CONFLICT"), "does not print how to reach its Docker engine: ENV_DRIVER"),
        ((0, "false exit code 1", ""), "does not print where its Docker engine is"),
        (
            (0, '{"DOCKER_HOST": "tcp://127.0.0.1:1"}', ""),
            r"Minikube's own engine: .*tcp://127.0.0.1:1\) does not answer: Connection refused; see: .*journalctl",
        ),
    ],
)
def test_an_engine_that_cannot_be_used_is_reported_before_anything_is_built(
    told: tuple[int, str, str], what: str
) -> None:
    runner = minikube(profile(), running="minikube")
    runner.answers["minikube --profile minikube docker-env"] = told
    with pytest.raises(UserError, match=what):
        Minikube(runner).image_route()


def test_an_engine_of_minikubes_that_is_too_old_is_refused(docker_api: DockerApi) -> None:
    docker_api.info["ServerVersion"] = "19.03.15"
    runner = minikube(profile(), running="minikube")
    told = json.dumps({"DOCKER_HOST": docker_api.host})
    runner.answers["minikube --profile minikube docker-env"] = (0, told, "")
    with pytest.raises(UserError, match="Docker is 19.03.15, 20.10 or newer"):
        Minikube(runner).image_route()


def test_without_a_machine_of_its_own_the_engine_is_this_machines() -> None:
    route = Minikube(minikube(profile(driver="none"), running="minikube")).image_route()
    assert (route.kind, dict(route.env)) == ("docker-env", {})


def test_a_runtime_that_wants_tls_of_registries_is_refused() -> None:
    runner = minikube(profile(runtime="crio"), running="minikube")
    for ask in (Minikube(runner).image_route, lambda: start(runner)):
        with pytest.raises(UserError, match="crio runtime"):
            ask()


@pytest.mark.parametrize(
    ("nodes", "driver", "runtime"),
    [(1, "docker", "containerd"), (2, "docker", "docker"), (1, "podman", "containerd")],
)
def test_elsewhere_the_registry_addon_is_enabled_announced_and_used(
    api: Api, node_container: DockerApi, nodes: int, driver: str, runtime: str
) -> None:
    runner = containerd(api, nodes=nodes, driver=driver, runtime=runtime)
    assert "Enable Minikube's registry addon in profile minikube" in start(runner)
    assert "minikube addons enable registry --profile minikube" in runner.argvs()
    host = f"127.0.0.1:{api.port}"
    assert api.bodies == [announced_registry(host, "localhost:5000", {"app.kubernetes.io/part-of": "todo-stack"})]
    route = Minikube(runner).image_route()
    assert (route.kind, route.push_host, route.pull_host) == ("registry", host, "localhost:5000")
    assert route.by_host_only


def test_a_node_that_does_not_publish_the_addon_is_named(api: Api, docker_api: DockerApi) -> None:
    docker_api.add_container("minikube", "running")
    with pytest.raises(UserError, match="container minikube does not publish port 5000; create the profile again"):
        start(containerd(api))


def test_what_is_enabled_and_announced_is_left_alone(api: Api, node_container: DockerApi) -> None:
    runner = containerd(api)
    start(runner)
    runner.answers[LIST] = listed(profile(runtime="containerd", addons={"registry": True}))
    before = len(runner.calls)
    start(runner)
    assert not [argv for argv in runner.argvs()[before:] if "addons" in argv]
    assert len(api.bodies) == 1


def test_a_registry_that_someone_else_announced_is_preferred_to_the_addon(api: Api) -> None:
    api.answers[REGISTRY_MAP] = announced_registry(f"localhost:{api.port}", "registry:5000")
    runner = containerd(api)
    start(runner)
    assert not [argv for argv in runner.argvs() if "addons" in argv]
    route = Minikube(runner).image_route()
    assert (route.push_host, route.pull_host) == (f"localhost:{api.port}", "registry:5000")
    assert api.bodies == []


def test_an_addon_that_cannot_be_enabled_tells_why(api: Api) -> None:
    runner = containerd(api)
    runner.answers["minikube addons enable registry"] = (80, "X Exiting due to MK_ADDON_ENABLE: timed out", "")
    with pytest.raises(UserError, match="registry addon could not be enabled: X Exiting due to MK_ADDON_ENABLE"):
        start(runner)


def test_a_registry_that_does_not_answer_is_told_before_anything_is_pushed(api: Api) -> None:
    api.answers[REGISTRY_MAP] = announced_registry("127.0.0.1:1")
    with pytest.raises(UserError, match="registry 127.0.0.1:1 does not answer .*; run: ./dev cluster up"):
        Minikube(containerd(api)).image_route()


def test_the_registry_inside_a_virtual_machine_gets_a_tunnel(api: Api, home: Path) -> None:
    log = home / "cache" / "tunnels" / "minikube" / "registry.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"Forwarding from 127.0.0.1:{api.port} -> 5000\n")
    runner = containerd(api, driver="kvm2")
    runner.answers[f"{sys.executable} -m scripts.cluster.detached"] = (0, f"{os.getpid()}\n", "")
    start(runner)
    forward = "port-forward --namespace kube-system service/registry :80"
    detached = f"{sys.executable} -m scripts.cluster.detached {log}"
    assert f"{detached} minikube --profile minikube kubectl -- {forward}" in runner.argvs()
    assert api.bodies[0]["data"] == announced_registry(f"127.0.0.1:{api.port}", "localhost:5000")["data"]


def test_the_container_of_a_rootful_podman_is_asked_for_as_root(api: Api) -> None:
    runner = containerd(api, driver="podman")
    port = runner.answers.pop("podman port minikube 5000/tcp")
    runner.answers |= {"podman port": (125, "", "Error: no container with name minikube"), "sudo -n podman port": port}
    start(runner)
    assert [argv for argv in runner.argvs() if "podman port" in argv] == [
        "podman port minikube 5000/tcp",
        "sudo -n podman port minikube 5000/tcp",
    ]
    assert len(api.bodies) == 1
    runner = containerd(api, driver="podman")
    runner.answers["podman port minikube 5000/tcp"] = (125, "", "Error: no container with name minikube")
    runner.missing.add("sudo")
    with pytest.raises(UserError, match="container minikube does not publish port 5000"):
        start(runner)
