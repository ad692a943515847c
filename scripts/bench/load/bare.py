"""Runs `bare_server.py` beside a release: in the backend's image, with its limits, on the same database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.bench.load.operations import ADD, READ, TASKS, Account
from scripts.bench.load.release import HELM_SECONDS, NAMESPACE, Release
from scripts.bench.load.traffic import Operation
from scripts.cluster.provider import Provider

NAME = "bare"
PORT = 8000
NODE_PORT = 30313
SOURCE = Path(__file__).with_name("bare_server.py")
DATABASE = {"PGHOST": "postgres-service", "PGUSER": "todo", "PGDATABASE": "todo"}
SECRET = "todo-secrets"
"""The release's own, with the key postgres-password."""


@contextmanager
def running(release: Release, provider: Provider) -> Iterator[str]:
    """The URL of the server while the block runs."""
    (backend, *_) = [pod for pod in release.pods() if pod["spec"]["containers"][0]["name"] == "backend"]
    objects = manifests(backend["spec"]["containers"][0], backend["spec"]["securityContext"], SOURCE.read_text())
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    release.tool("kubectl", "apply", "-n", NAMESPACE, "-f", "-", input=listed)
    try:
        release.tool("kubectl", "wait", "--for=condition=Ready", f"pod/{NAME}", "-n", NAMESPACE,
                     f"--timeout={HELM_SECONDS}s")  # fmt: skip
        yield provider.node_url(NODE_PORT)
    finally:
        release.tool("kubectl", "delete", "-n", NAMESPACE, "-f", "-", "--wait", input=listed)


def operations(url: str, reader: Account) -> dict[str, Operation]:
    """The operations that it has, for the same user."""
    path = f"{url}/{reader.id}/tasks"
    found = (
        Operation(READ, "GET", f"{path}?limit={TASKS}"),
        Operation(ADD, "POST", path, body=lambda number: {"title": f"task {number}"}),
    )
    return {operation.name: operation for operation in found}


def manifests(backend: dict[str, Any], security: dict[str, Any], source: str) -> list[dict[str, Any]]:
    """A pod, its Service, its source, and the permission to reach the database. `backend` is the backend's container,
    `security` its pod's context."""
    labels = {"app": NAME}
    password = {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": SECRET, "key": "postgres-password"}}}
    variables = {**DATABASE, "PORT": str(PORT)}
    container = {
        "name": NAME,
        "image": backend["image"],
        "command": ["python", "/bare/bare_server.py"],
        "env": [*({"name": name, "value": value} for name, value in variables.items()), password],
        "resources": backend["resources"],
        "securityContext": backend["securityContext"],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "volumeMounts": [{"name": "source", "mountPath": "/bare"}],
    }
    spec = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        "securityContext": security,
        "containers": [container],
        "volumes": [{"name": "source", "configMap": {"name": NAME}}],
    }
    port = {"port": PORT, "targetPort": PORT, "nodePort": NODE_PORT}
    to_database = {"from": [{"podSelector": {"matchLabels": labels}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    policy = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/component": "postgres"}},
        "policyTypes": ["Ingress"],
        "ingress": [to_database],
    }
    found: list[tuple[str, str, dict[str, Any]]] = [
        ("v1", "ConfigMap", {"data": {SOURCE.name: source}}),
        ("v1", "Pod", {"spec": spec}),
        ("v1", "Service", {"spec": {"type": "NodePort", "selector": labels, "ports": [port]}}),
        ("networking.k8s.io/v1", "NetworkPolicy", {"spec": policy}),
    ]
    metadata = {"name": NAME, "labels": labels}
    return [{"apiVersion": version, "kind": kind, "metadata": metadata, **rest} for version, kind, rest in found]
