"""The embedded node's container: how it is run, and what each state of it leads to."""

import socket
from collections.abc import Iterator

import pytest

from scripts.cluster.embedded import node_container
from scripts.cluster.embedded.node_container import IMAGES_VOLUME, NAME, SPEC_LABEL, VOLUME, Ports
from scripts.core.errors import UserError
from scripts.docker.containers import Container, Containers
from scripts.docker.engine import Engine
from tests.ports import closed_port
from tests.unit.docker_api import DockerApi
from tests.unit.fakes import FakeRunner

IMAGE = "todo-node:1"


@pytest.fixture
def ports() -> Ports:
    return Ports(closed_port(), closed_port(), node_ports=0)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.fixture
def containers(docker_api: DockerApi) -> Containers:
    return Engine().containers


def spec(image: str, ports: Ports) -> dict[str, str]:
    """The label of the container that is wanted."""
    return {SPEC_LABEL: node_container.config(image, ports)["Labels"][SPEC_LABEL]}


def nobody() -> str:
    """No loop works on the cluster."""
    return ""


def test_everything_is_published_on_the_loopback_address_only() -> None:
    published = node_container.config(IMAGE, Ports())["HostConfig"]["PortBindings"]
    assert list(published) == ["6443/tcp", "5005/tcp", *(f"{port}/tcp" for port in range(30300, 30320))]
    for port, [binding] in published.items():
        assert binding == {"HostIp": "127.0.0.1", "HostPort": port.removesuffix("/tcp")}


def test_the_node_is_less_than_privileged_and_sees_all_of_proc() -> None:
    host = node_container.config(IMAGE, Ports())["HostConfig"]
    assert "Privileged" not in host
    assert (host["CapAdd"], host["CapDrop"]) == (["ALL"], ["SYS_RESOURCE"])
    assert (host["MaskedPaths"], host["ReadonlyPaths"]) == ([], [])


def test_another_port_or_image_makes_another_spec_and_the_same_makes_the_same() -> None:
    specs = [spec(IMAGE, Ports()), spec(IMAGE, Ports(api=7443)), spec("todo-node:2", Ports())]
    assert len({one[SPEC_LABEL] for one in specs}) == 3
    assert specs[0] == spec(IMAGE, Ports())


@pytest.mark.parametrize(
    ("container", "action"),
    [
        (None, "create"),
        (Container("running", {SPEC_LABEL: "new"}), "nothing"),
        (Container("exited", {SPEC_LABEL: "new"}), "start"),
        (Container("running", {SPEC_LABEL: "old"}), "recreate"),
        (Container("exited", {SPEC_LABEL: "old"}), "recreate"),
        (Container("created", {SPEC_LABEL: "new"}), "recreate"),
        (Container("restarting", {SPEC_LABEL: "new"}), "recreate"),
        (Container("paused", {SPEC_LABEL: "new"}), "recreate"),
        (Container("dead", {SPEC_LABEL: "new"}), "recreate"),
    ],
)
def test_each_state_leads_to_a_running_container_of_the_wanted_spec(container: Container | None, action: str) -> None:
    assert node_container.decide(container, "new") == action


def test_a_first_start_makes_the_network_and_runs_the_container(
    docker_api: DockerApi, containers: Containers, ports: Ports
) -> None:
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody) == "create"
    assert docker_api.did == [f"network create {NAME}", f"create {NAME} {IMAGE}", f"start {NAME}"]
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody) == "nothing"


def test_a_docker_network_that_hides_the_pods_is_refused_before_anything_runs(
    docker_api: DockerApi, containers: Containers, ports: Ports
) -> None:
    docker_api.networks[NAME] = ["fd00::/64", "10.244.0.0/16"]
    with pytest.raises(
        UserError, match=r"the addresses 10\.244\.0\.0/16, .* 10\.244\.0\.0/24; set default-address-pools"
    ):
        node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody)
    assert docker_api.did == [f"network rm {NAME}"]


def test_a_stopped_container_is_started_as_it_is(docker_api: DockerApi, containers: Containers, ports: Ports) -> None:
    docker_api.add_container(NAME, "exited", spec(IMAGE, ports))
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody) == "start"
    assert docker_api.did == [f"start {NAME}"]


def test_a_container_of_an_older_image_is_replaced_and_its_volume_kept(
    docker_api: DockerApi, containers: Containers, ports: Ports
) -> None:
    docker_api.add_container(NAME, "running", {SPEC_LABEL: "older"})
    docker_api.networks[NAME] = []
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody) == "recreate"
    assert docker_api.did == [f"rm {NAME}", f"create {NAME} {IMAGE}", f"start {NAME}"]


def test_a_node_in_which_a_loop_works_is_not_replaced_but_the_loop_named(
    docker_api: DockerApi, containers: Containers, ports: Ports
) -> None:
    env = [f"TODO_API_PORT={ports.api}", f"TODO_REGISTRY_PORT={ports.registry}"]
    for given, why in ((env, "from another version of its image"), ([], "on other ports")):
        docker_api.add_container(NAME, "running", {SPEC_LABEL: "older"})
        docker_api.containers[NAME]["Config"]["Env"] = given
        with pytest.raises(UserError, match=f"start again {why}, but a loop works on it: ann; stop that loop by Ctrl"):
            node_container.ensure(FakeRunner(), containers, IMAGE, ports, lambda: "ann")
    docker_api.add_container(NAME, "exited", {SPEC_LABEL: "older"})
    assert docker_api.did == []
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, lambda: "ann") == "recreate"


def test_ports_that_the_environment_leaves_open_stay_as_the_container_has_them(
    docker_api: DockerApi, containers: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("TODO_API_PORT", "TODO_REGISTRY_PORT", "TODO_FIRST_NODE_PORT"):
        monkeypatch.delenv(variable, raising=False)
    assert Ports.wanted(None) == Ports()
    docker_api.add_container(NAME, "running")
    docker_api.containers[NAME]["Config"]["Env"] = ["PATH=/bin", "TODO_API_PORT=7443", "TODO_REGISTRY_PORT=5010"]
    container = containers.find(NAME)
    assert Ports.of(container) == Ports.wanted(container) == Ports(api=7443, registry=5010)
    monkeypatch.setenv("TODO_REGISTRY_PORT", "5011")
    assert Ports.wanted(container) == Ports(api=7443, registry=5011)
    assert Ports.of(container).registry == 5010
    monkeypatch.setenv("TODO_FIRST_NODE_PORT", "30320")
    assert Ports.wanted(container).all() == [7443, 5011, *range(30320, 30340)]


def test_a_removal_that_another_program_began_is_waited_for(docker_api: DockerApi, containers: Containers) -> None:
    docker_api.add_container(NAME, "running")
    docker_api.refused[f"rm {NAME}"] = f"removal of container {NAME} is already in progress"
    containers.remove(NAME)
    assert docker_api.did == [f"rm {NAME}", f"wait {NAME} removed"]


def test_a_container_that_cannot_be_removed_is_named(docker_api: DockerApi, containers: Containers) -> None:
    docker_api.add_container(NAME, "running")
    docker_api.refused[f"rm {NAME}"] = "could not kill: tried to kill container, but did not receive an exit event"
    with pytest.raises(UserError, match=f"could not remove container {NAME}: could not kill"):
        containers.remove(NAME)


def test_a_running_container_is_left_alone_though_its_ports_are_in_use(
    docker_api: DockerApi, containers: Containers, busy_port: int
) -> None:
    ports = Ports(api=busy_port)
    docker_api.add_container(NAME, "running", spec(IMAGE, ports))
    assert node_container.ensure(FakeRunner(), containers, IMAGE, ports, nobody) == "nothing"
    assert docker_api.did == []


def test_a_busy_port_is_named_with_who_holds_it_and_what_to_do(
    docker_api: DockerApi, containers: Containers, busy_port: int
) -> None:
    listening = f'LISTEN 0 1 127.0.0.1:{busy_port} 0.0.0.0:* users:(("registry",pid=4711,fd=3))'
    with pytest.raises(UserError) as raised:
        node_container.ensure(
            FakeRunner({"ss": (0, listening, "")}), containers, IMAGE, Ports(registry=busy_port, api=1024), nobody
        )
    assert str(raised.value) == (
        f"port 127.0.0.1:{busy_port} is in use by registry (pid 4711); "
        "stop it, or choose another port with TODO_REGISTRY_PORT"
    )
    assert docker_api.did == []


def test_a_port_held_by_a_container_is_named_by_that(
    docker_api: DockerApi, containers: Containers, busy_port: int
) -> None:
    docker_api.add_container("kind-registry", "running", ports={5000: busy_port})
    with pytest.raises(UserError, match="in use by container kind-registry; stop it, or .* TODO_API_PORT"):
        node_container.ensure(FakeRunner(), containers, IMAGE, Ports(api=busy_port), nobody)


@pytest.mark.parametrize("text", ["http", "80", "65536", "-1"])
def test_a_port_variable_that_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TODO_API_PORT", text)
    with pytest.raises(UserError, match=f"TODO_API_PORT={text} is not a port"):
        Ports.wanted(None)


def test_an_engine_that_does_not_answer_is_not_taken_for_an_absent_container() -> None:
    with pytest.raises(UserError, match="does not answer: Connection refused; start it"):
        Engine({"DOCKER_HOST": "tcp://127.0.0.1:1"}).containers.find(NAME)


def test_deleting_keeps_the_images_only_and_is_content_when_all_is_gone(
    docker_api: DockerApi, containers: Containers
) -> None:
    docker_api.add_container(NAME, "running")
    docker_api.volumes.update({VOLUME, IMAGES_VOLUME})
    docker_api.networks[NAME] = []
    node_container.delete(containers)
    assert docker_api.did == [f"rm {NAME}", f"volume rm {VOLUME}", f"network rm {NAME}"]
    docker_api.volumes.clear()
    node_container.delete(containers)
    assert len(docker_api.did) == 3
