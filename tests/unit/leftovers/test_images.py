"""Images in Docker that `./dev clean` removes, and those that it leaves."""

from __future__ import annotations

import time

from scripts.cluster.embedded import node_image
from scripts.docker.debian import RECIPE
from scripts.docker.engine import Engine
from scripts.leftovers import images
from tests.unit.docker_api import DockerApi, Stored, id_of

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
    in_pod, in_container = f"localhost:5005/library/todo-backend:tilt-{HEX16}", f"todo-backend:tilt-{HEX16}"
    docker_api.add(in_pod, in_container, "todo-backend:0.1.0", "todo-backend:mine", labels=BACKEND)
    docker_api.images[f"todo-backend:{HEX12}"] = Stored(id_of("todo-backend:mine"), BACKEND)  # a second name of it
    docker_api.add("todo-base/python:3.13-slim", labels={RECIPE: "x"})
    docker_api.add_container("stopped", "exited")
    docker_api.containers["stopped"]["ImageID"] = id_of(in_container)
    assert old_images(docker_api, in_pod) == []


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
