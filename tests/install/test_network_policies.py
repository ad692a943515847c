"""The chart's network policies, on a cluster that enforces them: its edges are open, and no other connection is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from scripts.cluster import select
from tests.install.conftest import NAMESPACE, Operator

ELSEWHERE = "todo-operator-canaries"
METRICS = 9464
PORTS = (3000, 5432, 8000, 8080, METRICS)
API = ("the API", 443)
DEADLINE_SECONDS = 60
COMPONENTS = ("frontend", "backend", "mcp-server", "postgres", "backup", "test")
SCRAPED = ("frontend", "backend", "mcp-server")
# A pod of nobody's, and in another namespace one that has all labels of the frontend, and one that may read metrics.
STRANGERS = {"stranger": NAMESPACE, "impostor": ELSEWHERE, "scraper": ELSEWHERE}
# What a value opens to everybody.
EXPOSED = {"backend.service.type": ("backend", 8000), "mcpServer.service.type": ("mcp-server", 8080)}
EDGES = {
    ("frontend", "backend", 8000),
    ("frontend", "mcp-server", 8080),
    ("mcp-server", "backend", 8000),
    ("backend", "mcp-server", 8080),
    ("backend", "postgres", 5432),
    ("backup", "postgres", 5432),
    ("test", "backend", 8000),
    ("test", "frontend", 3000),
    *(("scraper", component, METRICS) for component in SCRAPED),
}

SERVE = f"""
import asyncio
async def main():
    servers = [await asyncio.start_server(lambda _, writer: writer.close(), port=port) for port in {PORTS}]
    await asyncio.gather(*(server.serve_forever() for server in servers))
asyncio.run(main())
"""
# Prints the targets that accept a connection, of those given as name, address and port.
CONNECT = """
import asyncio, json, sys
async def open(name, address, port):
    try:
        async with asyncio.timeout(2):
            await asyncio.open_connection(address, port)
    except OSError:
        return None
    return name, port
async def main():
    tried = await asyncio.gather(*(open(*target) for target in json.loads(sys.argv[1])))
    print(json.dumps([target for target in tried if target]))
asyncio.run(main())
"""
READ = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"
RESOLVE = "import socket; print(socket.gethostbyname('backend-service'))"

Connection = tuple[str, str, int]


def canary(name: str, namespace: str, component: str, image: str) -> dict[str, Any]:
    """A pod with the labels of a component, which listens on the ports of all of them and never becomes ready: so the
    component's Service does not send it requests."""
    labels = {"canary": name}
    if component:
        labels |= {"app.kubernetes.io/name": "todo-stack", "app.kubernetes.io/instance": "todo"}
        labels |= {"app.kubernetes.io/component": component}
    container = {
        "name": "canary",
        "image": image,
        "command": ["python", "-c", SERVE],
        "readinessProbe": {"exec": {"command": ["false"]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"canary-{name}", "namespace": namespace, "labels": labels},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]},
    }


@dataclass(frozen=True)
class Canaries:
    """One pod for each component, and the strangers."""

    operator: Operator
    targets: list[tuple[str, str, int]]
    """Name, address and port of what the canaries try to reach."""

    def run(self, name: str, *argv: str) -> str:
        namespace = STRANGERS.get(name, NAMESPACE)
        return self.operator.run(
            "kubectl", "-n", namespace, "exec", f"canary-{name}", "--", "python", "-c", *argv
        ).stdout

    def open(self) -> set[Connection]:
        """All connections between two different canaries, and to the API, that can be made."""

        def of(name: str) -> set[Connection]:
            others = [target for target in self.targets if target[0] != name]
            return {(name, there, port) for there, port in json.loads(self.run(name, CONNECT, json.dumps(others)))}

        names = [*COMPONENTS, *STRANGERS]
        with ThreadPoolExecutor(len(names)) as pool:
            return set().union(*pool.map(of, names))

    def all(self) -> set[Connection]:
        return {
            (here, there, port)
            for here in (*COMPONENTS, *STRANGERS)
            for there, _, port in self.targets
            if here != there
        }

    def wait_until_open(self, wanted: set[Connection], what: str) -> None:
        """Wait until these connections can be made and no others: a new pod is known to the policies after a moment."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (seen := self.open()) != wanted:
            if time.monotonic() > deadline:
                pytest.fail(f"{what}; open too: {sorted(seen - wanted)}; closed: {sorted(wanted - seen)}")
            time.sleep(0.2)


@pytest.fixture(scope="module")
def canaries(operator: Operator) -> Iterator[Canaries]:
    if select.choose()[0].name != "embedded":
        pytest.skip("only the embedded cluster is known to enforce network policies")
    kubectl = ("kubectl", "-n", NAMESPACE)
    image = operator.run(
        *kubectl, "get", "deployment/todo-backend", "-o", "jsonpath={.spec.template.spec.containers[0].image}"
    ).stdout
    pods = [canary(name, NAMESPACE, name, image) for name in COMPONENTS]
    pods += [canary("stranger", NAMESPACE, "", image), canary("impostor", ELSEWHERE, "frontend", image)]
    pods += [canary("scraper", ELSEWHERE, "", image)]
    names = ["-l", "canary", "--all-namespaces"]
    try:
        operator.change("postgres.backup.enabled=true")
        operator.run("kubectl", "delete", "namespace", ELSEWHERE, "--ignore-not-found", "--wait")
        operator.run("kubectl", "create", "namespace", ELSEWHERE)
        objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": pods})
        operator.run("kubectl", "apply", "-f", "-", text=objects)
        operator.run("kubectl", "wait", "pod", *names, "--for=jsonpath={.status.phase}=Running", "--timeout=120s")
        found = json.loads(operator.run("kubectl", "get", "pod", *names, "-o", "json").stdout)["items"]
        addresses = {pod["metadata"]["labels"]["canary"]: pod["status"]["podIP"] for pod in found}
        service = ("kubectl", "-n", "default", "get", "service/kubernetes", "-o", "jsonpath={.spec.clusterIP}")
        api = (API[0], operator.run(*service).stdout, API[1])
        yield Canaries(operator, [*((name, addresses[name], port) for name in addresses for port in PORTS), api])
    finally:
        operator.run("kubectl", "delete", "namespace", ELSEWHERE, "--ignore-not-found")
        operator.run(*kubectl, "delete", "pod", "-l", "canary", "--ignore-not-found")
        operator.change("postgres.backup.enabled=false")


def expected(canaries: Canaries) -> set[Connection]:
    """The edges; the frontend is there for everybody; and the policies are not about what strangers do elsewhere."""
    closed_to_strangers = {name for name in COMPONENTS if name != "frontend"}
    return EDGES | {
        (here, there, port)
        for here, there, port in canaries.all()
        if here in STRANGERS and there not in closed_to_strangers and (there != "frontend" or port == 3000)
    }


def test_the_edges_of_the_chart_are_open_and_no_other_connection_either_way(canaries: Canaries) -> None:
    canaries.wait_until_open(expected(canaries), "exactly the edges are open")


@pytest.fixture(scope="module")
def known(canaries: Canaries) -> Canaries:
    """The canaries when the policies know them."""
    canaries.wait_until_open(expected(canaries), "exactly the edges are open")
    return canaries


@pytest.mark.parametrize("component", SCRAPED)
def test_a_scraper_reads_the_metrics_of_each_service(known: Canaries, component: str) -> None:
    labels = f"app.kubernetes.io/component={component},!canary"
    where = ("kubectl", "-n", NAMESPACE, "get", "pods", "-l", labels, "-o", "jsonpath={.items[0].status.podIP}")
    address = known.operator.run(*where).stdout
    assert "todo_http_request_duration_seconds_count{" in known.run("scraper", READ, f"http://{address}:9464/metrics")


def test_nobody_reads_metrics_through_the_frontend(canaries: Canaries) -> None:
    for path in ("/metrics", "/api/metrics", "/mcp/metrics"):
        assert "todo_http" not in httpx.get(f"{canaries.operator.url}{path}", trust_env=False).text, path


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_may_ask_for_names(canaries: Canaries, component: str) -> None:
    assert canaries.run(component, RESOLVE).strip()


def test_a_service_of_type_node_port_is_open_to_everybody_and_nothing_else_is(canaries: Canaries) -> None:
    """Node ports hide the address of the caller, so the policy lets in everybody."""
    canaries.operator.change(*(f"{service}=NodePort" for service in EXPOSED))
    try:
        opened = {(stranger, component, port) for stranger in STRANGERS for component, port in EXPOSED.values()}
        canaries.wait_until_open(expected(canaries) | opened, "the edges and the exposed services are open")
    finally:
        canaries.operator.change(*(f"{service}=ClusterIP" for service in EXPOSED))


def test_it_is_the_policies_that_close_the_rest(canaries: Canaries) -> None:
    canaries.operator.change("networkPolicy.enabled=false")
    try:
        canaries.wait_until_open(canaries.all(), "everything is open without the policies")
    finally:
        canaries.operator.change("networkPolicy.enabled=true")
    canaries.wait_until_open(expected(canaries), "exactly the edges are open again")
