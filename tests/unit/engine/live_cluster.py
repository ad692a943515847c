"""A Kubernetes API that behaves, on a real socket: lists, watches, server-side apply, deletes, logs, proxied Services.

An applied Deployment gets one pod, new for every new spec; tests turn what the pod is at, and see what was done.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from scripts.kube.access import Access
from scripts.kube.api import Kube
from scripts.kube.exec import Executed
from scripts.kube.shell import Shell

NAMESPACE = "n"
PLURALS = {"pods": "Pod", "replicasets": "ReplicaSet", "deployments": "Deployment", "statefulsets": "StatefulSet",
           "secrets": "Secret"}  # fmt: skip
RUNNING: dict[str, Any] = {"running": {}}


def until(holds: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"still not: {what}"
        pause.wait(0.01)


class Cluster:
    """`refuse` may name the HTTP status of an answer by method and path, 0 for none at all. `revision` is what /health
    answers, `warnings` are its events. `starts` is what the container of a new pod is at."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.refuse: Callable[[str, str], int | None] = lambda method, path: None
        self.revision = ""
        self.starts: dict[str, Any] = {"state": RUNNING, "ready": True}
        self.applied: list[str] = []
        self.deleted: list[str] = []
        self.asked: list[str] = []
        self.log_requests: list[dict[str, str]] = []
        self.url = ""
        self.warnings: list[dict[str, Any]] = []
        self._lines: list[str] = []
        self._events: list[tuple[str, str, dict[str, Any]]] = []
        self._number = self._breaks = self._cuts = 0
        self.watched: set[str] = set()
        self._changed = threading.Condition(threading.RLock())

    # What a test does and sees

    def pod(self) -> dict[str, Any]:
        with self._changed:
            return next(item for (kind, _), item in self.objects.items() if kind == "Pod")

    def turn(self, *, init: dict[str, Any] | None = None, **status: Any) -> None:
        """The pod's container, or its init container, is at something else now; a new `containerID` is a restart."""
        with self._changed:
            pod = self.pod()
            items = pod["status"]["containerStatuses" if init is None else "initContainerStatuses"]
            items[0] = {**items[0], **(status if init is None else init)}
            self._put("MODIFIED", pod)
            self._judge()

    def change(
        self, kind: str, name: str, *, replicas: int | None = None, conditions: list[dict[str, Any]] | None = None
    ) -> None:
        """Somebody scales a workload, or its controller says something."""
        with self._changed:
            item = self.objects[kind, name]
            if replicas is not None:
                meta = {**item["metadata"], "generation": item["metadata"]["generation"] + 1}
                item = {**item, "metadata": meta, "spec": {**item["spec"], "replicas": replicas}}
            if conditions is not None:
                item = {**item, "status": {**item["status"], "conditions": conditions}}
            self._put("MODIFIED", item)

    def say(self, *lines: str) -> None:
        """In the log of every container."""
        with self._changed:
            for line in lines:
                self._lines.append(f"2030-01-01T00:00:00.{len(self._lines):09d}Z {line}")
            self._changed.notify_all()

    def break_logs(self) -> None:
        """End the streams that are open."""
        with self._changed:
            self._breaks += 1
            self._changed.notify_all()

    def cut_watches(self) -> None:
        """In the middle of an event."""
        with self._changed:
            self._cuts += 1
            self._changed.notify_all()

    def paused(self) -> threading.Condition:
        """A context in which nothing is answered."""
        return self._changed

    # Its controllers

    def apply(self, manifest: dict[str, Any]) -> dict[str, Any]:
        manifest = json.loads(json.dumps(manifest))
        with self._changed:
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            before = self.objects.get((kind, name))
            generation = before["metadata"]["generation"] if before else 0
            changed = before is None or before["spec"] != manifest["spec"]
            uid = before["metadata"]["uid"] if before else f"{name} made after {len(self._events)} events"
            meta = {**manifest["metadata"], "uid": uid, "generation": generation + changed}
            item = {**manifest, "metadata": meta, "status": before["status"] if before else {}}
            self._put("MODIFIED" if before else "ADDED", item)
            if kind == "Deployment":
                self.applied.append(manifest["spec"]["template"]["spec"]["containers"][0]["image"])
                if changed:
                    self._roll_out(item)
                self._judge()
            return item

    def _roll_out(self, deployment: dict[str, Any]) -> None:
        number = deployment["metadata"]["generation"]
        owners = [{"uid": deployment["metadata"]["uid"]}]
        notes = {"deployment.kubernetes.io/revision": str(number)}
        meta = {"name": f"set-{number}", "uid": f"set-{number}", "ownerReferences": owners, "annotations": notes}
        self._put("ADDED", {"kind": "ReplicaSet", "metadata": meta})
        for pod in [item for (kind, _), item in self.objects.items() if kind == "Pod"]:
            self._put("DELETED", pod)
        self._new_pod(f"set-{number}", deployment["spec"]["template"]["spec"])

    def _new_pod(self, replica_set: str, spec: dict[str, Any]) -> None:
        self._number += 1
        meta = {"name": f"pod-{self._number}", "uid": f"pod-{self._number}", "namespace": NAMESPACE, "labels": {},
                "ownerReferences": [{"uid": replica_set}]}  # fmt: skip
        state = {"name": "app", "containerID": f"container-{self._number}", "restartCount": 0, **self.starts}
        init = {"name": "migrate", "state": {"terminated": {"exitCode": 0}}, "ready": True}
        status = {"phase": "Running", "containerStatuses": [state], "initContainerStatuses": [init]}
        self._put("ADDED", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})

    def delete(self, kind: str, name: str) -> bool:
        with self._changed:
            if (gone := self.objects.get((kind, name))) is None:
                return False
            self.deleted.append(name)
            self._put("DELETED", gone)
            if kind == "Pod":
                self._new_pod(gone["metadata"]["ownerReferences"][0]["uid"], gone["spec"])
                self._judge()
            return True

    def _judge(self) -> None:
        ready = all(item["ready"] for item in self.pod()["status"]["containerStatuses"])
        for (kind, _), item in list(self.objects.items()):
            if kind == "Deployment":
                counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": int(ready)}
                status = {"observedGeneration": item["metadata"]["generation"], **counts}
                self._put("MODIFIED", {**item, "status": status})

    def _put(self, event: str, item: dict[str, Any]) -> None:
        key = item["kind"], item["metadata"]["name"]
        if event == "DELETED":
            self.objects.pop(key, None)
        else:
            self.objects[key] = item
        self._events.append((item["kind"], event, json.loads(json.dumps(item))))
        self._changed.notify_all()

    # Its API

    def listing(self, kind: str) -> dict[str, Any]:
        with self._changed:
            items = [item for (found, _), item in self.objects.items() if found == kind]
            return {"metadata": {"resourceVersion": str(len(self._events))}, "items": json.loads(json.dumps(items))}

    def events(self, kind: str, version: int) -> Iterator[bytes]:
        cuts = self._cuts
        self.watched.add(kind)
        while True:
            with self._changed:
                while len(self._events) <= version and self._cuts == cuts:
                    self._changed.wait()
                if self._cuts > cuts:
                    yield b'{"type": "MODIF'
                    return
                fresh, version = self._events[version:], len(self._events)
            yield from (json.dumps({"type": event, "object": item}).encode() for of, event, item in fresh if of == kind)

    def log(self, since: str) -> Iterator[bytes]:
        breaks, number = self._breaks, 0
        while True:
            with self._changed:
                while len(self._lines) <= number:
                    if self._breaks > breaks:
                        return
                    self._changed.wait()
                fresh, number = self._lines[number:], len(self._lines)
            yield from (line.encode() for line in fresh if line.partition(" ")[0] >= since)


class Hands(Kube):
    """`ran` are the scripts that were to run in containers; `ends` says how the next ones end, and may wait. `connects`
    is called for a container that is new, before anything is packed for it."""

    def __init__(self, url: str) -> None:
        super().__init__(Access(url))
        self.ran: list[tuple[str, str]] = []
        self.ends: Callable[[], Executed] = lambda: Executed(0, "", "")
        self.connects: Callable[[], object] = lambda: None

    def shell(self, namespace: str, pod: str, container: str) -> Shell:
        self.connects()
        return _Scripts(self, pod)


class _Scripts(Shell):
    def __init__(self, hands: Hands, pod: str) -> None:
        self._hands, self._pod = hands, pod

    def run(self, script: str, stdin: bytes = b"", timeout: float = 120) -> Executed:
        self._hands.ran.append((self._pod, script))
        return self._hands.ends()

    def open(self) -> None: ...

    def close(self) -> None: ...


@contextmanager
def live_cluster() -> Iterator[Cluster]:
    cluster = Cluster()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve(self._get)

        def do_PATCH(self) -> None:
            self._serve(lambda words, query: self._answer(200, cluster.apply(self._body())))

        def do_DELETE(self) -> None:
            self._serve(self._delete)

        def _delete(self, words: list[str], query: dict[str, str]) -> None:
            self._answer(200 if cluster.delete(PLURALS[words[-2]], words[-1]) else 404, {})

        def _body(self) -> Any:
            return yaml.safe_load(self.rfile.read(int(self.headers["Content-Length"])))

        def _serve(self, act: Callable[[list[str], dict[str, str]], None]) -> None:
            url = urlsplit(self.path)
            cluster.asked.append(url.path)
            refused = cluster.refuse(self.command, url.path)
            if refused == 0:
                self.close_connection = True
            elif refused:
                self._answer(refused, {"message": "refused by the test"})
            else:
                act(url.path.strip("/").split("/"), {key: found[-1] for key, found in parse_qs(url.query).items()})

        def _get(self, words: list[str], query: dict[str, str]) -> None:
            if "proxy" in words:
                self._answer(200 if cluster.revision else 503, {"revision": cluster.revision})
            elif words[-1] == "log":
                cluster.log_requests.append(query)
                self._stream(cluster.log(query.get("sinceTime", "")))
            elif words[-1] in PLURALS and "watch" in query:
                self._stream(cluster.events(PLURALS[words[-1]], int(query["resourceVersion"])))
            elif words[-1] in PLURALS:
                self._answer(200, cluster.listing(PLURALS[words[-1]]))
            elif words[-1] == "events":
                self._answer(200, {"items": cluster.warnings})
            elif words == ["version"]:
                self._answer(200, {})
            elif words in (["api", "v1"], ["apis", "apps", "v1"]):
                kinds = [{"name": name, "kind": kind, "namespaced": True} for name, kind in PLURALS.items()]
                services = {"name": "services", "kind": "Service", "namespaced": True}
                self._answer(200, {"resources": [*kinds, services]})
            else:
                found = cluster.objects.get((PLURALS.get(words[-2], ""), words[-1]))
                self._answer(200 if found else 404, found)

        def _answer(self, status: int, body: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def _stream(self, lines: Iterator[bytes]) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                for line in lines:
                    self.wfile.write(line + b"\n")
                    self.wfile.flush()
            except OSError:
                pass  # the reader has gone

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        cluster.break_logs()
        cluster.cut_watches()
