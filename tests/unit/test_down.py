"""What `./dev down` deletes, and what it leaves and names."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import engine, tilt
from scripts.cluster import api, select
from scripts.commands import down
from scripts.kube.access import Access
from scripts.kube.api import Kube
from tests.http_server import Handler, serving

NAMESPACED = "/api/v1/namespaces/todo-stack"
DATABASE, BACKUPS = (f"{NAMESPACED}/persistentvolumeclaims/{name}" for name in ("data-todo-postgres-0", "todo-backup"))
SECRET = f"{NAMESPACED}/secrets/todo-secrets"
DELETE_BACKUPS = "KUBECONFIG=/own/file kubectl --context kind-work -n todo-stack delete pvc todo-backup"


class Cluster(Handler):
    """Has these single objects, and lists nothing."""

    objects: set[str] = set()
    deleted: list[str] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        single = "persistentvolumeclaims/" in path or "secrets/" in path
        if single and path not in Cluster.objects:
            self.respond(404, b"{}")
        else:
            self.respond(200, json.dumps({"items": []}).encode())

    def do_DELETE(self) -> None:
        Cluster.deleted.append(self.path.partition("?")[0])
        self.respond(200, b"{}")


@pytest.fixture(autouse=True)
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    Cluster.objects, Cluster.deleted = {DATABASE, BACKUPS, SECRET}, []
    monkeypatch.setattr(engine, "running_loop", lambda kube, lease: None)
    monkeypatch.setattr(tilt, "runs_this_stack", lambda runner: False)
    with serving(Cluster) as url:
        status = SimpleNamespace(state="running")
        provider = SimpleNamespace(
            name="kind-work", context="kind-work", status=lambda: status, kubeconfig=lambda: Path("/own/file")
        )
        monkeypatch.setattr(select, "choose", lambda name: (provider, ""))
        monkeypatch.setattr(api, "connect", lambda of: Kube(Access(url)))
        yield


def run(*, volumes: bool) -> None:
    assert down.run(argparse.Namespace(cluster=None, volumes=volumes)) == 0


def test_without_volumes_no_data_is_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    run(volumes=False)
    assert not [path for path in Cluster.deleted if "persistentvolumeclaims" in path or "secrets" in path]
    out = capsys.readouterr().out
    assert "The database's volume and Secret are kept; ./dev down --volumes deletes them too." in out
    assert DELETE_BACKUPS in out


def test_with_volumes_the_backups_are_left_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    run(volumes=True)
    assert [path for path in Cluster.deleted if "persistentvolumeclaims" in path] == [DATABASE]
    assert SECRET in Cluster.deleted
    assert capsys.readouterr().out == f"The volume with backups is kept; to delete all of them: {DELETE_BACKUPS}\n"


def test_without_backups_none_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    Cluster.objects = {DATABASE, SECRET}
    run(volumes=True)
    assert capsys.readouterr().out == ""


def test_what_makes_pods_is_deleted_before_the_pods() -> None:
    run(volumes=False)
    kinds = [path.rpartition("/")[2] for path in Cluster.deleted]
    assert kinds.index("cronjobs") < kinds.index("jobs") < kinds.index("pods")
