"""Pods that are told to end while they wait for a database: `./dev down` or `helm uninstall` soon after the start."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from signal import SIGINT, SIGTERM
from typing import Any

import pytest

from tests.e2e.conftest import eventually
from tests.install.conftest import NAMESPACE, Operator

NOBODY = "127.0.0.1"  # no PostgreSQL in the pod itself
WAITING = {
    "wait-for-postgres": ({"PGHOST": NOBODY}, "no response"),
    "migrate": (
        {"TODO_DATABASE_URL": f"postgresql://todo@{NOBODY}:5432/todo", "TODO_DATABASE_WAIT_SECONDS": "600"},
        "waiting for the database",
    ),
}
"""By init container: what lets it wait for longer than any test, and what it says then."""


@pytest.fixture(params=WAITING)
def waiting(operator: Operator, request: pytest.FixtureRequest) -> Iterator[str]:
    """A pod with one init container of the backend, which waits. The pod is kept when it has ended, to be looked at."""
    container, name = request.param, f"todo-waits-{os.getpid()}"
    env, says = WAITING[container]
    kubectl = ("kubectl", "-n", NAMESPACE)
    deployment = json.loads(operator.run(*kubectl, "get", "deployment", "todo-backend", "-o", "json").stdout)
    spec = deployment["spec"]["template"]["spec"]
    (only,) = (each for each in spec["initContainers"] if each["name"] == container)
    others = [each for each in only.get("env", []) if each["name"] not in env]
    only["env"] = [*others, *({"name": key, "value": value} for key, value in env.items())]
    spec["initContainers"] = [only]
    metadata = {"name": name, "namespace": NAMESPACE, "finalizers": ["example.com/looked-at"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    operator.run("kubectl", "create", "-f", "-", text=json.dumps(pod))
    try:
        logs = (*kubectl, "logs", name, "-c", container)
        eventually(lambda: says in operator.run(*logs, check=False).stdout, f"{container} waits for a database")
        yield name
    finally:
        operator.run(*kubectl, "patch", "pod", name, "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
        operator.run(*kubectl, "delete", "pod", name, "--ignore-not-found", "--wait")


def test_a_pod_that_waits_for_its_database_ends_when_it_is_told_to(operator: Operator, waiting: str) -> None:
    """And is not killed when its grace period is over, which everybody would have to wait for."""

    def state() -> dict[str, Any]:
        pod = json.loads(operator.run("kubectl", "-n", NAMESPACE, "get", "pod", waiting, "-o", "json").stdout)
        (status,) = pod["status"]["initContainerStatuses"]
        found: dict[str, Any] = status["state"]
        return found

    operator.run("kubectl", "-n", NAMESPACE, "delete", "pod", waiting, "--wait=false")
    eventually(lambda: "terminated" in state(), "the container has ended")
    # PostgreSQL's image asks for SIGINT.
    assert state()["terminated"]["exitCode"] in (128 + SIGINT, 128 + SIGTERM), "137 is a kill"
