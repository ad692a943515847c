"""Runs a local_resource: at the start, on a change of its deps, or by its button."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from scripts.core.errors import UserError
from scripts.core.runner import End, Runner
from scripts.engine.loop.events import BUG, FIRST_START, Dependencies, Event, EventsLost, FilesChanged, Pressed
from scripts.engine.loop.inbox import Inbox, NewDefinition
from scripts.engine.record.board import Board, Update
from scripts.engine.record.logs import LogStore
from scripts.tiltfile.model import LocalResource

TURN_SECONDS = 1.0


class LocalWorker(threading.Thread):
    """`env` is added to the command's environment; `turn` makes local resources run one at a time, as with Tilt."""

    def __init__(
        self, resource: LocalResource, runner: Runner, env: Mapping[str, str], board: Board, logs: LogStore,
        turn: threading.Lock,
    ) -> None:  # fmt: skip
        super().__init__(name=f"worker {resource.name}", daemon=True)
        self.resource = resource
        self.inbox = Inbox(self._end_if_moot)
        self._runner, self._env, self._board, self._logs, self._turn = runner, env, board, logs, turn
        self._ran = False
        self._end: End = lambda: None  # nothing runs
        self._missing: tuple[str, ...] = ()
        self._news = threading.Lock()

    def run(self) -> None:
        name = self.resource.name
        self.dependencies_changed()
        why = FIRST_START if self.resource.auto_init else ""
        while not self.inbox.stopping:
            if not why and not self._ran:
                self._board.set(name, "idle", "starts by its button")
            elif why and (self._ran or not self._missing):
                why = self._once(why)
            elif why:  # only the first run waits for others, as with Tilt
                self._board.set(name, "waiting", f"for {', '.join(self._missing)}")
            for event in self.inbox.take():
                why = self._reason(event, why)

    def dependencies_changed(self) -> None:
        with self._news:  # called by several threads: what is read first is put first
            others = self.resource.resource_deps
            missing = tuple(other for other in others if self._board.status(other) != "ok")
            if missing != self._missing:
                self._missing = missing
                self.inbox.put(Dependencies(missing))

    def _reason(self, event: Event | NewDefinition, why: str) -> str:
        """Why to run it after an event; "" for no reason. Changed deps alone do not run it, as in Tilt."""
        match event:
            case Pressed():
                return "its button was pressed"
            case NewDefinition(definition=(LocalResource() as resource, _)):
                before, self.resource = self.resource, resource
                self.dependencies_changed()
                if not self._ran:  # auto_init may have been turned on or off
                    return why if why not in ("", FIRST_START) else FIRST_START if resource.auto_init else ""
                changed = not resource.manual and _command_of(resource) != _command_of(before)
                return "its definition changed" if changed else why
            case FilesChanged(paths=paths) if not self.resource.manual:
                return f"{min(paths).name} changed"
            case EventsLost() if not self.resource.manual and self.resource.deps:
                return "file events were lost"
        return why

    def _is_moot(self) -> bool:
        """Whether a run is of no use: it is of a command that the Tiltfile no longer has."""
        news = [event.definition[0] for event in self.inbox.waiting() if isinstance(event, NewDefinition)]
        commands = [_command_of(resource) for resource in news if isinstance(resource, LocalResource)]
        return self.inbox.stopping or any(command != _command_of(self.resource) for command in commands)

    def _on_start(self, end: End) -> None:
        self._end = end
        self._end_if_moot()

    def _end_if_moot(self) -> None:
        if self._is_moot():
            self._end()

    def _once(self, why: str) -> str:
        """Run it, then nothing is left to do; `why` is if there is news before its turn: it may be dropped."""
        name, seconds = self.resource.name, 0.0
        while not self._turn.acquire(timeout=seconds):
            if self.inbox.waiting():
                return why
            self._board.set(name, "waiting", f"{why}: for {self._holder()}")
            seconds = TURN_SECONDS
        try:
            if self.inbox.waiting():
                return why
            self._ran = True
            self._board.set(name, "running", why)
            started = time.monotonic()
            error = self._command()
            seconds = time.monotonic() - started
        finally:
            self._end = lambda: None
            self._turn.release()
        if not self._is_moot():
            self._board.record(Update(name, "local", why, {"run": seconds}, seconds, error))
            self._board.set(name, "error" if error else "ok", error or f"passed in {seconds:.1f} s")
        elif not self.inbox.stopping:  # the new one runs next, if it starts by itself
            self._board.set(name, "idle", "its definition changed")
        return ""

    def _holder(self) -> str:
        """Whose turn it is."""
        rows = self._board.snapshot()["resources"]
        running = (row["name"] for row in rows if row["kind"] == "local" and row["status"] == "running")
        return next(running, "another local resource")

    def _command(self) -> str:
        """Run it; returns what went wrong."""
        resource, printed = self.resource, [""]

        def on_line(line: str) -> None:
            printed.append(line.strip() or printed[-1])
            self._logs.add(resource.name, line)

        env = {**self._env, **dict(resource.env)}
        try:
            done = self._runner.run(
                resource.argv, cwd=resource.directory, env=env, check=False, on_line=on_line, on_start=self._on_start
            )
        except UserError as failed:
            return str(failed)
        except ValueError as failed:  # a 0 byte in its words
            return f"`{' '.join(resource.argv[:4])}` cannot be run: {failed}"
        except Exception as failed:  # the worker must outlive a bug in one run
            return f"{type(failed).__name__}: {failed}; {BUG}"
        if done.returncode == 0:
            return ""
        return f"`{' '.join(resource.argv[:4])}` ended with status {done.returncode}: {printed[-1]}"


def _command_of(resource: LocalResource) -> tuple[object, ...]:
    return resource.argv, resource.env, resource.directory
