"""Minikube as a provider: what is run, for which driver, runtime and failure."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.cluster import kubeconfig
from scripts.cluster.minikube.provider import Minikube
from scripts.cluster.node_urls import NodeUrls
from scripts.cluster.provider import ClusterStatus
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Result
from tests.unit.cluster.cluster_home import (
    MINIKUBE_EXTENSION,
    REGISTRY_MAP,
    SERVICES,
    Api,
    announced_registry,
    node_port_service,
    own_home,
    serve_api,
    write_kubeconfig,
)
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

LIST = "minikube profile list --light --output json"
STOPPED = {"Host": "Stopped", "Kubelet": "Stopped", "APIServer": "Stopped", "Kubeconfig": "Stopped"}
RUNNING = {"Host": "Running", "Kubelet": "Running", "APIServer": "Running", "Kubeconfig": "Configured"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield own_home(tmp_path, monkeypatch)


def profile(name: str = "minikube", *, active: bool = False, nodes: int = 1, **config: Any) -> dict[str, Any]:
    """One entry of the profile list, by default with the docker driver and runtime."""
    kubernetes = {"KubernetesVersion": config.get("kubernetes", "v1.34.1"), "ContainerRuntime": "docker"}
    kubernetes["ContainerRuntime"] = config.get("runtime", "docker")
    details = {
        "Name": name,
        "Driver": config.get("driver", "docker"),
        "Nodes": [{"Name": str(number)} for number in range(nodes)],
        "Addons": config.get("addons", {"storage-provisioner": True, "registry": False}),
        "KubernetesConfig": kubernetes,
    }
    return {"Name": name, "Status": "Skipped", "Active": active, "Config": details}


def listed(*profiles: dict[str, Any]) -> tuple[int, str, str]:
    return 0, json.dumps({"invalid": [], "valid": list(profiles)}), ""


def state(parts: dict[str, str] | None, name: str = "minikube") -> tuple[int, str, str]:
    if parts is None:
        return 85, '{"specversion":"1.0","data":{"message":"Profile not found"}}\n', ""
    return (0 if parts == RUNNING else 7), json.dumps({"Name": name, **parts}), ""


def minikube(*profiles: dict[str, Any], running: str = "", **answers: tuple[int, str, str]) -> FakeRunner:
    """A Minikube that has these profiles, of which one runs; keys of `answers` are argv with _ for a space."""
    statuses = {
        f"minikube status --profile {item['Name']}": state(RUNNING if item["Name"] == running else STOPPED)
        for item in profiles
    }
    scripted = {words.replace("_", " "): answer for words, answer in answers.items()}
    return FakeRunner(
        {
            "minikube version": (0, "v1.38.1\n", ""),
            LIST: listed(*profiles),
            "minikube status": state(None),
            **statuses,
            **scripted,
        }
    )


class Starting(FakeRunner):
    """Everything runs once `minikube start` has been called."""

    def run(self, argv: Any, **options: Any) -> Result:
        result = super().run(argv, **options)
        if argv[:2] == ["minikube", "start"] and result.returncode == 0:
            name = argv[argv.index("--profile") + 1]
            self.answers[f"minikube status --profile {name}"] = state(RUNNING)
            self.answers[LIST] = listed(profile(name))
        return result


def started(runner: FakeRunner) -> list[str]:
    return [argv for argv in runner.argvs() if argv.startswith("minikube start")]


def start(runner: FakeRunner) -> str:
    """Start, and return what was said meanwhile."""
    said = io.StringIO()
    Minikube(runner).start(Steps(said))
    return said.getvalue()


def context(home: Path, server: str = "https://192.168.49.2:8443", name: str = "minikube") -> None:
    cluster = {"server": server, "extensions": [MINIKUBE_EXTENSION]}
    write_kubeconfig(home / ".kube" / "config", name, {name: cluster})


@pytest.mark.parametrize(
    ("answers", "missing", "reason"),
    [
        ((0, "v1.38.1\n", ""), set(), None),
        ((0, "v1.32.0\n", ""), set(), "Minikube is 1.32.0, 1.33 or newer is needed"),
        ((1, "", "exec format error"), set(), "minikube does not work: exec format error"),
        ((0, "", ""), {"minikube"}, "minikube is not installed"),
    ],
)
def test_it_can_be_used_where_it_is_installed_in_a_version_that_works(
    answers: tuple[int, str, str], missing: set[str], reason: str | None
) -> None:
    runner = FakeRunner({"minikube version": answers}, missing=missing)
    assert Minikube(runner).available() == reason
    assert runner.argvs() == ([] if missing else ["minikube version --short"])


def test_the_profile_that_runs_is_taken(home: Path) -> None:
    profiles = profile("minikube"), profile("a", active=True), profile("b")
    assert Minikube(minikube(*profiles, running="b")).context == "b"
    assert Minikube(minikube(*profiles)).context == "a"
    assert Minikube(minikube(profile("b"))).context == "minikube"
    assert Minikube(minikube()).context == "minikube"


def test_of_two_that_run_the_one_in_use_is_taken(home: Path) -> None:
    runner = minikube(profile("minikube", active=True), profile("b"))
    runner.answers["minikube status"] = state(RUNNING)
    runner.answers |= {f"minikube status --profile {name}": state(RUNNING) for name in ("minikube", "b")}
    assert Minikube(runner).context == "minikube"
    context(home, name="b")
    assert Minikube(runner).context == "b"


def test_where_none_runs_the_default_profile_is_started() -> None:
    runner = Starting({LIST: listed(), "minikube status": state(None)})
    start(runner)
    assert started(runner) == ["minikube start --profile minikube --interactive=false"]


def test_a_context_in_use_stays_in_use_and_the_change_to_the_kubeconfig_is_told(home: Path) -> None:
    write_kubeconfig(home / ".kube" / "config", "prod", {"prod": "https://prod.example.com"})
    runner = Starting({LIST: listed(), "minikube status": state(None)})
    assert "Minikube adds context minikube to your kubeconfig; prod stays the one in use" in start(runner)
    assert started(runner) == ["minikube start --profile minikube --interactive=false --keep-context"]


def test_a_profile_that_runs_is_left_as_it_is() -> None:
    runner = minikube(profile("minikube"), running="minikube")
    start(runner)
    assert {argv.split()[1] for argv in runner.argvs()} == {"profile", "status"}


def test_a_stopped_profile_is_started_by_its_name() -> None:
    runner = Starting({LIST: listed(profile("dev", active=True)), "minikube status": state(STOPPED)})
    start(runner)
    assert started(runner) == ["minikube start --profile dev --interactive=false"]


def test_an_old_kubernetes_is_refused_before_it_is_started() -> None:
    runner = minikube(profile("minikube", active=True, kubernetes="v1.28.3"))
    with pytest.raises(UserError, match=r"Kubernetes is 1\.28\.3, 1\.30 or newer is needed") as refused:
        start(runner)
    assert refused.value.fix.endswith("minikube start --profile minikube --kubernetes-version stable")
    assert started(runner) == []


DISK = "X Exiting due to RSRC_DOCKER_STORAGE: Docker is out of disk space! (/var is at 100% of capacity)"
MEMORY = "X Exiting due to RSRC_INSUFFICIENT_SYS_MEMORY: System only has 900MiB available"
DRIVER = "X Exiting due to DRV_NOT_DETECTED: No possible driver was detected"
GUEST = "X Exiting due to GUEST_PROVISION: error provisioning guest: Failed to start host"


@pytest.mark.parametrize(
    ("failure", "what", "fix"),
    [
        ((26, DISK + "\n* Suggestion\n", ""), "Docker is out of disk space!", "docker system prune"),
        ((1, "", "write /var/x: no space left on device"), "no space left on device", "docker system prune"),
        ((23, MEMORY, ""), "System only has 900MiB available", "--memory"),
        ((55, DRIVER, ""), "No possible driver was detected", "minikube start --profile minikube --driver docker"),
        ((80, GUEST, ""), "error provisioning guest", "minikube delete --profile minikube"),
    ],
)
def test_a_start_that_fails_tells_why_and_what_to_do(failure: tuple[int, str, str], what: str, fix: str) -> None:
    runner = minikube(minikube_start=failure)
    with pytest.raises(UserError) as raised:
        start(runner)
    assert raised.value.what.startswith("Minikube could not start profile minikube: ")
    assert what in raised.value.what
    assert fix in raised.value.fix
    assert "\n" not in str(raised.value)
    assert not [argv for argv in runner.argvs() if argv.startswith("minikube delete")]


def test_a_profile_that_is_only_half_started_is_told() -> None:
    half = (6, json.dumps({"Name": "minikube", **RUNNING, "APIServer": "Stopped"}), "")
    runner = FakeRunner({LIST: listed(profile("minikube", active=True)), "minikube status": half})
    with pytest.raises(UserError, match="says that it started profile minikube, but APIServer of node .* is Stopped"):
        start(runner)


def test_a_full_disk_is_told_instead_of_starting_again() -> None:
    full = (7, json.dumps({"Name": "minikube", **RUNNING, "Host": "InsufficientStorage"}), "")
    runner = FakeRunner({LIST: listed(profile("minikube", active=True)), "minikube status": full})
    with pytest.raises(UserError, match="disk of Minikube's profile minikube is full; .*docker system prune"):
        start(runner)
    assert started(runner) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (state(RUNNING), "running"),
        (state(STOPPED), "stopped"),
        (state(None), "absent"),
        ((7, "null", ""), "broken"),
        (state({**RUNNING, "APIServer": "Paused"}), "broken"),
        (state({**RUNNING, "Kubeconfig": "Misconfigured"}), "broken"),
        ((7, "", "no such host"), "broken"),
        ((0, json.dumps([RUNNING, {**RUNNING, "APIServer": "Irrelevant", "Kubeconfig": "Irrelevant"}]), ""), "running"),
        ((1, json.dumps([RUNNING, STOPPED]), ""), "stopped"),
    ],
)
def test_the_status_is_minikubes_own(said: tuple[int, str, str], expected: str) -> None:
    runner = FakeRunner({LIST: listed(profile()), "minikube status": said})
    status = Minikube(runner, profile="minikube").status()
    assert status.state == expected
    assert runner.argvs()[0] == "minikube status --profile minikube --output json"
    if expected != "running":
        assert "./dev cluster up" in status.detail
    else:
        facts = "context minikube, driver docker, docker runtime, Kubernetes v1.34.1"
        assert status == ClusterStatus("minikube", "running", facts)


def test_notices_around_the_answers_do_no_harm() -> None:
    _, text, _ = listed(profile("dev", active=True))
    runner = FakeRunner({LIST: (0, '{"type":"io.k8s.sigs.minikube.info"}\n' + text + "\nnotice: 1.39 is out", "")})
    assert Minikube(runner).context == "dev"


def test_stopping_and_deleting_name_the_profile() -> None:
    for action in ("stop", "delete"):
        runner = minikube(profile("dev"), running="dev")
        getattr(Minikube(runner), action)()
        assert runner.argvs()[-1] == f"minikube {action} --profile dev"


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


@pytest.fixture
def api(home: Path) -> Iterator[Api]:
    """The cluster's API, which also answers as its registry."""
    with serve_api() as served:
        context(home, served.url)
        yield served


def containerd(api: Api, *, nodes: int = 1, driver: str = "docker", runtime: str = "containerd") -> FakeRunner:
    runner = minikube(profile(runtime=runtime, nodes=nodes, driver=driver), running="minikube")
    runner.answers["podman port minikube 5000/tcp"] = (0, f"127.0.0.1:{api.port}\n[::1]:{api.port}\n", "")
    return runner


@pytest.fixture
def node_container(api: Api, docker_api: DockerApi) -> DockerApi:
    """The engine in which Minikube's docker driver has its node, with the addon's port published."""
    docker_api.add_container("minikube", "running", ports={5000: api.port})
    return docker_api


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
