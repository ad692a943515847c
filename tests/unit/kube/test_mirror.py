"""The live objects of a namespace, kept at hand over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.kube import mirror
from scripts.kube.mirror import Mirror
from scripts.kube.pod import identities, running
from tests.unit.engine.live_cluster import NAMESPACE, Cluster, Hands, live_cluster, until
from tests.unit.engine.test_pod_logs import DEPLOYMENT


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with live_cluster() as made:
        made.apply(DEPLOYMENT)
        yield made


@pytest.fixture
def kept(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(mirror, "RETRY_SECONDS", 0.02)
    changes: list[int] = []
    made = Mirror(Hands(cluster.url), lambda: changes.append(1))
    made.watch([NAMESPACE])
    yield made
    made.stop()
    assert changes


def test_what_is_there_at_the_start_is_listed_with_its_kind(kept: Mirror) -> None:
    assert [pod["kind"] for pod in kept.all("Pod")] == ["Pod"]
    assert kept.get("Deployment", NAMESPACE, "web") is not None
    assert kept.get("Deployment", NAMESPACE, "other") is None
    assert kept.get("Deployment", "other", "web") is None


def test_changes_arrive_by_themselves(kept: Mirror, cluster: Cluster) -> None:
    cluster.delete("Pod", "pod-1")
    until(lambda: [pod["metadata"]["name"] for pod in kept.all("Pod")] == ["pod-2"], "the new pod")


def test_a_watch_that_is_cut_within_an_event_is_begun_again(kept: Mirror, cluster: Cluster) -> None:
    until(lambda: "Pod" in cluster.watched, "the pods are watched")
    cluster.cut_watches()
    cluster.delete("Pod", "pod-1")
    until(lambda: [pod["metadata"]["name"] for pod in kept.all("Pod")] == ["pod-2"], "the new pod")


def test_a_cluster_that_does_not_answer_for_a_while_is_listed_again(kept: Mirror, cluster: Cluster) -> None:
    refused: list[str] = []

    def refuse(method: str, path: str) -> int:
        refused.append(path)
        return 0

    until(lambda: "Pod" in cluster.watched, "the pods are watched")
    cluster.refuse = refuse
    cluster.cut_watches()
    until(lambda: refused, "it has asked")
    cluster.delete("Pod", "pod-1")
    cluster.refuse = lambda method, path: None
    until(lambda: [pod["metadata"]["name"] for pod in kept.all("Pod")] == ["pod-2"], "the new pod")


def test_running_containers_are_found_by_the_image_that_their_pod_names(cluster: Cluster) -> None:
    found = running([cluster.pod()], "app:1")
    assert [(item.pod, item.name, item.id) for item in found] == [("pod-1", "app", "container-1")]
    assert running([cluster.pod()], "app:2") == []
    cluster.turn(state={"waiting": {"reason": "CrashLoopBackOff"}})
    assert running([cluster.pod()], "app:1") == []


def test_pods_and_their_containers_are_known_by_their_ids(cluster: Cluster) -> None:
    assert identities([cluster.pod()]) >= {"pod-1", "container-1"}
