"""The loop: workers for the resources of a Tiltfile, fed by file events, pod changes, buttons and a new Tiltfile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine.files import ignore
from scripts.engine.files.scope import Tree
from scripts.engine.files.watch import Watcher
from scripts.engine.loop.inbox import Definition, Work
from scripts.engine.loop.local import LocalWorker
from scripts.engine.loop.worker import K8sWorker, Tools
from scripts.engine.model import Environment, K8sResource, LocalResource, Manifest, PortForward, Resource, within
from scripts.engine.pods.forward import Forward
from scripts.engine.pods.mirror import Object
from scripts.engine.record.board import Board
from scripts.engine.update import deploy

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
        self._definitions: dict[str, Definition] = {}
        self._removed: list[Manifest] = []
        self._forwards: dict[tuple[str, PortForward], Forward] = {}
        git_lock = environment.tiltfile.parent / ".git/index.lock"
        self._watcher = Watcher(self.on_files, self.on_lost_events, self._fail, git_lock)

    @property
    def board(self) -> Board:
        return self._tools.board

    def start(self, *, watch: bool) -> None:
        """Begin to watch, then to work: an edit made during the first build is not lost."""
        definitions = _definitions(self.environment)
        self._tools.mirror.start()
        if watch:
            self._watcher.start(*self._watched(self.environment))
        self.board.define(TILTFILE, status="ok", kind="tiltfile")
        self._adopt(self.environment, definitions)
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
        known = self.environment.config_files
        config = {path for path in paths if any(within(path, file) or within(file, path) for file in known)}
        config = {path for path in config if not ignore.EDITORS.ignores(path)}
        if config:
            self.reload(", ".join(sorted(path.name for path in config)) + " changed")
        for worker in list(self._workers.values()):
            if mine := frozenset(path for path in paths - config if worker.concerns(path)):
                worker.inbox.put(Work(paths=mine, at=at))

    def on_lost_events(self) -> None:
        """Anything may have changed."""
        self.reload("file events were lost")
        self._tell_all(Work(everything=True))

    def _tell_all(self, work: Work) -> None:
        for worker in list(self._workers.values()):
            worker.inbox.put(work)

    def reload(self, why: str) -> None:
        """Evaluate again and tell each worker what is new for it. A mistake leaves all as it was, and is shown.

        What is new is found by comparison with what the workers were told, so nothing is lost by a mistake before.
        """
        self.board.set(TILTFILE, "updating", why)
        try:
            after = self._evaluate()
            self._watcher.watch(*self._watched(after))
            self._adopt(after, _definitions(after))
            self._forward()
            while self._removed:
                deploy.delete(self._tools.kube, self._removed[0])
                self._removed.pop(0)
        except Exception as error:  # whatever it is, the next save must be heard
            self._fail(error)
        else:
            self.board.set(TILTFILE, "ok", why)

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            error = UserError(f"{type(error).__name__}: {error}", "this is a defect of the engine")
        self._tools.logs.add(TILTFILE, f"error | {error}")
        self.board.set(TILTFILE, "error", str(error))

    def _adopt(self, after: Environment, definitions: dict[str, Definition]) -> None:
        """Make the workers those of an environment."""
        before, self.environment = self.environment, after
        self._ignored = ignore.for_events(after.tiltfile, after.tiltignore)
        for warning in after.warnings:
            self._tools.logs.add(TILTFILE, f"warning | {warning}")
        for name in [name for name in self._workers if name not in definitions]:
            self._drop(name)
            self.board.drop(name)
        for name, definition in definitions.items():
            old, (resource, _) = self._definitions.get(name), definition
            if old and (type(old[0]), _refs(old[0])) != (type(resource), _refs(resource)):
                self._drop(name)
            self._show(resource)
            if name not in self._workers:
                self._add(definition)
            elif old != definition:
                self._workers[name].inbox.put(Work(definition=definition))
        self._definitions = definitions
        self._removed = deploy.removed([*self._removed, *_objects(before)], _objects(after))

    def _drop(self, name: str) -> None:
        self._workers.pop(name).inbox.put(Work(stop=True))

    def _add(self, definition: Definition) -> None:
        resource, images = definition
        if isinstance(resource, LocalResource):
            self._workers[resource.name] = LocalWorker(
                resource, self._runner, self._local_env, self.board, self._tools.logs, self._local_turn,
                lambda path: self._ignored.ignores(path),
            )  # fmt: skip
        elif isinstance(resource, K8sResource):
            self._workers[resource.name] = K8sWorker(resource, images, self._tools)
        self._workers[resource.name].start()

    def _show(self, resource: Resource) -> None:
        kind = "local" if isinstance(resource, LocalResource) else "k8s"
        links = tuple({"url": link.url, "name": link.name} for link in resource.links)
        self.board.define(resource.name, kind=kind, labels=resource.labels, links=links, manual=resource.manual)

    def _forward(self) -> None:
        wanted = {
            (resource.name, forward)
            for resource in self.environment.resources
            if isinstance(resource, K8sResource)
            for forward in resource.port_forwards
        }
        for old in self._forwards.keys() - wanted:
            self._forwards.pop(old).stop()
        for name, forward in wanted - self._forwards.keys():
            pods, changed = partial(self._pods, name), partial(self._show_forward, name, forward)
            made = Forward(self._tools.kube, forward.local, forward.container, pods, changed)
            self._forwards[name, forward] = made
            if made.problem:
                changed()

    def _show_forward(self, name: str, forward: PortForward) -> None:
        made = self._forwards.get((name, forward))
        if made is not None:
            self._tools.logs.add(name, f"warning | {made.problem or f'port {forward.local} is forwarded now'}")

    def _pods(self, name: str) -> list[Object]:
        worker = self._workers.get(name)
        return worker.proof.pods() if isinstance(worker, K8sWorker) else []

    @staticmethod
    def _watched(environment: Environment) -> tuple[list[Tree], list[Path]]:
        """Trees (build contexts, deps of local resources, the chart); and by name, because they may come and go, the
        configuration files and the trees themselves."""
        tiltfile, tiltignore = environment.tiltfile, environment.tiltignore
        everywhere, configuration = ignore.for_events(tiltfile, tiltignore), ignore.for_configuration(tiltfile)
        images = environment.images.values()
        trees: list[Tree] = [(image.context, ignore.for_image(image, tiltfile, tiltignore)) for image in images]
        deps = [dep for resource in environment.resources for dep in getattr(resource, "deps", ())]
        trees += [(dep, everywhere) for dep in deps]
        trees += [(file, configuration) for file in environment.config_files if file.is_dir()]
        inside = [tree for tree, _ in trees if tiltfile.parent in tree.parents]
        return trees, [*environment.config_files, *inside]


def _definitions(environment: Environment) -> dict[str, Definition]:
    """All that a worker knows of its resource, by name. Raises UserError for a mistake in an ignore file."""
    tiltfile, tiltignore, images = environment.tiltfile, environment.tiltignore, environment.images
    ignores = {ref: ignore.for_image(image, tiltfile, tiltignore) for ref, image in images.items()}
    return {
        resource.name: (resource, tuple((images[ref], ignores[ref]) for ref in _refs(resource)))
        for resource in environment.resources
    }


def _refs(resource: Resource) -> tuple[str, ...]:
    return resource.images if isinstance(resource, K8sResource) else ()


def _objects(environment: Environment) -> list[Manifest]:
    return [
        item for resource in environment.resources if isinstance(resource, K8sResource) for item in resource.objects
    ]
