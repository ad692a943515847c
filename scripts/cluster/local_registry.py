"""The registry that a local cluster announces (KEP-1755): found, announced, and asked whether it answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import yaml

from scripts.core.errors import UserError
from scripts.stack import FIELD_MANAGER

if TYPE_CHECKING:
    from scripts.kube.api import Kube

NAMESPACE, NAME, KEY = "kube-public", "local-registry-hosting", "localRegistryHosting.v1"
PATH = f"/api/v1/namespaces/{NAMESPACE}/configmaps/{NAME}"
OURS = {"app.kubernetes.io/part-of": "todo-stack"}


@dataclass(frozen=True)
class Announced:
    """A registry as this machine reaches it (`host`) and as the cluster's container runtime does. `ours`: announced
    by this project, so that it may be replaced."""

    host: str
    from_runtime: str
    ours: bool = False


def find(kube: Kube) -> Announced | None:
    """What the cluster announces; None where it announces nothing, or nothing that can be read."""
    found = kube.find(PATH)
    if found is None:
        return None
    return parse((found.get("data") or {}).get(KEY, ""), found["metadata"].get("labels") or {})


def parse(text: str, labels: dict[str, str]) -> Announced | None:
    try:
        hosting: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(hosting, dict) or not isinstance(hosting.get("host"), str) or not hosting["host"]:
        return None
    host = hosting["host"]
    return Announced(host, str(hosting.get("hostFromContainerRuntime") or host), OURS.items() <= labels.items())


def announce(kube: Kube, host: str, from_runtime: str) -> None:
    """Write it into the cluster, for Tilt and other programs that follow the convention. Idempotent."""
    hosting = {"host": host, "hostFromContainerRuntime": from_runtime}
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": OURS},
        "data": {KEY: yaml.safe_dump(hosting)},
    }
    kube.apply(body, FIELD_MANAGER)


def problem(host: str) -> str:
    """Why images cannot be pushed there from this machine; "" when it answers."""
    try:
        answer = ask(host, "")
    except httpx.HTTPError as error:
        return str(error)
    return "" if answer.status_code in (200, 401) else f"status {answer.status_code}"


def ask(host: str, path: str, accept: str = "*/*") -> httpx.Response:
    """GET below /v2/ of a registry; on this machine past every proxy, which cannot know it."""
    plain = is_plain(host)
    url = f"{'http' if plain else 'https'}://{host}/v2/{path}"
    return httpx.get(url, headers={"Accept": accept}, timeout=10, trust_env=not plain)


def is_plain(host: str) -> bool:
    """Docker speaks HTTP without TLS to registries on loopback addresses only."""
    name = host.rpartition(":")[0] or host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def check(host: str, fix: str) -> None:
    if reason := problem(host):
        raise UserError(f"the cluster's registry {host} does not answer from this machine: {reason}", fix)
