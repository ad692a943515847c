"""The embedded cluster as a provider."""

import io
import json
from pathlib import Path

import pytest

from scripts.cluster.embedded import node_container
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.lock import exclusive
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from tests.unit.fakes import FakeRunner

INSPECT = "docker container inspect todo-embedded"
READY = "docker exec todo-embedded /usr/local/lib/todo-node/node-ready"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TODO_CACHE_DIR", str(tmp_path))
    for variable in ("TODO_API_PORT", "TODO_REGISTRY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def a_container(state: str) -> tuple[int, str, str]:
    return 0, json.dumps([{"State": {"Status": state}, "Config": {"Labels": None}}]), ""


@pytest.mark.parametrize(
    ("container", "ready", "state", "detail"),
    [
        ((1, "", "Error: No such container: x"), (0, "", ""), "absent", "./dev cluster up"),
        (a_container("exited"), (0, "", ""), "stopped", "./dev cluster up"),
        (a_container("restarting"), (0, "", ""), "broken", "is restarting"),
        (a_container("running"), (1, "cluster DNS\n", ""), "broken", "cluster DNS is not ready"),
        (a_container("running"), (0, "", ""), "running", "todo-embedded"),
    ],
)
def test_the_status_says_how_the_cluster_stands_and_what_to_do(
    container: tuple[int, str, str], ready: tuple[int, str, str], state: str, detail: str
) -> None:
    status = Embedded(FakeRunner({INSPECT: container, READY: ready})).status()
    assert status.state == state
    assert detail in status.detail


def test_images_are_pushed_and_pulled_under_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_REGISTRY_PORT", "5055")
    route = Embedded(FakeRunner()).image_route()
    assert (route.kind, route.push_host, route.pull_host) == ("registry", "localhost:5055", "localhost:5055")


def test_a_node_port_that_is_not_published_is_refused_with_those_that_are() -> None:
    embedded = Embedded(FakeRunner())
    assert embedded.node_url(30300) == "http://127.0.0.1:30300"
    with pytest.raises(UserError, match="NodePort 31000 is not published .*30300 to 30319"):
        embedded.node_url(31000)


def test_a_node_that_dies_while_it_starts_is_reported_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_container, "ensure", lambda runner, image, ports: "create")
    runner = FakeRunner(
        {
            INSPECT: a_container("exited"),
            READY: (1, "", "container is not running"),
            "docker logs": (0, "", "mount: /sys: permission denied"),
        }
    )
    with pytest.raises(UserError, match="the embedded node stopped: mount: /sys: permission denied; see: docker logs"):
        Embedded(runner).start(Steps(io.StringIO()))


def test_delete_removes_the_kubeconfig_and_leaves_the_binaries(cache: Path) -> None:
    embedded = Embedded(FakeRunner())
    embedded.kubeconfig().parent.mkdir(parents=True)
    embedded.kubeconfig().touch()
    (cache / "bin/abc").mkdir(parents=True)
    embedded.delete()
    assert not embedded.kubeconfig().exists()
    assert (cache / "bin/abc").is_dir()


def test_a_second_process_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []

    def let_go() -> None:
        said.append("waiting")
        first.__exit__(None, None, None)

    first = exclusive(tmp_path / "lock", lambda: None)
    first.__enter__()
    with exclusive(tmp_path / "lock", let_go):
        assert said == ["waiting"]
