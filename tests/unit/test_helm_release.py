"""A release that Helm installed is left alone by the commands that are for development stacks."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from scripts import engine, seed_secrets, tilt
from scripts.cluster import api, select
from scripts.commands import demo_data, down, reset_database
from scripts.core.errors import UserError
from scripts.kube.access import Access
from scripts.kube.api import Kube
from tests.http_server import Handler, serving

ARGS = argparse.Namespace(cluster=None, yes=True)
RECORDS = "/api/v1/namespaces/todo-stack/secrets?labelSelector=owner%3Dhelm%2Cname%3Dtodo"


class Cluster(Handler):
    """Helm installed the release in it. It lists nothing else, and takes every request."""

    asked: list[tuple[str, str]] = []

    def answer(self) -> None:
        Cluster.asked.append((self.command, self.path))
        items = [{"metadata": {"name": "sh.helm.release.v1.todo.v1"}}] if self.path == RECORDS else []
        self.respond(200, json.dumps({"items": items}).encode())

    do_GET = do_POST = do_DELETE = answer


@pytest.fixture
def kube(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kube]:
    Cluster.asked = []
    with serving(Cluster) as url:
        provider = SimpleNamespace(
            name="kind-work",
            context="kind-work",
            node_url=lambda port: url,
            status=lambda: SimpleNamespace(state="running"),
        )
        monkeypatch.setattr(select, "choose", lambda name: (provider, ""))
        monkeypatch.setattr(api, "connect", lambda of: Kube(Access(url)))
        yield Kube(Access(url))


@pytest.mark.parametrize("command", [demo_data.run, reset_database.run])
def test_data_of_a_release_of_helm_is_not_touched(kube: Kube, command: Callable[[argparse.Namespace], int]) -> None:
    with pytest.raises(UserError, match="release todo in namespace todo-stack was installed by helm; ./dev .* only"):
        command(ARGS)
    assert Cluster.asked == [("GET", RECORDS)]


def test_a_release_of_helm_is_not_removed(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "running_loop", lambda of, lease: None)
    monkeypatch.setattr(tilt, "runs_this_stack", lambda runner: False)
    command = "helm uninstall todo -n todo-stack --kube-context kind-work"
    with pytest.raises(UserError, match=f"was installed by helm; remove it with: {command}"):
        down.run(argparse.Namespace(cluster=None, volumes=True))
    assert Cluster.asked == [("GET", RECORDS)]


def test_neither_loop_deploys_over_a_release_of_helm(kube: Kube) -> None:
    """The Tiltfile runs `./dev secrets` first."""
    args = argparse.Namespace(cluster=None, no_prompt=True, forget_openai_key=False)
    with pytest.raises(UserError, match="was installed by helm; development needs another cluster"):
        seed_secrets.run(args)
    assert Cluster.asked == [("GET", RECORDS)]


def test_who_is_asked_to_delete_all_data_is_told_where() -> None:
    assert "in cluster kind-work, namespace todo-stack?" in reset_database.question("kind-work")
