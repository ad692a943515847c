"""The registry that a local cluster announces (KEP-1755): found, announced, and asked whether it answers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import yaml

from scripts.core.errors import UserError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

NAMESPACE, NAME, KEY = "kube-public", "local-registry-hosting", "localRegistryHosting.v1"
FIELD_MANAGER = "todo-stack-registry"
OURS = {"app.kubernetes.io/part-of": "todo-stack"}


@dataclass(frozen=True)
class Announced:
    """A registry as this machine reaches it (`host`) and as the cluster's container runtime does. `ours`: announced
    by this project, so that it may be announced anew."""

    host: str
    from_runtime: str
    ours: bool = False


def find(client: ApiClient) -> Announced | None:
    """What the cluster announces; None where it announces nothing, or nothing that can be read."""
    from kubernetes.client import ApiException, CoreV1Api

    try:
        found = CoreV1Api(client).read_namespaced_config_map(NAME, NAMESPACE, _request_timeout=10)
    except ApiException as error:
        if error.status in (403, 404):
            return None
        raise
    return parse((found.data or {}).get(KEY, ""), found.metadata.labels or {})


def parse(text: str, labels: dict[str, str]) -> Announced | None:
    try:
        hosting: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(hosting, dict) or not isinstance(hosting.get("host"), str) or not hosting["host"]:
        return None
    host = hosting["host"]
    return Announced(host, str(hosting.get("hostFromContainerRuntime") or host), OURS.items() <= labels.items())


def announce(client: ApiClient, host: str, from_runtime: str) -> None:
    """Say it in the cluster, for Tilt and everything else that knows the convention; again changes nothing."""
    from kubernetes.client import CoreV1Api

    from scripts.cluster.client import APPLY, api_errors

    hosting = {"host": host, "hostFromContainerRuntime": from_runtime}
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": OURS},
        "data": {KEY: yaml.safe_dump(hosting)},
    }
    with api_errors(f"announce the registry in ConfigMap {NAMESPACE}/{NAME}"):
        CoreV1Api(client).patch_namespaced_config_map(
            NAME, NAMESPACE, body, field_manager=FIELD_MANAGER, force=True, _content_type=APPLY
        )


def problem(host: str) -> str:
    """Why images cannot be pushed there from this machine; "" when it answers."""
    scheme = "http" if is_plain(host) else "https"
    try:
        answer = httpx.get(f"{scheme}://{host}/v2/", timeout=10)
    except httpx.HTTPError as error:
        return str(error)
    return "" if answer.status_code in (200, 401) else f"status {answer.status_code}"


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
