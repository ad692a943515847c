"""What `./dev clean` does to the registry of a real node."""

from __future__ import annotations

import httpx
import pytest

from scripts.cluster.embedded import node_image
from scripts.cluster.embedded.provider import Embedded
from scripts.core.progress import Steps
from scripts.docker.delivery import push
from scripts.docker.engine import Engine
from scripts.leftovers import registry
from tests.cluster.conftest import eventually

NAME = "library/leftovers"


def test_a_tag_of_a_loop_that_is_older_than_a_week_is_forgotten_and_what_is_left_can_be_pulled(
    embedded: Embedded, image: str, request: pytest.FixtureRequest
) -> None:
    host, engine = embedded.image_route().push_host, Engine()
    for tag in ("tilt-old", "tilt-new", "release"):
        push(engine, node_image.base_tag(), f"{host}/{NAME}:{tag}", Steps())
        engine.images.remove(f"{host}/{NAME}:{tag}")
    folder = f"{registry.STORAGE}/docker/registry/v2/repositories/{NAME}"
    request.addfinalizer(lambda: embedded.node_exec("rm", "-r", folder))
    for tag in ("tilt-old", "release"):
        embedded.node_exec("touch", "-d", f"{registry.DAYS + 1} days ago", f"{folder}/_manifests/tags/{tag}")
    [found] = registry.find(embedded.node_exec)
    found.remove()

    def tags() -> list[str]:
        answer = httpx.get(f"http://{host}/v2/{NAME}/tags/list", trust_env=False)
        return sorted(answer.json()["tags"] or ())

    assert eventually("the registry answers", tags) == ["release", "tilt-new"]
    assert registry.find(embedded.node_exec) == []
    for kept in (f"{host}/{NAME}:tilt-new", image):
        engine.images.pull(kept, 60, lambda _: None)
        engine.images.remove(kept)
