"""The loop: workers for the resources of a Tiltfile, fed by file events, the cluster, buttons and a new Tiltfile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine.loop.definitions import concerned, definitions_of, objects_of, shape, watched
from scripts.engine.loop.events import BUG, ClusterChanged, EventsLost, FilesChanged, Pressed, Stopping
from scripts.engine.loop.forwards import Forwards
from scripts.engine.loop.inbox import Definition, NewDefinition
from scripts.engine.loop.local import LocalWorker
from scripts.engine.loop.reload import Batch, Reloader
from scripts.engine.loop.tools import Tools
from scripts.engine.loop.worker import K8sWorker
from scripts.engine.update import deploy
from scripts.files import ignore
from scripts.files.batches import EVERYTHING
from scripts.files.watch import Watcher
from scripts.kube.errors import ApiError
from scripts.kube.pod import Object
from scripts.tiltfile.failure import EvaluationFailed
from scripts.tiltfile.manifests import namespace_of
from scripts.tiltfile.model import Button, Environment, K8sResource, LocalResource, Manifest, Resource, within

TILTFILE = "(Tiltfile)"
JOIN_SECONDS = 10.0
RETRY_SECONDS = 5.0
Worker = K8sWorker | LocalWorker


class Loop:
    """Started once; `environment` is replaced when the Tiltfile, the chart or an ignore file changes."""

    def __init__(
        self,
        environment: Environment,
        evaluate: Callable[[], Environment],
        tools: Tools,
        runner: Runner,
        local_env: Mapping[str, str],
    ) -> None:
        self.environment = environment
        self._evaluate, self._runner, self._local_env = evaluate, runner, local_env
        self._tools = replace(tools, unheard=self._unheard)
        self.board, self._mirror, self._logs = tools.board, tools.instruments.mirror, tools.instruments.logs
        self._stopped, self._local_turn = False, threading.Lock()
        self._workers: dict[str, Worker] = {}
        self._dropped: list[Worker] = []
        self._definitions: dict[str, Definition] = {}
        self._config_files = environment.config_files  # with those read before a mistake, as a change may end it
        self._removed: list[Manifest] = []  # objects to delete
        self._forwards = Forwards(tools.instruments.kube, tools.board, self._pods)
        self._reloader = Reloader(self.reload, self._dispatch)
        lock = environment.tiltfile.parent / ".git/index.lock"
        self._watcher = Watcher(self.on_files, lambda: self.on_files(EVERYTHING, time.monotonic()), self._fail, lock)
        tools.board.on_status = self._dependencies_changed

    def start(self, *, stays: bool) -> None:
        """Begin to watch, then to work: an edit made during the first build is not lost. `stays`: not only until all
        is green, so with port-forwards."""
        self._tools = replace(self._tools, stays=stays)
        definitions = definitions_of(self.environment)
        self._watcher.start(*watched(self.environment))
        self.board.define(TILTFILE, status="updating", kind="tiltfile")  # green once all it describes has a row
        self._adopt(self.environment, definitions)
        self.board.set(TILTFILE, "ok")
        self._reloader.start()
        self._forward(self.environment)
        self._reloader.look_back(self.environment, ())

    def stop(self) -> None:
        """What runs in the cluster goes on running. Returns when no worker changes anything any more."""
        self._stopped = True
        self._watcher.stop()
        self._reloader.stop()
        self._forwards.stop()
        self.board.notify()
        deadline = time.monotonic() + JOIN_SECONDS
        workers = [*self._workers.values(), *self._dropped]
        for worker in workers:
            worker.inbox.put(Stopping())
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic()))
        self._mirror.stop()

    def automatic(self) -> list[str]:
        """The resources that have to be green."""
        return [resource.name for resource in self.environment.resources if resource.auto_init]

    def trigger(self, name: str) -> bool:
        """Press a button; False when there is no such resource."""
        if worker := self._workers.get(name):
            worker.inbox.put(Pressed(time.monotonic()))
        return worker is not None

    def restart(self, name: str, pod: str) -> bool:
        """Delete a pod of a resource, for its workload to make a new one; False when there is no such pod."""
        found = [item for item in self._pods(name) if item["metadata"]["name"] == pod]
        for item in found:
            deploy.remove(self._tools.instruments.kube, {"apiVersion": "v1", "kind": "Pod", **item})
        return bool(found)

    def warned(self, kind: str, name: str, what: str) -> None:
        """The cluster warns of an object: into the log of the resource whose workload it belongs to."""
        owners = {item["metadata"]["name"]: row for row, (resource, _) in self._definitions.items()
                  for item in getattr(resource, "objects", ())}  # fmt: skip
        for owner in sorted(owners, key=len, reverse=True):
            if name == owner or name.startswith(f"{owner}-"):
                self._logs.add(owners[owner], f"event | warning: {kind} {name}: {what}")
                return

    def pods_changed(self) -> None:
        for worker in list(self._workers.values()):
            if isinstance(worker, K8sWorker):
                worker.pods_changed()

    def on_files(self, paths: frozenset[Path], at: float) -> None:
        """A batch from the watcher: EVERYTHING if events were lost."""
        known, files = self._config_files, [path for path in paths if not ignore.EDITORS.ignores(path)]
        config = {path for path in files if any(within(path, file) or within(file, path) for file in known)}
        self._reloader.put(Batch(frozenset(config), paths, at))  # what is configuration may be a source as well
        for worker, _ in self._concerned(self._reloader.waiting()):
            if isinstance(worker, K8sWorker):
                worker.inbox.put(ClusterChanged())  # so that it looks, and is not green until it has heard

    def reload(self, why: str) -> None:
        """Evaluate again and hand each worker what is new for it. A mistake leaves all as it was, and is shown.

        What is new is found by comparison with what the workers know, so nothing is lost by an earlier mistake.
        """
        self.board.set(TILTFILE, "updating", why)
        before, known = self.environment, self._config_files
        try:
            after = self._evaluate()
            if self._stopped:
                return
            self._watcher.watch(*watched(after))
            self._adopt(after, definitions_of(after))
            self._reloader.look_back(after, known)
            self._forward(after)
            self._removed = deploy.removed([*self._removed, *objects_of(before)], objects_of(after))
            while self._removed:
                deploy.remove(self._tools.instruments.kube, self._removed[0])
                self._removed.pop(0)
        except EvaluationFailed as error:
            self._config_files = (*self.environment.config_files, *error.config_files)
            self._fail(error)
            with suppress(UserError):  # an ignore file is wrong as well: all that was watched still is
                self._watcher.watch(*watched(self.environment, error.config_files))
            self._reloader.look_back(error, known)
        except Exception as error:  # whatever it is, the next save must be heard
            self._fail(error)
            if isinstance(error, ApiError) and error.transient:
                self._reloader.put_later(Batch(retry=why), RETRY_SECONDS)
        else:
            self.board.set(TILTFILE, "ok", why)

    def _dispatch(self, batch: Batch) -> None:
        for worker, mine in self._concerned(batch.sources):
            worker.inbox.put(EventsLost(batch.at) if mine == EVERYTHING else FilesChanged(mine, batch.at))

    def _concerned(self, paths: frozenset[Path]) -> list[tuple[Worker, frozenset[Path]]]:
        """The workers that changes matter to by the Tiltfile as it is now, which a busy one may not have read yet."""
        mine = {name: concerned(item, self._ignored, paths) for name, item in self._definitions.items()}
        return [(worker, mine[name]) for name, worker in list(self._workers.items()) if mine.get(name)]

    def _forward(self, environment: Environment) -> None:
        if self._tools.stays:
            self._forwards.adopt(environment)

    def _unheard(self, name: str) -> bool:
        found = self._concerned(self._watcher.waiting() | self._reloader.waiting())
        return any(worker.resource.name == name for worker, _ in found)

    def _dependencies_changed(self) -> None:
        for worker in list(self._workers.values()):
            worker.dependencies_changed()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            error = UserError(f"{type(error).__name__}: {error}", BUG)
        self._logs.add(TILTFILE, f"error | {error}")
        self.board.set(TILTFILE, "error", str(error))

    def _adopt(self, after: Environment, definitions: dict[str, Definition]) -> None:
        """Make the workers those of an environment."""
        self.environment, self._config_files = after, after.config_files
        self._mirror.watch(map(namespace_of, objects_of(after)))
        self._tools.slots.resize(after.max_parallel)
        self._ignored = ignore.for_events(after.tiltfile, after.tiltignore)
        before, self._definitions = self._definitions, definitions
        for warning in after.warnings:
            self._logs.add(TILTFILE, f"warning | {warning}")
        for name in [name for name in self._workers if name not in definitions]:
            self._drop(name)
            self.board.drop(name)
        for name, definition in definitions.items():
            old, (resource, _) = before.get(name), definition
            if name in self._workers and old and shape(old[0]) != shape(resource):  # no worker can take that
                self._drop(name)
            self._show(resource)
            if name not in self._workers:
                self._add(definition)
            elif old != definition:
                self._workers[name].inbox.put(NewDefinition(definition))

    def _drop(self, name: str) -> None:
        """Returns when the worker applies nothing any more: what follows must come last."""
        worker = self._workers.pop(name)
        worker.inbox.put(Stopping())
        self._dropped.append(worker)
        if isinstance(worker, K8sWorker):
            with worker.applying:
                pass

    def _add(self, definition: Definition) -> None:
        resource, images = definition
        if isinstance(resource, LocalResource):
            turn = threading.Lock() if isinstance(resource, Button) else self._local_turn  # a person waits for it
            self._workers[resource.name] = LocalWorker(
                resource, self._runner, self._local_env, self.board, self._logs, turn
            )
        elif isinstance(resource, K8sResource):
            self._workers[resource.name] = K8sWorker(resource, images, self._tools)
        self._workers[resource.name].start()

    def _show(self, resource: Resource) -> None:
        button = resource if isinstance(resource, Button) else Button(resource.name)
        kind = "command" if button is resource else "local" if isinstance(resource, LocalResource) else "k8s"
        links = tuple({"url": link.url, "name": link.name} for link in resource.links)
        stays = resource.name not in self._workers and not resource.auto_init  # a row begins as work that waits
        start = {"status": "idle", "detail": "starts by its button"} if stays else {}
        self.board.define(
            resource.name, kind=kind, labels=resource.labels, links=links, manual=resource.manual,
            needs=resource.resource_deps, about=button.about, asks=button.asks, **start,
        )  # fmt: skip

    def _pods(self, name: str) -> list[Object]:
        worker = self._workers.get(name)
        return worker.prover.pods() if isinstance(worker, K8sWorker) else []
