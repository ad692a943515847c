"""The embedded cluster as a provider."""

import io
import threading
from pathlib import Path
from queue import Queue

import pytest

from scripts.cluster.embedded import node_binaries, node_container, node_image, provider
from scripts.cluster.embedded.node_container import NAME
from scripts.cluster.embedded.provider import Embedded
from scripts.core.errors import UserError
from scripts.core.lock import exclusive
from scripts.core.progress import Steps
from tests.unit.cluster.cluster_home import serve_api
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

READY = "/usr/local/lib/todo-node/node-ready"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    for variable in ("TODO_API_PORT", "TODO_REGISTRY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("container", "ready", "state", "detail"),
    [
        ("", (0, ""), "absent", "./dev cluster up"),
        ("exited", (0, ""), "stopped", "./dev cluster up"),
        ("restarting", (0, ""), "broken", "is restarting"),
        ("running", (1, "cluster DNS\n"), "broken", "cluster DNS is not ready"),
        ("running", (0, ""), "running", "todo-embedded"),
    ],
)
def test_the_status_says_how_the_cluster_stands_and_what_to_do(
    docker_api: DockerApi, container: str, ready: tuple[int, str], state: str, detail: str
) -> None:
    docker_api.programs[READY] = ready
    if container:
        docker_api.add_container(NAME, container)
    status = Embedded(FakeRunner()).status()
    assert status.state == state
    assert detail in status.detail


def test_images_are_pushed_and_pulled_under_one_name(docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_REGISTRY_PORT", "5055")
    route = Embedded(FakeRunner()).image_route()
    assert (route.kind, route.push_host, route.pull_host) == ("registry", "localhost:5055", "localhost:5055")


def test_images_are_taken_by_a_node_that_runs_and_whose_registry_answers(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_api() as registry:
        monkeypatch.setenv("TODO_REGISTRY_PORT", str(registry.port))
        assert not Embedded(FakeRunner()).takes_images()
        docker_api.add_container(NAME, "exited")
        assert not Embedded(FakeRunner()).takes_images()
        docker_api.add_container(NAME, "running")
        docker_api.containers[NAME]["Config"]["Env"] = [f"TODO_REGISTRY_PORT={registry.port}"]
        assert Embedded(FakeRunner()).takes_images()
    assert not Embedded(FakeRunner()).takes_images()


def test_a_command_without_the_variables_of_the_first_finds_the_ports_that_it_chose(docker_api: DockerApi) -> None:
    docker_api.add_container(NAME, "running")
    docker_api.containers[NAME]["Config"]["Env"] = ["TODO_REGISTRY_PORT=5055"]
    embedded = Embedded(FakeRunner())
    assert embedded.image_route().push_host == "localhost:5055"
    docker_api.containers.clear()
    assert embedded.image_route().push_host == "localhost:5055", "a loop asks often, so it is remembered"
    embedded.delete()
    assert embedded.image_route().push_host == "localhost:5005"


def test_a_node_port_that_is_not_published_is_refused_with_those_that_are(docker_api: DockerApi) -> None:
    embedded = Embedded(FakeRunner())
    assert embedded.node_url(30300) == "http://127.0.0.1:30300"
    with pytest.raises(UserError, match="NodePort 31000 is not published .*30300 to 30319"):
        embedded.node_url(31000)


def test_ports_without_that_of_the_app_are_refused_before_the_node_starts(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "NodePort 30300 is not published .* but 30320 to 30339; set TODO_FIRST_NODE_PORT=30300"
    embedded = Embedded(FakeRunner())
    embedded.check_node_port(30300)
    monkeypatch.setenv("TODO_FIRST_NODE_PORT", "30320")
    with pytest.raises(UserError, match=refused):
        embedded.check_node_port(30300)
    docker_api.add_container(NAME, "running")
    docker_api.containers[NAME]["Config"]["Env"] = ["TODO_FIRST_NODE_PORT=30320"]
    monkeypatch.delenv("TODO_FIRST_NODE_PORT")
    for refuses in (embedded.check_node_port, embedded.node_url):
        with pytest.raises(UserError, match=refused):
            refuses(30300)
    monkeypatch.setenv("TODO_FIRST_NODE_PORT", "30300")
    embedded.check_node_port(30300)


def test_a_node_that_dies_while_it_starts_is_reported_with_the_last_line_of_its_log(
    docker_api: DockerApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_container, "ensure", lambda *given: "create")
    docker_api.add(node_image.tag())
    docker_api.add_container(NAME, "exited")
    docker_api.programs["log"] = (0, "mount: /sys: permission denied\n")
    with pytest.raises(UserError, match="the embedded node stopped: mount: /sys: permission denied; see: docker logs"):
        Embedded(FakeRunner()).start(Steps(io.StringIO()))


def test_a_program_that_fails_on_the_node_is_named_with_the_reason(docker_api: DockerApi) -> None:
    docker_api.add_container(NAME, "running")
    docker_api.programs["cat /nope"] = (1, "cat: /nope: No such file or directory\n")
    with pytest.raises(UserError, match="cat failed on the embedded node: cat: /nope: No such file"):
        Embedded(FakeRunner()).node_exec("cat", "/nope")


def test_delete_removes_the_kubeconfig_and_leaves_the_binaries(docker_api: DockerApi, cache: Path) -> None:
    embedded = Embedded(FakeRunner())
    embedded.kubeconfig().parent.mkdir(parents=True)
    embedded.kubeconfig().touch()
    (cache / "bin/abc").mkdir(parents=True)
    embedded.delete()
    assert not embedded.kubeconfig().exists()
    assert (cache / "bin/abc").is_dir()


@pytest.mark.parametrize(("missing", "begun"), [({"docker"}, True), (set(), False)])
def test_the_compile_begins_before_docker_is_installed(
    cache: Path, monkeypatch: pytest.MonkeyPatch, missing: set[str], begun: bool
) -> None:
    started = threading.Event()
    monkeypatch.setattr(node_binaries, "ensure", lambda *given: started.set())
    Embedded(FakeRunner(missing=missing)).compile_ahead(Steps(io.StringIO()))
    assert started.wait(10 if begun else 0) == begun


class Waits(io.StringIO):
    """Output of one that says that it waits for another."""

    def __init__(self, happened: Queue[str]) -> None:
        super().__init__()
        self._happened = happened

    def write(self, text: str) -> int:
        if "waiting for it" in text:
            self._happened.put("waits")
        return super().write(text)


def test_nodes_of_two_names_make_their_image_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: Queue[str] = Queue()
    other = threading.Thread(target=lambda: Embedded(FakeRunner()).prepare(Steps(Waits(happened))))

    def make(*given: object) -> str:
        if threading.current_thread() is other:
            happened.put("made beside the first")
        else:
            monkeypatch.setattr(provider, "NAME", "other")
            other.start()
            assert happened.get(timeout=10) == "waits"
        return "made"

    monkeypatch.setattr(node_image, "ensure", make)
    Embedded(FakeRunner()).prepare(Steps(io.StringIO()))
    other.join(10)
    assert not other.is_alive()


def test_a_second_process_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []

    def let_go() -> None:
        said.append("waiting")
        first.__exit__(None, None, None)

    first = exclusive(tmp_path / "lock", lambda: None)
    first.__enter__()
    with exclusive(tmp_path / "lock", let_go):
        assert said == ["waiting"]
