"""The loop: workers for the resources of a Tiltfile, fed by file events, pod changes, buttons and a new Tiltfile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine import deploy, ignore
from scripts.engine.board import Board
from scripts.engine.forward import Forward
from scripts.engine.ignore import Ignore
from scripts.engine.inbox import Work
from scripts.engine.local import LocalWorker
from scripts.engine.model import Environment, Image, K8sResource, LocalResource, Manifest, PortForward, Resource
from scripts.engine.plan import within
from scripts.engine.watch import Watcher
from scripts.engine.worker import K8sWorker, Tools

TILTFILE = "(Tiltfile)"
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
        self._evaluate = evaluate
        self._tools = tools
        self._runner = runner
        self._local_env = local_env
        self._local_turn = threading.Lock()
        self._workers: dict[str, Worker] = {}
        self._forwards: dict[PortForward, Forward] = {}
        self._reloading = threading.Lock()
        git_lock = environment.tiltfile.parent / ".git/index.lock"
        self._watcher = Watcher(self.on_files, lambda: self._tell_all(Work(everything=True)), git_lock)

    @property
    def board(self) -> Board:
        return self._tools.board

    def start(self, *, watch: bool) -> None:
        """Begin to watch, then to work: an edit made during the first build is not lost."""
        self._tools.mirror.start()
        if watch:
            self._watcher.start(*self._watched(), self._prunes)
        self.board.define(TILTFILE, status="ok", kind="tiltfile")
        for warning in self.environment.warnings:
            self._tools.logs.add(TILTFILE, f"warning | {warning}")
        for resource in self.environment.resources:
            self._add(resource)
        if watch:
            self._forward()

    def stop(self) -> None:
        """What runs in the cluster goes on running."""
        self._watcher.stop()
        for forward in self._forwards.values():
            forward.stop()
        self._tell_all(Work(stop=True))
        self.board.poke()
        self._tools.mirror.stop()

    def automatic(self) -> list[str]:
        """The resources that have to be green."""
        return [resource.name for resource in self.environment.resources if resource.auto_init]

    def wait_until_settled(self, seconds: float | None = None) -> bool:
        """Until all automatic resources are green or one has failed; False when `seconds` pass before."""
        board, names = self.board, self.automatic()
        return board.wait_for(lambda: bool(board.errors()) or board.green(names), seconds)

    def trigger(self, name: str) -> bool:
        """A button: False when there is no such resource."""
        worker = self._workers.get(name)
        if worker is not None:
            worker.inbox.put(Work(rebuild="its button was pressed"))
        return worker is not None

    def pods_changed(self) -> None:
        for worker in list(self._workers.values()):
            if isinstance(worker, K8sWorker):
                worker.pods_changed()

    def on_files(self, paths: frozenset[Path], at: float) -> None:
        """A batch from the watcher: configuration first, then the sources."""
        config = {path for path in paths for known in self.environment.config_files if within(path, known)}
        config = {path for path in config if not ignore.EDITORS.ignores(path)}
        if config:
            self.reload(config)
        for worker in list(self._workers.values()):
            if mine := frozenset(path for path in paths - config if worker.concerns(path)):
                worker.inbox.put(Work(paths=mine, at=at))

    def _tell_all(self, work: Work) -> None:
        for worker in list(self._workers.values()):
            worker.inbox.put(work)

    def reload(self, changed: set[Path]) -> None:
        """Evaluate again and tell each worker what is new for it. A mistake leaves all as it was, and is shown."""
        with self._reloading:
            names = ", ".join(sorted(path.name for path in changed))
            self.board.set(TILTFILE, "updating", f"{names} changed")
            try:
                after = self._evaluate()
            except UserError as error:
                self._tools.logs.add(TILTFILE, f"error | {error}")
                self.board.set(TILTFILE, "error", str(error))
                return
            before, self.environment = self.environment, after
            known = {resource.name: resource for resource in before.resources}
            for resource in after.resources:
                if resource.name not in known:
                    self._add(resource)
                else:
                    self._redefine(known[resource.name], resource, before, changed)
            gone = [worker for name, worker in self._workers.items() if after.resource(name) is None]
            for worker in gone:
                del self._workers[worker.resource.name]
                worker.inbox.put(Work(stop=True))
                self.board.drop(worker.resource.name)
            for manifest in deploy.removed(_objects(before), _objects(after)):
                deploy.delete(self._tools.kube, manifest)
            self._watcher.extend(*self._watched(), self._prunes)
            self._forward()
            self.board.set(TILTFILE, "ok", f"{names} changed")

    def _add(self, resource: Resource) -> None:
        kind = "local" if isinstance(resource, LocalResource) else "k8s"
        self._show(resource, kind)
        if isinstance(resource, LocalResource):
            self._workers[resource.name] = LocalWorker(
                resource, self._runner, self._local_env, self.board, self._tools.logs, self._local_turn
            )
        elif isinstance(resource, K8sResource):
            self._workers[resource.name] = K8sWorker(resource, self._images(resource), self._tools)
        self._workers[resource.name].start()

    def _show(self, resource: Resource, kind: str) -> None:
        links = tuple({"url": link.url, "name": link.name} for link in resource.links)
        self.board.define(resource.name, kind=kind, labels=resource.labels, links=links, manual=resource.manual)

    def _redefine(self, old: Resource, new: Resource, before: Environment, changed: set[Path]) -> None:
        if type(old) is not type(new) or getattr(old, "images", ()) != getattr(new, "images", ()):
            self._workers.pop(old.name).inbox.put(Work(stop=True))
            self._add(new)
            return
        self._show(new, "local" if isinstance(new, LocalResource) else "k8s")
        images = self._images(new)
        files = {path for image, _ in images for path in _build_files(image)}
        if old != new or files & changed or any(before.images[image.ref] != image for image, _ in images):
            self._workers[new.name].inbox.put(Work(definition=(new, images)))

    def _images(self, resource: Resource) -> tuple[tuple[Image, Ignore], ...]:
        refs = resource.images if isinstance(resource, K8sResource) else ()
        return tuple((self.environment.images[ref], self._ignore(self.environment.images[ref])) for ref in refs)

    def _ignore(self, image: Image) -> Ignore:
        return ignore.for_image(image, self.environment.tiltfile, self.environment.tiltignore)

    def _watched(self) -> tuple[list[Path], list[Path]]:
        """Trees (build contexts, deps of local resources, the chart) and single folders (of configuration files)."""
        trees = [image.context for image in self.environment.images.values()]
        for resource in self.environment.resources:
            if isinstance(resource, LocalResource):
                trees += [dep for dep in resource.deps if dep.is_dir()]
        trees += [path for path in self.environment.config_files if path.is_dir()]
        return trees, [path.parent for path in self.environment.config_files]

    def _prunes(self, folder: Path) -> bool:
        for image in self.environment.images.values():
            if within(folder, image.context):
                return self._ignore(image).prunes(folder)
        return False

    def _forward(self) -> None:
        wanted = {
            forward: worker
            for worker in self._workers.values()
            if isinstance(worker, K8sWorker)
            for forward in worker.resource.port_forwards
        }
        for old in self._forwards.keys() - wanted.keys():
            self._forwards.pop(old).stop()
        for forward, worker in wanted.items():
            if forward not in self._forwards:
                ports, pods = (forward.local, forward.container), worker.proof.pods
                try:
                    self._forwards[forward] = Forward(self._tools.kube, *ports, pods)
                except OSError as error:
                    what = f"warning | no port-forward on {forward.local}: {error.strerror}"
                    self._tools.logs.add(worker.resource.name, what)


def _build_files(image: Image) -> tuple[Path, ...]:
    return (
        image.dockerfile,
        image.dockerfile.with_name(image.dockerfile.name + ".dockerignore"),
        image.context / ".dockerignore",
    )


def _objects(environment: Environment) -> list[Manifest]:
    return [
        item for resource in environment.resources if isinstance(resource, K8sResource) for item in resource.objects
    ]
