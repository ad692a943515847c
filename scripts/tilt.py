"""The Tilt that runs on this machine: whether there is one, and the state of its resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scripts.core import direct_http
from scripts.core.ports import PAGE_PORT
from scripts.core.runner import Runner

COOKIE = "Tilt-Token="
DONE = ("ok", "not_applicable")  # "none" is also the state before the first build starts
TRIGGER_MODES_MANUAL = (2, 3)


@dataclass(frozen=True)
class Build:
    """An update that has ended; times are seconds since the epoch."""

    started: float
    finished: float
    error: str


@dataclass(frozen=True)
class Resource:
    """A resource as Tilt reports it: `update` and `runtime` are Tilt's own words; the newest build comes first."""

    manual: bool
    update: str
    runtime: str
    builds: tuple[Build, ...]

    @property
    def done(self) -> bool:
        return self.update in DONE and self.runtime in DONE


def answers(port: int = PAGE_PORT) -> bool:
    """Whether Tilt serves its page on a port of this machine: its page sets a cookie, its API needs a token."""
    try:
        with direct_http.ask(f"http://127.0.0.1:{port}/", 2) as response:
            return any(cookie.startswith(COOKIE) for cookie in response.headers.get_all("set-cookie", []))
    except direct_http.FAILURES:
        return False


def runs_this_stack(runner: Runner, port: int = PAGE_PORT) -> bool:
    """Whether a Tilt answers there, and not for another project. One that does not tell its resources may run this."""
    return answers(port) and "mcp-server" in (states(runner, port) or {"mcp-server": ""})


def resources(runner: Runner, port: int = PAGE_PORT) -> dict[str, Resource]:
    """Every resource by name; empty if Tilt does not answer or the `tilt` program is not installed."""
    if runner.which("tilt") is None:
        return {}
    argv = ["tilt", "get", "uiresources", "-o", "json", "--port", str(port)]
    answer = runner.run(argv, check=False, timeout=10)
    return parse_resources(answer.stdout) if answer.returncode == 0 else {}


def states(runner: Runner, port: int = PAGE_PORT) -> dict[str, str]:
    """Name → state in words of every resource, as `resources`."""
    return {
        name: row.update if row.runtime == "not_applicable" else f"update {row.update}, pods {row.runtime}"
        for name, row in resources(runner, port).items()
    }


def parse_resources(text: str) -> dict[str, Resource]:
    """The output of `tilt get uiresources -o json`, by name."""
    return {item["metadata"]["name"]: _resource(item.get("status", {})) for item in json.loads(text)["items"]}


def _resource(status: Mapping[str, Any]) -> Resource:
    builds = tuple(
        Build(_seconds(build["startTime"]), _seconds(build["finishTime"]), build.get("error", ""))
        for build in status.get("buildHistory") or ()
        if build.get("startTime") and build.get("finishTime")
    )
    manual = status.get("triggerMode", 0) in TRIGGER_MODES_MANUAL
    return Resource(manual, status.get("updateStatus", "unknown"), status.get("runtimeStatus", "unknown"), builds)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
