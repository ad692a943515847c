"""Tilt as a process of its own on a copy of the checkout, and what its API tells of its resources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.bench.loop_process import DEADLINE_SECONDS, LoopProcess, ReportedUpdate
from scripts.core.errors import UserError
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Runner

DONE = ("ok", "not_applicable")  # "none" is said before the first build is under way
TRIGGER_MODES_MANUAL = (2, 3)


@dataclass(frozen=True)
class TiltBuild:
    """An update that has ended; times are seconds of the epoch."""

    started: float
    finished: float
    error: str


@dataclass(frozen=True)
class TiltResource:
    """A resource as Tilt has it; `builds` has the newest first."""

    manual: bool
    update: str
    runtime: str
    builds: tuple[TiltBuild, ...]

    @property
    def done(self) -> bool:
        return self.update in DONE and self.runtime in DONE


def parse_resources(text: str) -> dict[str, TiltResource]:
    """What `tilt get uiresources -o json` prints, by name."""
    return {item["metadata"]["name"]: _resource(item.get("status", {})) for item in json.loads(text)["items"]}


def _resource(status: Mapping[str, Any]) -> TiltResource:
    builds = tuple(
        TiltBuild(_seconds(build["startTime"]), _seconds(build["finishTime"]), build.get("error", ""))
        for build in status.get("buildHistory") or ()
        if build.get("startTime") and build.get("finishTime")
    )
    manual = status.get("triggerMode", 0) in TRIGGER_MODES_MANUAL
    return TiltResource(manual, status.get("updateStatus", ""), status.get("runtimeStatus", ""), builds)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


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

    def resources(self) -> dict[str, TiltResource]:
        """Nothing while Tilt does not answer yet."""
        self.check_alive()
        argv = ["tilt", "get", "uiresources", "-o", "json", "--port", str(self._port)]
        answer = self._runner.run(argv, check=False, timeout=10)
        return parse_resources(answer.stdout) if answer.returncode == 0 else {}

    def green(self) -> bool:
        found = self.resources()
        for name, row in found.items():
            if row.update == "error":
                reason = row.builds[0].error if row.builds else "its update failed"
                raise UserError(f"Tilt could not bring up {name}: {reason}", "mend it, then run this again")
        rows = [row for row in found.values() if not row.manual]
        return len(rows) > 1 and all(row.done for row in rows)

    def reported_update(self, name: str, since: float) -> ReportedUpdate | None:
        row = self.resources().get(name)
        return first_build(row.builds, since) if row else None


def first_build(builds: Sequence[TiltBuild], since: float) -> ReportedUpdate | None:
    """Of builds, the newest first: the first that began after `since`. `update` ends when the files have arrived."""
    for build in reversed(builds):
        if build.started >= since:
            stages = {"detect": build.started - since, "update": build.finished - build.started}
            return ReportedUpdate("", stages, build.finished - since, build.error)
    return None
