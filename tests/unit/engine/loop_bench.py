"""A loop with real files, a real watcher, a real Tiltfile and real threads, on a cluster that takes everything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.core.scrubber import Scrubber
from scripts.core.slots import Slots
from scripts.engine.loop.loop import TILTFILE, Loop
from scripts.engine.loop.tools import Tools
from scripts.engine.proof.prover import Instruments
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore
from scripts.engine.record.pod_logs import PodLogs
from scripts.engine.update.build import Builder, BuiltImage
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.kube.mirror import Mirror
from scripts.tiltfile import evaluation
from scripts.tiltfile.model import Image

DEADLINE_SECONDS = 20


class Cluster(Kube):
    """Has what was applied, at once and ready."""

    def __init__(self) -> None:
        self.kubectl = "kubectl"
        self.objects: dict[str, dict[str, Any]] = {}
        self.mistakes: list[Exception] = []
        self.deleted: list[str] = []
        self.finalizers = False  # keep what is deleted
        self.may_apply = threading.Event()
        self.may_apply.set()

    def path(self, manifest: Any) -> str:
        return f"/{manifest['kind']}/{manifest['metadata']['name']}"

    def apply(self, manifest: Any, manager: str) -> dict[str, Any]:
        assert self.may_apply.wait(DEADLINE_SECONDS)
        ready = {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1, "replicas": 1}
        meta = {**manifest["metadata"], "uid": manifest["metadata"]["name"], "generation": 1}
        applied = {**manifest, "metadata": meta, "status": ready}
        self.objects[self.path(manifest)] = applied
        return applied

    def find(self, path: str) -> dict[str, Any] | None:
        return self.objects.get(path)

    def call(self, doing: str, method: str, path: str, **options: Any) -> Any:
        if self.mistakes:
            raise self.mistakes.pop()
        if path not in self.objects:
            raise ApiError(doing, 404, "not found")
        self.deleted.append(path)
        if not self.finalizers:
            del self.objects[path]


class Still(Mirror):
    """Looks at the cluster when asked."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, lambda: None)
        self._cluster = cluster

    def watch(self, namespaces: object) -> None: ...

    def get(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        return self._cluster.find(f"/{kind}/{name}")

    def all(self, kind: str, namespace: str = "") -> list[Mapping[str, Any]]:
        """Each Deployment has a ReplicaSet, which has a pod."""
        owner = {"ReplicaSet": "", "Pod": "set of "}.get(kind)
        names = [
            item["metadata"]["name"] for item in list(self._cluster.objects.values()) if item["kind"] == "Deployment"
        ]
        return [] if owner is None else [child(kind, name, f"{owner}{name}") for name in names]


def child(kind: str, name: str, owner: str) -> dict[str, Any]:
    uid = f"set of {name}" if kind == "ReplicaSet" else f"pod of {name}"
    meta = {"name": uid, "uid": uid, "namespace": "", "labels": {}, "ownerReferences": [{"uid": owner}]}
    return {"kind": kind, "metadata": meta, "spec": {"containers": []}, "status": {}}


class Builds(Builder):
    def __init__(self) -> None:
        self.recipes: list[str] = []
        self.files: set[str] = set()

    def build(self, image: Image, on_line: Callable[[str], None]) -> BuiltImage:
        self.recipes.append(image.dockerfile.read_text())
        self.files = {path.name for path in image.context.iterdir()}
        return BuiltImage(f"{image.ref}:{len(self.recipes)}", str(len(self.recipes)))

    def forget(self, built: BuiltImage) -> None: ...


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {}}, spec: {containers: [{name: web, image: web}]}}}
"""
SETTINGS = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"""
RULES = "docker_build('web', 'web')\nk8s_yaml('all.yaml')\nlocal_resource('test', 'echo tested', deps=['one.txt'])\n"


class Bench:
    """A loop on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster, self.builds = Cluster(), Builds()
        self.logs = LogStore(Scrubber())
        self.board = Board(self.logs.wake)
        instruments = Instruments(self.cluster, Still(self.cluster), self.logs, lambda port: "")
        pod_logs, self.slots = PodLogs(self.cluster, self.logs, lambda: None), Slots(3)
        tools = Tools(instruments, self.builds, self.board, pod_logs, Steps(), self.slots, "x", lambda image: None)
        self.loop = Loop(self.evaluate(), self.evaluate, tools, Subprocess(), {})

    def evaluate(self) -> Any:
        return evaluation.evaluate(self.folder / "Tiltfile", "up", Subprocess())

    def write(self, name: str, text: str) -> None:
        """As editors do: a new file is renamed over the old one."""
        (self.folder / f".{name.replace('/', '-')}.new").write_text(text)
        (self.folder / f".{name.replace('/', '-')}.new").rename(self.folder / name)

    def row(self, name: str) -> dict[str, Any]:
        return next((row for row in self.board.snapshot()["resources"] if row["name"] == name), {})

    def until(self, holds: Callable[[], bool]) -> None:
        assert self.board.wait_for(holds, DEADLINE_SECONDS), self.board.snapshot()["resources"]

    def is_red(self, *words: str) -> None:
        self.until(lambda: self.row(TILTFILE).get("status") == "error")
        assert [word for word in words if word not in self.row(TILTFILE)["detail"]] == [], self.row(TILTFILE)["detail"]

    def is_green(self) -> None:
        self.until(lambda: self.board.green(row["name"] for row in self.board.snapshot()["resources"]))

    def runs(self) -> int:
        return sum(line.text == "tested" for line in self.logs.after(0, "test"))
