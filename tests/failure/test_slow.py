"""A database that answers late, behind a proxy that delays all traffic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.failure import slow_proxy
from tests.failure.conftest import Watch
from tests.failure.recovery import APPLICATION
from tests.failure.release import NAMESPACE, Release, eventually
from tests.failure.test_database import CLOSE_ALL, lasts_without_writes

NAME = "slow-proxy"
LABEL = {"todo-failure": "slow"}
SERVICE = "service/postgres-service"


def test_a_database_that_is_a_bit_slow_is_waited_for(release: Release, watch: Watch) -> None:
    with slow_database(release, 0.01), watch.no_request_fails("database answers 0.01 s late"):
        pass


def test_a_database_that_is_far_too_slow_is_an_outage(release: Release, watch: Watch) -> None:
    before = release.restarts()
    with watch.recovers("database answers 3 s late", APPLICATION) as fault:
        with slow_database(release, 3):
            lasts_without_writes(fault, release, 5)
        fault.ends()
    release.wait_until_settled()
    assert release.restarts() == before


@contextmanager
def slow_database(release: Release, seconds: float) -> Iterator[None]:
    """The Service of the database leads through the proxy while the block runs."""
    selector = json.loads(release.run("kubectl", "get", SERVICE, "-n", NAMESPACE, "-o", "json"))["spec"]["selector"]
    manifests = [pod(release, seconds), policy()]
    with ExitStack() as undo:  # from the last to the first, each also if one before it fails
        for manifest in manifests:
            undo.callback(
                release.run, "kubectl", "delete", manifest["kind"], NAME, "-n", NAMESPACE, "--ignore-not-found"
            )
        release.apply(*manifests)
        undo.callback(lead_to, release, selector)
        release.run("kubectl", "wait", f"pod/{NAME}", "--for=condition=Ready", "--timeout=60s", "-n", NAMESPACE)
        lead_to(release, LABEL)
        release.sql(CLOSE_ALL)  # they would go on as they are
        yield


def lead_to(release: Release, selector: dict[str, str]) -> None:
    patch = json.dumps([{"op": "replace", "path": "/spec/selector", "value": selector}])
    release.run("kubectl", "patch", SERVICE, "-n", NAMESPACE, "--type=json", "-p", patch)
    (name,) = {pod["metadata"]["name"] for pod in release.selected(selector)}
    eventually(lambda: release.targets("postgres-service") == {name}, f"the database's Service leads to {name}")


def pod(release: Release, seconds: float) -> dict[str, Any]:
    """The proxy in the backend's image, as strict as the backend is."""
    like = release.pods("backend")[0]["spec"]
    (database,) = release.pods("postgres")
    program = Path(slow_proxy.__file__).read_text()
    container = {
        "name": "proxy",
        "image": like["containers"][0]["image"],
        "command": ["python", "-c", program, database["status"]["podIP"], "5432", str(seconds)],
        "securityContext": like["containers"][0]["securityContext"],
        "ports": [{"name": "postgresql", "containerPort": 5432}],
        "readinessProbe": {"tcpSocket": {"port": "postgresql"}, "periodSeconds": 1},
    }
    spec = {
        "containers": [container],
        "securityContext": like["securityContext"],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME, "labels": LABEL}, "spec": spec}


def policy() -> dict[str, Any]:
    """Policies add up: with this one the proxy may stand between the chart's pods, where policies are enforced."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": NAME},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
    }
