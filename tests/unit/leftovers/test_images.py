"""Images in Docker that `./dev clean` removes, and those that it leaves."""

from __future__ import annotations

import time

import pytest

from scripts.cluster.embedded import node_image
from scripts.core.progress import Steps
from scripts.docker.debian import RECIPE
from scripts.docker.delivery import deliver, pull_name
from scripts.docker.engine import Engine
from scripts.docker.errors import EngineError
from scripts.docker.route import ImageRoute
from scripts.leftovers import images
from tests.unit.docker_api import DockerApi, Stored, id_of
from tests.unit.fakes import FakeRunner

LATER = time.time() + 24 * 3600  # after all these tests, however long they wait for their turn
HEX16, HEX12 = "0123456789abcdef", "0123456789ab"
BACKEND = {images.TITLE: "todo-backend"}


def old_images(api: DockerApi, *running: str, before: float = LATER) -> list[str]:
    return [found.name for found in images.find(Engine(), running, before)]


def test_what_later_builds_replaced_is_old(docker_api: DockerApi) -> None:
    docker_api.add(f"localhost:5005/library/todo-backend:tilt-{HEX16}", labels=BACKEND)
    docker_api.add(f"todo-backend:0.1.0-{HEX12}", labels=BACKEND)
    docker_api.add(f"todo-node:{HEX12}", node_image.tag(), node_image.base_tag())
    assert old_images(docker_api) == [
        f"localhost:5005/library/todo-backend:tilt-{HEX16}", f"todo-backend:0.1.0-{HEX12}", f"todo-node:{HEX12}",
    ]  # fmt: skip


def test_what_is_in_use_or_was_named_by_a_person_stays(docker_api: DockerApi) -> None:
    in_container = f"todo-backend:tilt-{HEX16}"
    docker_api.add(in_container, "todo-backend:0.1.0", "todo-backend:mine", labels=BACKEND)
    docker_api.images[f"todo-backend:{HEX12}"] = Stored(id_of("todo-backend:mine"), BACKEND)  # a second name of it
    docker_api.add("todo-base/python:3.13-slim", labels={RECIPE: "x"})
    docker_api.add_container("stopped", "exited")
    docker_api.containers["stopped"]["ImageID"] = id_of(in_container)
    assert old_images(docker_api) == []


@pytest.mark.parametrize("by_host_only", [False, True])
def test_what_was_delivered_to_the_cluster_stays_while_a_pod_uses_it(docker_api: DockerApi, by_host_only: bool) -> None:
    route = ImageRoute("registry", push_host="127.0.0.1:1", pull_host="registry:5000", by_host_only=by_host_only)
    docker_api.images["sha256:1"] = Stored("sha256:1", BACKEND)
    name = f"todo-backend:tilt-{HEX16}"
    deliver(FakeRunner(), Engine(), route, "sha256:1", name, Steps())
    del docker_api.images["sha256:1"]  # it has a name now
    [in_docker] = docker_api.images
    assert old_images(docker_api, pull_name(route, name)) == []
    assert old_images(docker_api, pull_name(route, "todo-backend:tilt-" + HEX16[::-1])) == [in_docker]


def test_images_of_others_stay_whatever_their_tags_look_like(docker_api: DockerApi) -> None:
    docker_api.add(f"their-backend:tilt-{HEX16}", f"todo-other:{HEX12}", f"them/todo-node:{HEX12}")
    docker_api.add(f"nginx:{HEX12}", labels={images.TITLE: "nginx"})
    assert old_images(docker_api) == []


def test_what_was_tagged_lately_stays(docker_api: DockerApi) -> None:
    docker_api.images[f"todo-backend:{HEX12}"] = Stored("sha256:1", BACKEND, "2026-01-02T00:00:00.123456789Z")
    tagged = 1767312000.1
    assert old_images(docker_api, before=tagged - 1) == []
    assert old_images(docker_api, before=tagged + 1) == [f"todo-backend:{HEX12}"]


def test_removing_an_image_removes_all_its_names(docker_api: DockerApi) -> None:
    for name in (f"todo-backend:{HEX12}", f"todo-backend:0.1.0-{HEX12}"):
        docker_api.images[name] = Stored("sha256:1", BACKEND)
    [found] = images.find(Engine(), (), LATER)
    assert (found.name, found.size) == (f"todo-backend:{HEX12} and 1 more names", 4_000)
    found.remove()
    assert docker_api.images == {}
    found.remove()  # as after another ./dev clean


def test_an_image_that_a_container_has_begun_to_use_stays_and_that_is_told(docker_api: DockerApi) -> None:
    docker_api.add(name := f"todo-backend:{HEX12}", labels=BACKEND)
    [found] = images.find(Engine(), (), LATER)
    docker_api.add_container("new", "running")
    docker_api.containers["new"]["ImageID"] = id_of(name)
    with pytest.raises(EngineError, match=f"could not remove image {name}: conflict"):
        found.remove()
    Engine().images.remove(name)  # for those who only tidy up
    assert name in docker_api.images
