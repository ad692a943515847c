"""What is edited in each service, and a probe that asks the services which revision they serve."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.core import direct_http
from scripts.core.errors import UserError
from scripts.engine import Endpoint, revision_via_service, revision_via_url
from scripts.kube.api import Kube, collection
from scripts.stack import NAMESPACE, PART_OF
from scripts.workloads import COMPONENT

POLL_SECONDS = 0.003
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Service:
    """How a service is edited: `line` (with a number) is appended to `source`, which is `target` in its container. For
    a rebuild, `dependencies` changes. `module` is the URL path of the compiled source, in the frontend."""

    source: str
    target: str
    line: str
    dependencies: str
    module: str = ""

    def added(self, number: int) -> str:
        return self.line.format(number)


SERVICES = {
    "backend": Service(
        "backend/app/main.py", "/app/app/main.py", "BENCH_EDIT = {}\n", "backend/requirements.txt"
    ),
    "mcp-server": Service(
        "mcp_server/todo_mcp/main.py", "/app/todo_mcp/main.py", "BENCH_EDIT = {}\n", "mcp_server/requirements.txt"
    ),
    "frontend": Service(
        "frontend/src/main.tsx", "/app/src/main.tsx", "export const benchEdit = {};\n", "frontend/package.json",
        "/src/main.tsx",
    ),
}  # fmt: skip


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
                return answer.read().decode(errors="replace")
        except direct_http.FAILURES:
            return ""

    def until_changed(
        self, name: str, before: str, wanted: Callable[[], str], deadline: float, meanwhile: Callable[[], None]
    ) -> float:
        """The time (monotonic) at which another revision than `before` answered, which is the one `wanted`. That is
        computed only then: to hash the sources takes a while, and nothing may delay the asking. `meanwhile` is called
        between two questions."""
        while True:
            found = self.revision(name)
            now = time.monotonic()
            if found not in ("", before) and found == wanted():
                return now
            if now > deadline:
                what = f"{name} does not serve revision {wanted()}; it serves {found or 'nothing'}"
                raise UserError(what, "run ./dev up to see what the loop reports")
            meanwhile()
            time.sleep(POLL_SECONDS)
