"""The logs of containers, followed over a real socket."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.core.scrubber import MASK, Scrubber
from scripts.engine.record import pod_logs
from scripts.engine.record.logs import LogStore
from scripts.engine.record.pod_logs import PodLogs
from scripts.kube.secrets import learn_secrets
from tests.unit.engine.live_cluster import NAMESPACE, Cluster, Hands, live_cluster, until

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": NAMESPACE},
              "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}}}  # fmt: skip


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(pod_logs, "REOPEN_SECONDS", 0.02)
    with live_cluster() as made:
        made.apply(DEPLOYMENT)
        del made.pod()["status"]["initContainerStatuses"]
        yield made


class Followed:
    def __init__(self, cluster: Cluster, older: frozenset[str] = frozenset()) -> None:
        self.store = LogStore(scrubber := Scrubber())
        self.cluster, self.older = cluster, older
        kube = Hands(cluster.url)
        self.logs = PodLogs(kube, self.store, lambda: learn_secrets(kube, NAMESPACE, scrubber))
        self.again()

    def again(self, resource: str = "web") -> None:
        self.logs.follow(resource, [self.cluster.pod()], self.older)

    def has(self, *lines: str) -> None:
        until(lambda: self.lines() == list(lines), f"{lines}")

    def lines(self) -> list[str]:
        return [line.text for line in self.store.after(0)]


def test_a_run_is_followed_once_and_without_the_times_of_its_lines(cluster: Cluster) -> None:
    cluster.say("one")
    followed = Followed(cluster)
    followed.again()
    followed.has("one")
    cluster.say("two", "three words here")
    followed.has("one", "two", "three words here")


def test_a_line_has_the_time_at_which_it_was_written_not_read(cluster: Cluster) -> None:
    cluster.say("one")
    followed = Followed(cluster)
    followed.has("one")
    assert followed.store.after(0)[0].time == datetime(2030, 1, 1, tzinfo=UTC).timestamp()


def test_a_restarted_container_is_followed_anew_and_told_by_its_name_if_it_is_not_the_first(cluster: Cluster) -> None:
    followed = Followed(cluster)
    cluster.pod()["spec"]["containers"].insert(0, {"name": "other", "image": "other:1"})
    cluster.turn(containerID="restarted")
    cluster.say("one")
    followed.has("one")
    followed.again()
    followed.has("one", "app | one")


def test_a_container_whose_resource_is_given_another_name_goes_on_in_the_log_of_that(cluster: Cluster) -> None:
    cluster.say("one")
    followed = Followed(cluster)
    followed.has("one")
    followed.again("site")
    cluster.say("two")
    followed.has("one", "two")
    assert [line.resource for line in followed.store.after(0)] == ["web", "site"]


def test_a_stream_that_breaks_is_opened_again_and_no_line_is_lost_or_told_twice(cluster: Cluster) -> None:
    cluster.say("one")
    followed = Followed(cluster)
    followed.has("one")
    with cluster.paused():
        cluster.break_logs()
        cluster.say("two")
    followed.has("one", "two")
    cluster.say("three")
    followed.has("one", "two", "three")


def test_a_stream_is_not_opened_again_for_a_run_that_has_ended(cluster: Cluster) -> None:
    cluster.say("one")
    followed = Followed(cluster)
    followed.has("one")
    cluster.turn(containerID="restarted")
    asked: list[str] = []
    cluster.refuse = lambda method, path: asked.append(path)
    cluster.break_logs()
    until(lambda: asked, "it looked whether the container runs")
    cluster.say("of the next run")
    followed.again()
    followed.has("one", "one", "of the next run")


def test_only_of_what_ran_before_the_loop_is_the_beginning_left_out(cluster: Cluster) -> None:
    cluster.say("one")
    Followed(cluster).has("one")
    Followed(cluster, frozenset({"container-1"})).has("one")
    tails: list[Any] = [query.get("tailLines") for query in cluster.log_requests]
    assert tails == [None, pod_logs.TAIL_LINES]


def add_secret(cluster: Cluster, name: str, value: str) -> None:
    with cluster.paused():
        secret = {
            "kind": "Secret",
            "metadata": {"name": name},
            "data": {"key": base64.b64encode(value.encode()).decode()},
        }
        cluster.objects["Secret", name] = secret


def test_a_secret_that_is_made_while_the_loop_runs_is_masked_in_the_log_of_a_container_that_starts_then(
    cluster: Cluster,
) -> None:
    followed = Followed(cluster)
    cluster.say("one")
    followed.has("one")
    add_secret(cluster, "later", "swordfish")
    cluster.turn(containerID="restarted")
    cluster.say("the key is swordfish")
    followed.again()
    until(lambda: f"the key is {MASK}" in followed.lines(), "the new container is followed")


def test_a_log_is_not_shown_before_the_secrets_are_known(cluster: Cluster) -> None:
    add_secret(cluster, "first", "swordfish")
    refused: list[str] = []

    def refuse_once(method: str, path: str) -> int | None:
        if path.endswith("/secrets") and not refused:
            refused.append(path)
            return 503
        return None

    cluster.refuse = refuse_once
    cluster.say("the key is swordfish")
    Followed(cluster).has(f"the key is {MASK}")
    assert refused
