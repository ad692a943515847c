"""Edits the services under a running loop and asks the services when each edit is served."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.bench.loop_process import Edits, LoopProcess, ReportedUpdate, sources
from scripts.bench.report import Edit, Phase
from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.engine import Endpoint, revision_via_service, revision_via_url
from scripts.kube.api import Kube, collection
from scripts.stack import NAMESPACE, PART_OF
from scripts.workloads import COMPONENT

POLL_SECONDS = 0.01
ANSWER_SECONDS = 1.0
EDIT_SECONDS = 60.0
REBUILD_SECONDS = 600.0


@dataclass(frozen=True)
class Service:
    """How a service is edited: `line` (with a number) is appended to `source`; for a rebuild, `dependencies` changes.
    `module` is the URL path of the compiled source, in the frontend."""

    source: str
    line: str
    dependencies: str
    module: str = ""


SERVICES = {
    "backend": Service("backend/app/main.py", "BENCH_EDIT = {}\n", "backend/requirements.txt"),
    "mcp-server": Service("mcp_server/todo_mcp/main.py", "BENCH_EDIT = {}\n", "mcp_server/requirements.txt"),
    "frontend": Service(
        "frontend/src/main.tsx", "export const benchEdit = {};\n", "frontend/package.json", "/src/main.tsx"
    ),
}


def stamped(text: str, name: str, stamp: str) -> str:
    """The text of a dependency file, changed without effect, so that no cached layer matches it."""
    if name.endswith(".json"):
        return json.dumps({**json.loads(text), "//": stamp}, indent=2) + "\n"
    return f"{text}# {stamp}\n"


class Probe:
    """Asks the services directly, independent of the loop."""

    def __init__(self, kube: Kube, node_url: Callable[[int], str]) -> None:
        path = collection("v1", "services", NAMESPACE)
        found = kube.call(f"list services in {NAMESPACE}", "GET", path, query={"labelSelector": PART_OF})["items"]
        self._kube, self._node_url = kube, node_url
        self._where: dict[str, Endpoint] = {}
        for item in found:
            port = item["spec"]["ports"][0]
            service, node_port = item["metadata"]["name"], port.get("nodePort", 0)
            where = Endpoint(NAMESPACE, service, str(port["port"]), node_port=node_port)
            self._where.setdefault(item["metadata"]["labels"].get(COMPONENT, ""), where)
        if missing := [name for name in SERVICES if name not in self._where]:
            raise UserError(f"namespace {NAMESPACE} has no Service for {', '.join(missing)}", "run: ./dev up --once")

    def revision(self, name: str) -> str:
        """The revision that answers; "" if none does."""
        where = self._where[name]
        if where.node_port:
            return revision_via_url(self._node_url(where.node_port), ANSWER_SECONDS)
        return revision_via_service(self._kube, where, ANSWER_SECONDS)

    def text(self, name: str, path: str) -> str:
        """The body at a path of the NodePort; "" for an error."""
        try:
            with direct_http.ask(f"{self._node_url(self._where[name].node_port)}{path}", ANSWER_SECONDS) as answer:
                return str(answer.read().decode(errors="replace"))
        except direct_http.FAILURES:
            return ""


class Bench:
    """Measures one running loop."""

    def __init__(self, loop: LoopProcess, edits: Edits, kube: Kube, node_url: Callable[[int], str]) -> None:
        self._loop, self._edits = loop, edits
        self._probe = Probe(kube, node_url)
        self._texts = {name: (loop.folder / service.source).read_text() for name, service in SERVICES.items()}

    def edit(self, name: str, number: int) -> Edit:
        """Save one change and wait until it is served and everything is green."""
        service, line = SERVICES[name], SERVICES[name].line.format(number)
        since, began = time.time(), time.monotonic()
        self._edits.write(service.source, self._texts[name] + line)
        seconds = self._until_served(name, began, EDIT_SECONDS)
        compiled = None
        if service.module:
            code = line.strip(";\n")
            what = f"{name} delivers {service.module} with {code!r}"
            compiled = self._wait(lambda: code in self._probe.text(name, service.module), began, EDIT_SECONDS, what)
        reported = self._until_reported(name, since, EDIT_SECONDS)
        return Edit(name, seconds, compiled, reported.action, reported.stages, reported.seconds)

    def rebuild(self, name: str) -> Phase:
        """Change the dependency file and a source file: the revision identifies the new image."""
        service = SERVICES[name]
        before = (self._loop.folder / service.dependencies).read_text()
        since, began = time.time(), time.monotonic()
        self._edits.write(service.dependencies, stamped(before, service.dependencies, f"measured at {since:.3f}"))
        self._edits.write(service.source, self._texts[name] + service.line.format(0))
        seconds = self._until_served(name, began, REBUILD_SECONDS)
        reported = self._until_reported(name, since, REBUILD_SECONDS)
        if reported.action not in ("", "rebuild"):
            raise UserError(f"a change of {service.dependencies} did not rebuild {name} (loop: {reported.action})")
        return Phase(f"rebuild of {name} → served", seconds, reported.stages)

    def until_restored(self, seconds: float) -> None:
        """Wait until every service serves the current sources, and the loop is idle."""
        began = time.monotonic()
        for name in SERVICES:
            self._until_served(name, began, seconds)
        self._loop.until(self._loop.green, "the loop is green", seconds)

    def _until_served(self, name: str, began: float, seconds: float) -> float:
        wanted = sources(self._loop.folder, name)
        what = f"{name} serves revision {wanted}"
        return self._wait(lambda: self._probe.revision(name) == wanted, began, seconds, what)

    def _until_reported(self, name: str, since: float, seconds: float) -> ReportedUpdate:
        """The engine's own figures for the update, once it is idle. Raises UserError if the update failed."""
        reports: list[ReportedUpdate] = []

        def settled() -> bool:
            reported = self._loop.reported_update(name, since)
            reports[:] = [reported] if reported else []
            return bool(reports) and self._loop.green()

        self._loop.until(settled, f"the loop has recorded an update of {name}", seconds)
        if reports[0].error:
            raise UserError(f"the update of {name} failed: {reports[0].error}", "fix it, then measure again")
        return reports[0]

    def _wait(self, holds: Callable[[], bool], began: float, seconds: float, what: str) -> float:
        """Seconds from `began` until `holds` is true, checked every 10 ms."""
        while True:
            asked = time.monotonic()
            if holds():
                return time.monotonic() - began
            self._loop.check_alive()
            if asked - began > seconds:
                raise UserError(f"not within {seconds:.0f} s: {what}", "run ./dev up to see what the loop reports")
            time.sleep(max(0.0, asked + POLL_SECONDS - time.monotonic()))
