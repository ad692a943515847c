"""Runs a local_resource: at the start, on a change of its deps, or by its button."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine.loop.inbox import Inbox, Work
from scripts.engine.model import LocalResource, within
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LogStore


class LocalWorker(threading.Thread):
    """`env` is added to the command's environment; `turn` makes local resources run one at a time, as with Tilt;
    `ignores` names files that never start it."""

    def __init__(
        self, resource: LocalResource, runner: Runner, env: Mapping[str, str], board: Board, logs: LogStore,
        turn: threading.Lock, ignores: Callable[[Path], bool],
    ) -> None:  # fmt: skip
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self._runner, self._env, self._board, self._logs, self._turn = runner, env, board, logs, turn
        self._ignores = ignores
        self._waited = False

    def run(self) -> None:
        if self.resource.auto_init:
            self._once("first start")
        else:
            self._board.set(self.resource.name, "idle", "starts by its button")
        while not (work := self.inbox.take()).stop:
            before = self.resource
            if work.definition and isinstance(work.definition[0], LocalResource):
                self.resource = work.definition[0]
            if why := work.rebuild or ("" if self.resource.manual else self._reason(work, before)):
                self._once(why)

    def concerns(self, path: Path) -> bool:
        return not self._ignores(path) and any(within(path, dep) or within(dep, path) for dep in self.resource.deps)

    def _reason(self, work: Work, before: LocalResource) -> str:
        """Why to run it by itself; "" for no reason. Other deps are none, with Tilt neither."""
        if work.paths:
            return f"{min(work.paths).name} changed"
        if work.everything and self.resource.deps:
            return "file events were lost"
        started = self._waited or self.resource.auto_init
        return "its definition changed" if started and _command_of(self.resource) != _command_of(before) else ""

    def _once(self, why: str) -> None:
        name = self.resource.name
        if not self._waited:  # only the first run waits for others, as with Tilt
            if not self._board.await_green(name, self.resource.resource_deps, lambda: self.inbox.stopping):
                return
            self._waited = True
        with self._turn:
            self._board.set(name, "running", why)
            started = time.monotonic()
            error = self._command()
            seconds = time.monotonic() - started
        self._board.record(Update(name, "local", why, {"run": seconds}, seconds, error))
        self._board.set(name, "error" if error else "ok", error or f"passed in {seconds:.1f} s")

    def _command(self) -> str:
        """Run it; returns what went wrong."""
        resource, said = self.resource, [""]

        def heard(line: str) -> None:
            said.append(line.strip() or said[-1])
            self._logs.add(resource.name, line)

        env = {**self._env, **dict(resource.env)}
        try:
            done = self._runner.run(resource.argv, cwd=resource.directory, env=env, check=False, on_line=heard)
        except UserError as failed:
            return str(failed)
        except (OSError, ValueError) as failed:  # no program in a form that the system knows, a 0 byte in its words
            return f"`{' '.join(resource.argv[:4])}` cannot be run: {getattr(failed, 'strerror', None) or failed}"
        if done.returncode == 0:
            return ""
        return f"`{' '.join(resource.argv[:4])}` ended with status {done.returncode}: {said[-1]}"


def _command_of(resource: LocalResource) -> tuple[object, ...]:
    return resource.argv, resource.env, resource.directory
