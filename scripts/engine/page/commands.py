"""The commands of the project that the page has a button for; the Tiltfile does not know them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.core.runner import Runner
from scripts.engine.loop.events import Pressed, Stopping
from scripts.engine.loop.local import LocalWorker
from scripts.engine.record.board import Board
from scripts.engine.record.logs import LogStore
from scripts.engine.settings import PageCommand
from scripts.tiltfile.model import LocalResource

LABEL = "commands"


class Commands:
    """Each has a row on the board, and runs in `root` when its button is pressed."""

    def __init__(
        self, commands: Iterable[PageCommand], root: Path, runner: Runner, env: Mapping[str, str], board: Board,
        logs: LogStore,
    ) -> None:  # fmt: skip
        self._commands, self._board = tuple(commands), board
        turn = threading.Lock()
        self._workers: dict[str, LocalWorker] = {}
        for command in self._commands:
            resource = LocalResource(command.name, auto_init=False, manual=True, argv=command.argv, directory=root)
            self._workers[command.name] = LocalWorker(resource, runner, env, board, logs, turn, lambda path: True)

    def start(self) -> None:
        """After the loop, whose rows come first."""
        for command in self._commands:
            labels = (LABEL,)
            self._board.define(
                command.name, kind="command", manual=True, labels=labels, about=command.about, asks=command.asks
            )  # fmt: skip
            self._workers[command.name].start()

    def stop(self) -> None:
        for worker in self._workers.values():
            worker.inbox.put(Stopping())

    def trigger(self, name: str) -> bool:
        """Press a button; False when there is no such command."""
        worker = self._workers.get(name)
        if worker is not None:
            worker.inbox.put(Pressed(time.monotonic()))
        return worker is not None
