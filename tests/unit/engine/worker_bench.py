"""A worker on a bench: the real thread of a resource, with an API on a real socket; only images are not built."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts import revision
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.scrubber import Scrubber
from scripts.core.slots import Slots
from scripts.engine.loop import step
from scripts.engine.loop.definitions import concerned
from scripts.engine.loop.events import Event, FilesChanged, Stopping
from scripts.engine.loop.inbox import NewDefinition
from scripts.engine.loop.tools import Tools
from scripts.engine.loop.worker import K8sWorker
from scripts.engine.proof import judge
from scripts.engine.proof.prover import Instruments
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore
from scripts.engine.record.pod_logs import PodLogs
from scripts.engine.update.build import Builder, BuiltImage
from scripts.files.ignore import Ignore, for_image
from scripts.kube.mirror import Mirror
from scripts.tiltfile.model import Image, K8sResource, Rules, Run, Sync
from tests.unit.engine.live_cluster import NAMESPACE, Cluster, Hands, live_cluster, until

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": NAMESPACE},
           "spec": {"ports": [{"port": 80}]}}  # fmt: skip
OUTSIDE = {**SERVICE, "spec": {"ports": [{"port": 80, "nodePort": 30300}]}}
TRACEBACK = ('  File "/app/app/a.py", line 3', "SyntaxError: invalid syntax")


ROOTS = ("app", "migrations")


def sources_revision(image: Image) -> str:
    return revision.revision(image.context, ROOTS)


def sources_of(image: Image) -> revision.KnownSources:
    return revision.KnownSources(image.context, ROOTS)


class Workshop(Builder):
    """Builds nothing: the same files give the same image, as with a cache. `fails` is why it does not."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = ""
        self.open = threading.Event()
        self.open.set()

    def build(self, image: Image, on_line: Callable[[str], None]) -> BuiltImage:
        self.asked += 1
        assert self.open.wait(10)
        if self.fails:
            raise UserError(self.fails)
        files = sorted(path for path in image.context.rglob("*") if path.is_file())
        made = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:8]
        return BuiltImage(f"web:{made}", made)

    def forget(self, built: BuiltImage) -> None:
        pass


class Bench:
    """A worker with what it works on."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.context = cluster, folder / "backend"
        (self.context / "app").mkdir(parents=True)
        (self.context / "app/a.py").write_text("A = 1\n")
        (self.context / "deps.txt").write_text("one\n")
        self.kube, self.workshop = Hands(cluster.url), Workshop()
        self.logs = LogStore(Scrubber())
        self.board = Board(self.logs.wake)
        self.mirror = Mirror(self.kube, self.on_change)
        run = Run(("migrate",), (self.context / "app/migrations",))
        rules = Rules((self.context / "deps.txt",), (Sync(self.context / "app", "/app/app"),), (run,))
        self.image = Image("web", self.context, self.context / "Dockerfile", rules=rules, recipe="WORKDIR /app")
        images = ({"name": "migrate", "image": "web"}, {"name": "app", "image": "web"})
        spec = {"replicas": 1, "template": {"spec": {"initContainers": images[:1], "containers": images[1:]}}}
        deployment: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec,
                                      "metadata": {"name": "web", "namespace": NAMESPACE}}  # fmt: skip
        self.resource = K8sResource("web", objects=(deployment,), images=("web",))
        self.worker: K8sWorker | None = None
        self.lost = ""
        self.on_their_way: set[Path] = set()

    @property
    def definition(self) -> tuple[K8sResource, tuple[tuple[Image, Ignore], ...]]:
        return self.resource, ((self.image, self.ignore),) if self.resource.images else ()

    @property
    def ignore(self) -> Ignore:
        return for_image(self.image, self.context.parent / "Tiltfile", ())

    def on_change(self) -> None:
        if self.worker:
            self.worker.pods_changed()

    def node_url(self, port: int) -> str:
        return f"{self.cluster.url}/api/v1/namespaces/{NAMESPACE}/services/web:{port}/proxy"

    def start(self, **changes: Any) -> None:
        self.resource = replace(self.resource, **changes)
        self.mirror.watch([NAMESPACE])
        self.start_worker()

    def start_worker(self) -> None:
        self.board.define("web")
        self.board.on_status = lambda: self.worker.dependencies_changed() if self.worker else None
        instruments = Instruments(self.kube, self.mirror, self.logs, self.node_url)
        pod_logs, slots = PodLogs(self.kube, self.logs, lambda: None), Slots(1)
        tools = Tools(
            instruments, self.workshop, self.board, pod_logs, Steps(), slots, "test", sources_of,
            lambda: self.lost, lambda name: bool(concerned(self.definition, Ignore(), self.on_their_way)),
        )  # fmt: skip
        self.worker = K8sWorker(*self.definition, tools)
        self.worker.start()

    def end_worker(self) -> None:
        assert self.worker
        self.put(Stopping())
        self.worker.join(10)
        assert not self.worker.is_alive()

    def started(self, **changes: Any) -> None:
        self.start(**changes)
        self.becomes("ok")

    def put(self, event: Event | NewDefinition) -> None:
        assert self.worker
        self.worker.inbox.put(event)

    def save(self, name: str, text: str) -> None:
        path = self.context / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        self.touched(name)

    def touched(self, name: str) -> None:
        """The watcher saw that something happened to a file."""
        self.put(FilesChanged(frozenset({self.context / name}), time.monotonic()))

    def turn(self, **changes: Any) -> None:
        """Until the loop has seen it."""
        self.cluster.turn(**changes)
        until(lambda: self.mirror.all("Pod") == [self.cluster.pod()], "the mirror has the pod")

    def define(self) -> None:
        self.put(NewDefinition((self.resource, ((self.image, self.ignore),))))

    def serve_sources(self) -> None:
        self.cluster.revision = sources_revision(self.image)

    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = next(row for row in self.board.snapshot()["resources"] if row["name"] == "web")
        return row

    def detail(self) -> str:
        return str(self.row()["detail"])

    def asked(self) -> list[str]:
        """The paths of all requests so far."""
        return list(self.cluster.asked)

    def becomes(self, status: str, part: str = "") -> None:
        until(lambda: self.board.status("web") == status and part in self.detail(), f"{status} {part}")

    def actions(self) -> list[str]:
        return [update.action for update in self.board.updates() if not update.error]

    def wait_for(self, *actions: str) -> None:
        until(lambda: self.actions() == list(actions), f"{actions}")
        self.becomes("ok")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(step, "RECHECK_SECONDS", 0.05)
    monkeypatch.setattr(judge, "EXPLAIN_SECONDS", 0.2)
    with live_cluster() as cluster:
        made = Bench(cluster, tmp_path)
        yield made
        if made.worker:
            made.end_worker()
        made.mirror.stop()
