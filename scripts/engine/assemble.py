"""Groups Kubernetes objects into resources as Tilt does: workloads with their Services, the rest by hand."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scripts.core.errors import UserError
from scripts.engine.arguments import K8sOptions
from scripts.engine.model import K8sResource, Manifest

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
UNCATEGORIZED = "uncategorized"
_TEMPLATE = ("spec", "template")
_POD: Mapping[str, tuple[str, ...]] = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}


def problem(document: Any) -> str:
    """What a YAML document lacks to be an object that can be grouped and built for, as while it is being written."""
    kind, name = _at(document, "kind"), _at(document, "metadata", "name")
    if not isinstance(kind, str) or not isinstance(_at(document, "apiVersion"), str):
        return "a document is not a Kubernetes object"
    if not isinstance(name, str):
        return f"a {kind} has no metadata.name"
    listed = _pod(document, "spec", "containers")
    whole = isinstance(listed, list) and all(isinstance(item, dict) for item in listed)
    return "" if whole or kind not in WORKLOADS else f"{kind} {name} has no containers"


def _at(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def _pod(manifest: Manifest, *keys: str) -> Any:
    """Something in the pod that a workload describes; None where it is not there."""
    return _at(manifest, *_POD.get(manifest["kind"], _TEMPLATE), *keys) if manifest["kind"] in WORKLOADS else None


def containers(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Init containers first, then the others; to read or to change."""
    for key in ("initContainers", "containers"):
        yield from _pod(manifest, "spec", key) or ()


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


def full_name(manifest: Manifest) -> str:
    meta = manifest["metadata"]
    return f"{meta['name']}:{manifest['kind'].lower()}:{meta.get('namespace', 'default')}"


def _selects(service: Manifest, workload: Manifest) -> bool:
    selector = _at(service, "spec", "selector")
    if service["kind"] != "Service" or not selector:
        return False
    labels = _pod(workload, "metadata", "labels") or {}
    spaces = {item["metadata"].get("namespace", "default") for item in (service, workload)}
    return len(spaces) == 1 and all(labels.get(key) == value for key, value in selector.items())


def _fits(manifest: Manifest, fragment: str) -> bool:
    parts = fragment.lower().split(":")
    return full_name(manifest).lower().split(":")[: len(parts)] == parts


def assemble(manifests: Sequence[Manifest], options: Sequence[K8sOptions], refs: Sequence[str]) -> list[K8sResource]:
    """The resources in the order of the YAML, then those made of objects. Raises UserError for what fits nothing."""
    loose = [item for item in manifests if item["kind"] not in WORKLOADS]
    found: dict[str, K8sResource] = {}
    for workload in (item for item in manifests if item["kind"] in WORKLOADS):
        name = workload["metadata"]["name"]
        if name in found:
            name = f"{name}:{workload['kind'].lower()}"
        own = [item for item in loose if _selects(item, workload)]
        loose = [item for item in loose if item not in own]
        found[name] = K8sResource(name, objects=(workload, *own), images=images_in(workload, refs))
    for option in options:
        name = option.workload or option.new_name
        if not option.workload:
            found[name] = K8sResource(name)
        if name not in found:
            known = ", ".join(found)
            raise UserError(f"Tiltfile: k8s_resource names no workload {name!r}", f"workloads are {known}")
        taken: list[Manifest] = []
        for fragment in option.objects:
            match = [item for item in loose if _fits(item, fragment)]
            if len(match) != 1:
                problem = "is not unique" if match else "names no object that is still free"
                choice = ", ".join(full_name(item) for item in match or loose)
                raise UserError(f"Tiltfile: k8s_resource {name!r}: {fragment!r} {problem}", f"choose of {choice}")
            taken += match
            loose.remove(match[0])
        resource = _merge(found[name], option, taken)
        if resource.name != name and resource.name in found:
            raise UserError(f"Tiltfile: two resources are named {resource.name!r}", "choose another new_name")
        found = dict((resource.name, resource) if key == name else (key, old) for key, old in found.items())
    if loose:
        found[UNCATEGORIZED] = K8sResource(UNCATEGORIZED, objects=tuple(loose))
    return list(found.values())


def _merge(resource: K8sResource, option: K8sOptions, objects: Sequence[Manifest]) -> K8sResource:
    given = option.settings
    return replace(
        resource,
        name=option.new_name or resource.name,
        objects=(*resource.objects, *objects),
        links=(*resource.links, *given["links"]),
        labels=(*resource.labels, *given["labels"]),
        resource_deps=(*resource.resource_deps, *given["resource_deps"]),
        port_forwards=(*resource.port_forwards, *given["port_forwards"]),
        manual=given["manual"],
        auto_init=given["auto_init"],
    )
