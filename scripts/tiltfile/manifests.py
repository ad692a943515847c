"""Kubernetes objects as plain values: the pods that workloads describe, and the images in them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scripts.tiltfile.model import Manifest

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
Identity = tuple[str, str, str, str]
"""What no two objects share: name, kind in lower case, namespace, API group."""
_TEMPLATE = ("spec", "template")
_POD: Mapping[str, tuple[str, ...]] = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}


def value_at(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def namespace_of(manifest: Manifest) -> str:
    return manifest["metadata"].get("namespace") or "default"


def key_of(manifest: Manifest) -> tuple[str, str, str]:
    """Kind, namespace and name: whatever the version, the same object in the cluster."""
    return manifest["kind"], namespace_of(manifest), manifest["metadata"]["name"]


def identity(manifest: Manifest) -> Identity:
    group, slash, _ = manifest["apiVersion"].partition("/")
    name, kind = manifest["metadata"]["name"], manifest["kind"].lower()
    return name, kind, namespace_of(manifest), group if slash else "core"


def problem(document: Any) -> str:
    """What a YAML document lacks to be an object that can be grouped and built for, as while it is being written."""
    kind, name = value_at(document, "kind"), value_at(document, "metadata", "name")
    if not isinstance(kind, str) or not isinstance(value_at(document, "apiVersion"), str):
        return "a document is not a Kubernetes object"
    if not isinstance(name, str) or not name:
        return f"a {kind} has no metadata.name that is a string"
    if not isinstance(value_at(document, "metadata", "namespace"), str | None):
        return f"the metadata.namespace of {kind} {name} is not a string"
    needed, optional = (pod_value(document, "spec", key) for key in ("containers", "initContainers"))
    whole = all(isinstance(listed, list) and all(map(_is_container, listed)) for listed in (needed, optional or []))
    return "" if whole or kind not in WORKLOADS else f"{kind} {name} has no containers, or one that is not whole"


def _is_container(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("image", ""), str | None)


def pod_value(manifest: Manifest, *keys: str) -> Any:
    """Something in the pod that a workload describes; None where it is not there."""
    return value_at(manifest, *_POD.get(manifest["kind"], _TEMPLATE), *keys) if manifest["kind"] in WORKLOADS else None


def containers(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Init containers first, then the others; to read or to change."""
    for key in ("initContainers", "containers"):
        yield from pod_value(manifest, "spec", key) or ()


def repository(image: str) -> str:
    """An image reference without tag, digest and the registry's default prefixes."""
    return _parts(image)[0]


def _parts(image: str) -> tuple[str, str]:
    """Repository and tag, "" without one."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    name, tag = (head, tag) if colon and "/" not in tag else (name, "")
    return name.removeprefix("docker.io/").removeprefix("library/"), tag


def _ref_of(image: str, refs: Iterable[str]) -> str:
    """The one of `refs` that a container's image stands for, "" for none: a ref with a tag is for this tag only, one
    without for all, as with Tilt."""
    known = {_parts(ref): ref for ref in refs}
    name, tag = _parts(image)
    return known.get((name, tag)) or known.get((name, ""), "")


def images_in(manifest: Manifest, refs: Sequence[str]) -> tuple[str, ...]:
    """Those of `refs` that a workload uses."""
    used = {_ref_of(container.get("image") or "", refs) for container in containers(manifest)}
    return tuple(ref for ref in refs if ref in used)


def inject(manifest: Manifest, built: Mapping[str, str]) -> dict[str, Any]:
    """A copy whose containers use the image references just built; `built` maps ref to the full reference."""
    result: dict[str, Any] = copy.deepcopy(dict(manifest))
    for container in containers(result):
        if ref := _ref_of(container.get("image") or "", built):
            container["image"] = built[ref]
            container["imagePullPolicy"] = "IfNotPresent"
    return result
