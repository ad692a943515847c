"""The embedded node's container: how it is run, and what each state of it leads to."""

import json
import socket
from collections.abc import Iterator

import pytest

from scripts.cluster.embedded import node_container
from scripts.cluster.embedded.node_container import Container, Ports
from scripts.core.errors import UserError
from tests.unit.fakes import FakeRunner

IMAGE = "todo-node:1"
INSPECT = "docker container inspect todo-embedded"


@pytest.fixture
def ports() -> Ports:
    """Ports that nobody has at the moment."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], two.getsockname()[1], first_node_port=1, last_node_port=0)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def inspected(state: str, spec: str) -> tuple[int, str, str]:
    labels = {node_container.SPEC_LABEL: spec}
    return 0, json.dumps([{"State": {"Status": state}, "Config": {"Labels": labels}}]), ""


def absent() -> tuple[int, str, str]:
    return 1, "[]", "Error: No such container: todo-embedded"


def test_everything_is_published_on_the_loopback_address_only() -> None:
    argv = node_container.run_argv(IMAGE, Ports())
    published = [argv[index + 1] for index, word in enumerate(argv) if word == "--publish"]
    assert published == [
        "127.0.0.1:6443:6443",
        "127.0.0.1:5005:5005",
        "127.0.0.1:30300-30319:30300-30319",
    ]


def test_another_port_or_image_makes_another_spec_and_the_same_makes_the_same() -> None:
    argvs = [
        node_container.run_argv(IMAGE, Ports()),
        node_container.run_argv(IMAGE, Ports(api=7443)),
        node_container.run_argv("todo-node:2", Ports()),
    ]
    assert len({node_container.spec_of(argv) for argv in argvs}) == 3
    assert argvs[0] == node_container.run_argv(IMAGE, Ports())


@pytest.mark.parametrize(
    ("container", "action"),
    [
        (None, "create"),
        (Container("running", "new"), "nothing"),
        (Container("exited", "new"), "start"),
        (Container("running", "old"), "recreate"),
        (Container("exited", "old"), "recreate"),
        (Container("created", "new"), "recreate"),
        (Container("restarting", "new"), "recreate"),
        (Container("paused", "new"), "recreate"),
        (Container("dead", "new"), "recreate"),
    ],
)
def test_each_state_leads_to_a_running_container_of_the_wanted_spec(container: Container | None, action: str) -> None:
    assert node_container.decide(container, "new") == action


def test_a_first_start_makes_the_network_and_runs_the_container(ports: Ports) -> None:
    missing = {"docker network inspect todo-embedded": (1, "", "no such network")}
    runner = FakeRunner({INSPECT: absent(), **missing})
    assert node_container.ensure(runner, IMAGE, ports) == "create"
    assert "docker network create todo-embedded" in runner.argvs()
    assert runner.argvs()[-1] == " ".join(node_container.run_argv(IMAGE, ports))


def test_a_docker_network_that_hides_the_pods_is_refused_before_anything_runs(ports: Ports) -> None:
    subnets = "docker network inspect --format {{range .IPAM.Config}}{{.Subnet}} {{end}} todo-embedded"
    runner = FakeRunner({INSPECT: absent(), subnets: (0, "fd00::/64 10.244.0.0/16 ", "")})
    with pytest.raises(
        UserError, match=r"the addresses 10\.244\.0\.0/16, .* 10\.244\.0\.0/24; set default-address-pools"
    ):
        node_container.ensure(runner, IMAGE, ports)
    assert not [line for line in runner.argvs() if line.startswith("docker run")]


def test_a_stopped_container_is_started_as_it_is(ports: Ports) -> None:
    spec = node_container.spec_of(node_container.run_argv(IMAGE, ports))
    runner = FakeRunner({INSPECT: inspected("exited", spec)})
    assert node_container.ensure(runner, IMAGE, ports) == "start"
    assert runner.argvs()[-1] == "docker start todo-embedded"


def test_a_container_of_an_older_image_is_replaced_and_its_volume_kept(ports: Ports) -> None:
    runner = FakeRunner({INSPECT: inspected("running", "older")})
    assert node_container.ensure(runner, IMAGE, ports) == "recreate"
    assert "docker container rm --force todo-embedded" in runner.argvs()
    assert not [line for line in runner.argvs() if line.startswith("docker volume")]


def test_a_running_container_is_left_alone_though_its_ports_are_in_use(busy_port: int) -> None:
    ports = Ports(api=busy_port)
    spec = node_container.spec_of(node_container.run_argv(IMAGE, ports))
    runner = FakeRunner({INSPECT: inspected("running", spec)})
    assert node_container.ensure(runner, IMAGE, ports) == "nothing"
    assert runner.argvs() == [INSPECT]


def test_a_busy_port_is_named_with_who_holds_it_and_what_to_do(busy_port: int) -> None:
    listening = f'LISTEN 0 1 127.0.0.1:{busy_port} 0.0.0.0:* users:(("registry",pid=4711,fd=3))'
    runner = FakeRunner({INSPECT: absent(), "ss": (0, listening, "")})
    with pytest.raises(UserError) as raised:
        node_container.ensure(runner, IMAGE, Ports(registry=busy_port, api=1024))
    assert str(raised.value) == (
        f"port 127.0.0.1:{busy_port} is in use by registry (pid 4711); "
        "stop it, or choose another port with TODO_REGISTRY_PORT"
    )
    assert not [line for line in runner.argvs() if line.startswith("docker run")]


def test_a_port_held_by_a_container_is_told_by_its_name(busy_port: int) -> None:
    runner = FakeRunner({INSPECT: absent(), f"docker ps --filter publish={busy_port}": (0, "kind-registry\n", "")})
    with pytest.raises(UserError, match="in use by container kind-registry; stop it, or .* TODO_API_PORT"):
        node_container.ensure(runner, IMAGE, Ports(api=busy_port))


@pytest.mark.parametrize("text", ["http", "80", "65536", "-1"])
def test_a_port_variable_that_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TODO_API_PORT", text)
    with pytest.raises(UserError, match=f"TODO_API_PORT={text} is not a port"):
        Ports.from_env()


def test_an_engine_that_does_not_answer_is_not_taken_for_an_absent_container() -> None:
    runner = FakeRunner({INSPECT: (1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")})
    with pytest.raises(UserError, match="Cannot connect to the Docker daemon"):
        node_container.inspect(runner)


def test_deleting_removes_container_volume_and_network_and_is_content_when_they_are_gone() -> None:
    runner = FakeRunner()
    node_container.delete(runner)
    assert "docker volume rm todo-embedded-var" in runner.argvs()
    assert "docker network rm todo-embedded" in runner.argvs()
    nothing = FakeRunner({"docker volume inspect": (1, "", "none"), "docker network inspect": (1, "", "none")})
    node_container.delete(nothing)
    assert not [line for line in nothing.argvs() if " volume rm" in line or " network rm" in line]
