"""The embedded cluster, started if necessary, and a namespace in it for each module."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from scripts.cluster.embedded import node_binaries, node_image, space
from scripts.cluster.embedded.provider import Embedded
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare
from scripts.docker.delivery import push
from scripts.docker.engine import Engine
from scripts.leftovers import registry

FIXTURES = Path(__file__).parent
Value = TypeVar("Value")
IMAGE = "todo-cluster-test:1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FIXTURES):
            item.add_marker(pytest.mark.cluster)


@dataclass(frozen=True)
class Kubectl:
    """kubectl in one namespace of the embedded cluster."""

    kubeconfig: Path
    namespace: str

    def __call__(self, *args: str, input: str | None = None) -> str:
        kubectl = str(node_binaries.folder() / "kubectl")
        argv = [kubectl, "--kubeconfig", str(self.kubeconfig), "--namespace", self.namespace, *args]
        return Subprocess().run(argv, input=input, timeout=180).stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        self("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


@pytest.fixture(scope="session")
def embedded() -> Embedded:
    runner, steps = Subprocess(), Steps()
    if sys.platform != "linux":
        pytest.skip("the embedded cluster's node is built for Linux")
    prepare.docker(runner, steps, check_space=space.check)
    provider = Embedded(runner)
    provider.start(steps)
    return provider


@pytest.fixture(scope="session")
def image(embedded: Embedded) -> Iterator[str]:
    """An image with a shell, pushed to the cluster's registry, which also serves it as an image of Docker Hub."""
    pushed = f"{embedded.image_route().push_host}/library/{IMAGE}"
    engine = Engine()
    node_image.ensure_base(Subprocess(), engine, Steps())
    push(engine, node_image.base_tag(), pushed, Steps())
    engine.images.remove(pushed)
    yield pushed
    embedded.node_exec("rm", "-r", f"{registry.STORAGE}/docker/registry/v2/repositories/library/{IMAGE.split(':')[0]}")


@pytest.fixture(scope="module")
def kubectl(embedded: Embedded) -> Iterator[Kubectl]:
    namespace = f"cluster-test-{os.getpid()}"
    everywhere = Kubectl(embedded.kubeconfig(), "default")
    everywhere("create", "namespace", namespace)
    yield Kubectl(embedded.kubeconfig(), namespace)
    everywhere("delete", "namespace", namespace, "--timeout=120s")


def eventually(what: str, probe: Callable[[], Value], seconds: float = 120) -> Value:
    """The first truthy result of `probe`; its errors are ignored while the cluster starts."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            if last := probe():
                return last
        except (httpx.HTTPError, UserError) as error:
            last = error
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {seconds:g} s, last: {last!r}")
