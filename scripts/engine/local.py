"""Runs a local_resource: at the start, on a change of its deps, or by its button; one at a time over the whole loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.engine.board import Board, Update
from scripts.engine.inbox import Inbox
from scripts.engine.logs import LogStore
from scripts.engine.model import LocalResource
from scripts.engine.plan import within


class LocalWorker(threading.Thread):
    """`env` is added to the command's environment; `turn` is shared by all local resources."""

    def __init__(
        self,
        resource: LocalResource,
        runner: Runner,
        env: Mapping[str, str],
        board: Board,
        logs: LogStore,
        turn: threading.Lock,
    ) -> None:
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox()
        self._runner, self._env, self._board, self._logs, self._turn = runner, env, board, logs, turn

    def run(self) -> None:
        name = self.resource.name
        if self.resource.auto_init:
            self._once("first start")
        else:
            self._board.set(name, "idle", "starts by its button")
        while not (work := self.inbox.take()).stop:
            changed = [path for path in work.paths if any(within(path, dep) for dep in self.resource.deps)]
            if work.definition and isinstance(work.definition[0], LocalResource):
                self.resource = work.definition[0]
            if work.rebuild:
                self._once(work.rebuild)
            elif changed and not self.resource.manual:
                self._once(f"{changed[0].name} changed")

    def concerns(self, path: Path) -> bool:
        return any(within(path, dep) for dep in self.resource.deps)

    def _once(self, why: str) -> None:
        name, resource = self.resource.name, self.resource
        missing = [dep for dep in resource.resource_deps if self._board.status(dep) != "ok"]
        if missing:
            self._board.set(name, "waiting", f"for {', '.join(missing)}")
            self._board.wait_for(
                lambda: self.inbox.stopping or all(self._board.status(dep) == "ok" for dep in missing)
            )
            if self.inbox.stopping:
                return
        with self._turn:
            self._board.set(name, "running", why)
            started = time.monotonic()
            error, last = "", ""

            def heard(line: str) -> None:
                nonlocal last
                last = line.strip() or last
                self._logs.add(name, line)

            try:
                result = self._runner.run(
                    resource.argv,
                    cwd=resource.directory,
                    env={**self._env, **dict(resource.env)},
                    check=False,
                    on_line=heard,
                )
                if result.returncode:
                    error = f"`{' '.join(resource.argv[:4])}` ended with status {result.returncode}: {last}"
            except UserError as failed:
                error = str(failed)
            seconds = time.monotonic() - started
            self._board.record(Update(name, "run", why, {"run": seconds}, seconds, error))
            self._board.set(name, "error" if error else "ok", error or f"passed in {seconds:.1f} s")
