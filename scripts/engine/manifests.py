"""Kubernetes objects as plain values: the pods that workloads describe, and the images in them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scripts.engine.model import Manifest

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
_TEMPLATE = ("spec", "template")
_POD: Mapping[str, tuple[str, ...]] = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}


def value_at(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def pod_value(manifest: Manifest, *keys: str) -> Any:
    """Something in the pod that a workload describes; None where it is not there."""
    return value_at(manifest, *_POD.get(manifest["kind"], _TEMPLATE), *keys) if manifest["kind"] in WORKLOADS else None


def containers(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Init containers first, then the others; to read or to change."""
    for key in ("initContainers", "containers"):
        yield from pod_value(manifest, "spec", key) or ()


def repository(image: str) -> str:
    """An image reference without tag, digest and the registry's default prefixes."""
    name = image.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    name = head if colon and "/" not in tail else name
    return name.removeprefix("docker.io/").removeprefix("library/")


def images_in(manifest: Manifest, refs: Iterable[str]) -> tuple[str, ...]:
    """Those of `refs` that a workload uses."""
    used = {repository(container["image"]) for container in containers(manifest) if "image" in container}
    return tuple(ref for ref in refs if repository(ref) in used)


def inject(manifest: Manifest, built: Mapping[str, str]) -> dict[str, Any]:
    """A copy whose containers use the image references just built; `built` maps ref to the full reference."""
    result: dict[str, Any] = copy.deepcopy(dict(manifest))
    by_repository = {repository(ref): full for ref, full in built.items()}
    for container in containers(result):
        if full := by_repository.get(repository(container.get("image", ""))):
            container["image"] = full
            container["imagePullPolicy"] = "IfNotPresent"
    return result
