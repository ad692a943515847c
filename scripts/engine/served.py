"""Proves which revision of a service answers: the hash of its sources here against the one its /health tells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster.kube import Kube
from scripts.core import direct_http
from scripts.engine.model import K8sResource

# The source roots of each service, by the name of its folder: the same lists stand in the services themselves.
ROOTS = {
    "backend": ("app", "migrations"),
    "mcp_server": ("todo_mcp",),
    "frontend": ("src", "public", "server", "index.html", "vite.config.ts"),
}
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})


def counts(relative: Path) -> bool:
    """Whether a file is a source: no caches, hidden files or editors' backups."""
    return not any(
        part in SKIPPED_FOLDERS or part.startswith(".") or part.endswith(("~", ".pyc")) for part in relative.parts
    )


def revision(folder: Path, roots: Iterable[str]) -> str:
    """12 hex digits over path and content of every source file."""
    files: list[tuple[bytes, Path]] = []
    for root in roots:
        start = folder / root
        for path in [start] if start.is_file() else start.rglob("*"):
            relative = path.relative_to(folder)
            if counts(relative) and path.is_file():
                files.append((relative.as_posix().encode(), path))
    total = hashlib.sha256()
    for name, path in sorted(files):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # deleted while we looked: its event follows
        total.update(name + b"\0" + hashlib.sha256(content).hexdigest().encode() + b"\n")
    return total.hexdigest()[:12]


@dataclass(frozen=True)
class Endpoint:
    """Where a resource answers in the cluster; `node_port` is 0 without one."""

    namespace: str
    service: str
    port: str
    node_port: int = 0


def endpoint(resource: K8sResource) -> Endpoint | None:
    """The first Service of a resource that has an address of its own."""
    for item in resource.objects:
        spec = item.get("spec") or {}
        if item["kind"] == "Service" and spec.get("clusterIP") != "None" and spec.get("ports"):
            port = spec["ports"][0]
            meta = item["metadata"]
            return Endpoint(meta.get("namespace", "default"), meta["name"], str(port["port"]), port.get("nodePort", 0))
    return None


def told_by_service(kube: Kube, where: Endpoint, timeout: float = 2) -> str:
    """The revision that /health tells through the Service; "" when it does not answer well."""
    status, body = kube.service(where.namespace, where.service, where.port, "/health", timeout)
    return _revision(body) if status == 200 else ""


def told_by_url(url: str, timeout: float = 2) -> str:
    """The same through a URL of this machine."""
    try:
        with direct_http.ask(f"{url}/health", timeout) as answer:
            return _revision(answer.read().decode(errors="replace"))
    except direct_http.FAILURES:
        return ""


def _revision(body: str) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return str(answer.get("revision", "")) if isinstance(answer, dict) else ""
