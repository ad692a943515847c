"""Groups Kubernetes objects into resources as Tilt does: workloads with their Services, the rest by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scripts.core.errors import UserError
from scripts.engine.manifests import WORKLOADS, images_in, pod_value, value_at
from scripts.engine.model import K8sResource, Manifest
from scripts.engine.tiltfile.arguments import K8sOptions

UNCATEGORIZED = "uncategorized"


def problem(document: Any) -> str:
    """What a YAML document lacks to be an object that can be grouped and built for, as while it is being written."""
    kind, name = value_at(document, "kind"), value_at(document, "metadata", "name")
    if not isinstance(kind, str) or not isinstance(value_at(document, "apiVersion"), str):
        return "a document is not a Kubernetes object"
    if not isinstance(name, str):
        return f"a {kind} has no metadata.name"
    listed = pod_value(document, "spec", "containers")
    whole = isinstance(listed, list) and all(isinstance(item, dict) for item in listed)
    return "" if whole or kind not in WORKLOADS else f"{kind} {name} has no containers"


def full_name(manifest: Manifest) -> str:
    meta = manifest["metadata"]
    return f"{meta['name']}:{manifest['kind'].lower()}:{meta.get('namespace', 'default')}"


def _selects(service: Manifest, workload: Manifest) -> bool:
    selector = value_at(service, "spec", "selector")
    if service["kind"] != "Service" or not selector:
        return False
    labels = pod_value(workload, "metadata", "labels") or {}
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
