"""Applies the objects of a resource, and removes those that a Tiltfile no longer has."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.core.errors import UserError
from scripts.engine.kube import ApiError, Kube
from scripts.engine.model import Manifest

FIELD_MANAGER = "todo-stack"
APPLIED_BY = {"todo-stack.dev/applied-by": "engine"}
ORDER = ("Namespace", "CustomResourceDefinition", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim",
         "NetworkPolicy", "Service")  # fmt: skip
RECREATE = frozenset({"Job", "Deployment", "Pod"})
DELETE_SECONDS = 30


def in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """What others refer to first; workloads last."""
    return sorted(manifests, key=lambda item: ORDER.index(item["kind"]) if item["kind"] in ORDER else len(ORDER))


def labelled(manifest: Manifest) -> dict[str, Any]:
    """The mark by which `down` knows its own. Not on the pod template: it would roll every pod."""
    meta = manifest["metadata"]
    return {**manifest, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), **APPLIED_BY}}}


def apply(kube: Kube, manifests: Iterable[Manifest]) -> None:
    """Apply all; a change of an immutable field replaces what holds no data."""
    for manifest in in_order(manifests):
        body = labelled(manifest)
        try:
            kube.apply(body, FIELD_MANAGER)
        except ApiError as error:
            if error.status != 422 or "immutable" not in error.reason.lower():
                raise
            kind, name = manifest["kind"], manifest["metadata"]["name"]
            if kind not in RECREATE:
                raise UserError(
                    f"{kind} {name} cannot be changed in place: {error.reason}",
                    f"delete it yourself if its data may go: kubectl delete {kind.lower()} {name}",
                ) from None
            delete(kube, manifest)
            kube.apply(body, FIELD_MANAGER)


def delete(kube: Kube, manifest: Manifest) -> None:
    """Delete an object and wait until it is gone."""
    path = kube.path(manifest)
    what = f"delete {manifest['kind']} {manifest['metadata']['name']}"
    try:
        kube.call(what, "DELETE", path, body={"propagationPolicy": "Foreground"})
    except ApiError as error:
        if error.status == 404:
            return
        raise
    deadline = time.monotonic() + DELETE_SECONDS
    while kube.find(path) is not None:
        if time.monotonic() > deadline:
            raise UserError(f"{what}: still there after {DELETE_SECONDS} s", "look at its finalizers")
        time.sleep(0.2)


def removed(before: Iterable[Manifest], after: Iterable[Manifest]) -> list[Manifest]:
    """Objects that are no longer described; never what holds data."""
    keep = {_identity(item) for item in after}
    gone = [item for item in before if _identity(item) not in keep]
    return [item for item in gone if item["kind"] not in ("Namespace", "PersistentVolumeClaim", "Secret", "StatefulSet")]


def _identity(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    meta = manifest["metadata"]
    return str(manifest["kind"]), str(meta.get("namespace", "")), str(meta["name"])
