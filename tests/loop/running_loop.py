"""The loop under test: its process, and what a person does on its page."""

from __future__ import annotations

from pathlib import Path

from scripts.bench import loop_process
from scripts.bench.loop_process import Edits as Edits
from scripts.core.runner import Subprocess
from scripts.engine import log_lines, trigger

PORT = 10377


def copy_checkout(target: Path) -> Path:
    return loop_process.copy_checkout(Subprocess(), target)


class RunningLoop(loop_process.RunningLoop):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, PORT)

    def press(self, name: str) -> bool:
        return trigger(name, self.port)

    def log(self, name: str) -> list[str]:
        return [text for _, text in log_lines(name, port=self.port)]
