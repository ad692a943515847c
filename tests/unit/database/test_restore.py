"""What `./dev restore` says at its end: without pods of the backend nothing is migrated yet, and nobody serves."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from scripts.commands import restore
from scripts.kube.access import Access
from scripts.kube.api import Kube
from tests.http_server import Handler, serving


class Cluster(Handler):
    """Has the backend's Deployments with these numbers of pods, all of them of the newest template."""

    replicas: list[int] = []
    restarted = 0

    def do_GET(self) -> None:
        items = [deployment(f"todo-{place}", count) for place, count in enumerate(Cluster.replicas)]
        name = self.path.partition("?")[0].rpartition("/")[2]
        one = [item for item in items if item["metadata"]["name"] == name]
        self.respond(200, json.dumps(one[0] if one else {"items": items}).encode())

    def do_PATCH(self) -> None:
        Cluster.restarted += 1
        self.respond(200, b"{}")


def deployment(name: str, replicas: int) -> dict[str, dict[str, object]]:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), replicas)
    status: dict[str, object] = {"observedGeneration": 1, **counts}
    return {"metadata": {"name": name, "generation": 1}, "spec": {"replicas": replicas}, "status": status}


@pytest.fixture
def kube() -> Iterator[Kube]:
    Cluster.restarted = 0
    with serving(Cluster) as url:
        yield Kube(Access(url))


@pytest.mark.parametrize(("replicas", "serves"), [([], False), ([0], False), ([2], True), ([0, 1], True)])
def test_the_backend_serves_what_is_restored_only_if_it_has_pods(kube: Kube, replicas: list[int], serves: bool) -> None:
    Cluster.replicas = replicas
    assert restore.restart_backend(kube, "todo") is serves
    assert Cluster.restarted == len(replicas)
