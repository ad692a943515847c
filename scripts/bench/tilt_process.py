"""Tilt as a separate process on a copy of the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts import tilt
from scripts.bench.loop_process import DEADLINE_SECONDS, LoopProcess, ReportedUpdate
from scripts.core.errors import UserError
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Runner


class RunningTilt(LoopProcess):
    """`./dev up --engine tilt` in a terminal, where it watches."""

    def __init__(self, folder: Path, runner: Runner, port: int = PAGE_PORT) -> None:
        super().__init__(folder)
        self._runner = runner
        self._port = port

    def start(self, seconds: float = DEADLINE_SECONDS) -> None:
        env = {"TILT_PORT": str(self._port), "TILT_DISABLE_ANALYTICS": "1"}
        self.launch(["./dev", "up", "--engine", "tilt"], env)
        self.until(self.green, "every resource of Tilt is ready", seconds)

    def resources(self) -> dict[str, tilt.Resource]:
        """Empty until Tilt answers."""
        self.check_alive()
        return tilt.resources(self._runner, self._port)

    def green(self) -> bool:
        found = self.resources()
        for name, row in found.items():
            if row.update == "error":
                reason = row.builds[0].error if row.builds else "its update failed"
                raise UserError(f"Tilt could not bring up {name}: {reason}", "fix it, then run this again")
        rows = [row for row in found.values() if not row.manual]
        return len(rows) > 1 and all(row.done for row in rows)

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        row = self.resources().get(name)
        return first_build(row.builds, since) if row else None


def first_build(builds: Sequence[tilt.Build], since: float) -> ReportedUpdate | None:
    """The first build that started after `since`; `builds` has the newest first. A build ends when the files are in the
    container."""
    for build in reversed(builds):
        if build.started >= since:
            stages = {"detect": build.started - since, "update": build.finished - build.started}
            return ReportedUpdate("", stages, build.finished - since, build.error)
    return None
