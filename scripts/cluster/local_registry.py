"""The registry that a local cluster announces (KEP-1755): found and announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

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
