"""Applies the objects of a resource, and removes those that a Tiltfile no longer has."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from scripts.core.errors import UserError
from scripts.kube.api import Kube
from scripts.kube.errors import ApiError
from scripts.tiltfile.manifests import key_of, namespace_of
from scripts.tiltfile.model import Manifest

ORDER = ("Namespace", "CustomResourceDefinition", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim",
         "NetworkPolicy", "Service")  # fmt: skip
RECREATE = frozenset({"Job", "Deployment", "Pod"})
HOLDS_DATA = frozenset({"Namespace", "PersistentVolumeClaim", "Secret", "StatefulSet"})
UNCHANGEABLE = ("immutable", "fields other than")  # the latter of Pods, and of StatefulSets before Kubernetes 1.37
DELETE_SECONDS = 60  # a pod may take its 30 s to end


def in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """What others refer to first; workloads last."""
    return sorted(manifests, key=lambda item: ORDER.index(item["kind"]) if item["kind"] in ORDER else len(ORDER))


def apply(kube: Kube, manifests: Iterable[Manifest], manager: str) -> list[dict[str, Any]]:
    """Apply all and return them as the server has them. What holds no data is replaced where a field is immutable."""
    applied = []
    for manifest in in_order(manifests):
        try:
            applied.append(kube.apply(manifest, manager))
        except ApiError as error:
            if error.status != 422 or not any(words in error.reason.lower() for words in UNCHANGEABLE):
                raise
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            if kind not in RECREATE:
                command = f"{kube.kubectl} delete -n {namespace_of(manifest)} {kind.lower()} {name}"
                what = f"{kind} {name} cannot be changed in place: {error.reason}"
                raise UserError(what, f"delete it yourself if its data may go: {command}") from None
            delete(kube, manifest)
            applied.append(kube.apply(manifest, manager))
    return applied


def delete(kube: Kube, manifest: Manifest) -> None:
    """Delete an object and wait until it is gone."""
    path = kube.path(manifest)
    what = f"delete {manifest['kind']} {manifest['metadata']['name']}"
    remove(kube, manifest, "Foreground")
    deadline = time.monotonic() + DELETE_SECONDS
    while kube.find(path) is not None:
        if time.monotonic() > deadline:
            raise UserError(f"{what}: still there after {DELETE_SECONDS} s", "look at its finalizers")
        time.sleep(0.2)


def remove(kube: Kube, manifest: Manifest, propagation: str = "Background") -> None:
    """Delete an object if it is there. What belongs to it goes later; before it with "Foreground"."""
    what = f"delete {manifest['kind']} {manifest['metadata']['name']}"
    try:
        kube.call(what, "DELETE", kube.path(manifest), body={"propagationPolicy": propagation})
    except ApiError as error:
        if error.status != 404:
            raise


def removed(before: Iterable[Manifest], after: Iterable[Manifest]) -> list[Manifest]:
    """Objects that are no longer described; never what holds data."""
    keep = {key_of(item) for item in after}
    return [item for item in before if key_of(item) not in keep and item["kind"] not in HOLDS_DATA]
