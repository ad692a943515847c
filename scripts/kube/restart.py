"""Restarts a Deployment by a rolling update, as `kubectl rollout restart` does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.kube.api import Kube
    from scripts.kube.pod import Object

RESTARTED = "kubectl.kubernetes.io/restartedAt"


def restart(kube: Kube, path: str, manager: str) -> Object:
    """Restart the Deployment at a URL path of the API; returns it as it is after the change."""
    at = {"metadata": {"annotations": {RESTARTED: datetime.now(UTC).isoformat(timespec="seconds")}}}
    options = {"query": {"fieldManager": manager}, "content_type": "application/strategic-merge-patch+json"}
    name = path.rpartition("/")[2]
    changed: Object = kube.call(f"restart {name}", "PATCH", path, body={"spec": {"template": at}}, **options)
    return changed


def is_rolled_out(deployment: Object) -> bool:
    """Whether all pods are of its newest template and take traffic."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == deployment["metadata"]["generation"] and counts == [wanted] * 3
