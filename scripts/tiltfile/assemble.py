"""Groups Kubernetes objects into resources as Tilt does: workloads with their Services, the rest by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from scripts.core.errors import UserError
from scripts.tiltfile.declared import K8sOptions, TriggerMode
from scripts.tiltfile.manifests import WORKLOADS, Identity, images_in, namespace_of, pod_value, value_at
from scripts.tiltfile.model import K8sResource, Manifest

UNCATEGORIZED = "uncategorized"


@dataclass
class _Grouping:
    """Resources in order, and the objects that belong to none of them yet."""

    loose: dict[Identity, Manifest]
    resources: list[K8sResource] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)

    def add(self, resource: K8sResource) -> None:
        self.positions[resource.name] = len(self.resources)
        self.resources.append(resource)


def assemble(
    manifests: Mapping[Identity, Manifest], options: Sequence[K8sOptions], refs: Sequence[str]
) -> list[K8sResource]:
    """The resources in the order of the YAML, then those made of objects. Raises UserError for what fits nothing."""
    grouping = _Grouping({key: item for key, item in manifests.items() if item["kind"] not in WORKLOADS})
    workloads = {key: item for key, item in manifests.items() if item["kind"] in WORKLOADS}
    for name, workload in zip(_unique_names(list(workloads)), workloads.values(), strict=True):
        services = _attach_services(grouping, workload)
        grouping.add(K8sResource(name, objects=(workload, *services), images=images_in(workload, refs)))
    for option in options:
        _apply_option(grouping, option)
    if grouping.loose:
        grouping.add(K8sResource(UNCATEGORIZED, objects=tuple(grouping.loose.values())))
    return grouping.resources


def _unique_names(workloads: Sequence[Identity]) -> list[str]:
    """The shortest of name, name:kind, name:kind:namespace, … that no other workload has."""
    prefixes = [[":".join(key[:length]) for length in range(1, len(key) + 1)] for key in workloads]
    counts = Counter(prefix for each in prefixes for prefix in each)
    return [next(prefix for prefix in each if counts[prefix] == 1) for each in prefixes]


def _attach_services(grouping: _Grouping, workload: Manifest) -> list[Manifest]:
    """Take the Services that select a workload's pods."""
    found = [key for key, item in grouping.loose.items() if _selects(item, workload)]
    return [grouping.loose.pop(key) for key in found]


def _selects(service: Manifest, workload: Manifest) -> bool:
    if service["kind"] != "Service" or namespace_of(service) != namespace_of(workload):
        return False
    selector, labels = value_at(service, "spec", "selector"), pod_value(workload, "metadata", "labels")
    if not isinstance(selector, Mapping) or not isinstance(labels, Mapping):
        return False
    return bool(selector) and selector.items() <= labels.items()


def _apply_option(grouping: _Grouping, option: K8sOptions) -> None:
    name = option.workload or option.new_name
    where = f"{option.place}: k8s_resource"
    if not option.workload and not (option.new_name and option.objects):
        raise UserError(f"{where}: name a workload, or a new_name with its objects", "fix it and save again")
    if option.workload and name not in grouping.positions:
        known = ", ".join(grouping.positions)
        raise UserError(f"{where}: there is no workload {name!r}", f"workloads are {known}")
    if option.new_name in grouping.positions and option.new_name != option.workload:
        raise UserError(f"{where}: two resources are named {option.new_name!r}", "choose another new_name")
    if not option.workload:
        grouping.add(K8sResource(name))
    position = grouping.positions.pop(name)
    resource = _merge(grouping.resources[position], option, _take_objects(grouping, option))
    grouping.resources[position] = resource
    grouping.positions[resource.name] = position


def _take_objects(grouping: _Grouping, option: K8sOptions) -> list[Manifest]:
    """The objects that an option names, each by name[:kind[:namespace[:group]]]."""
    taken = []
    for fragment in option.objects:
        parts = tuple(fragment.lower().split(":"))
        fitting = [key for key in grouping.loose if tuple(part.lower() for part in key[: len(parts)]) == parts]
        if len(fitting) != 1:
            problem = "fits more than one object" if fitting else "fits no object that is free"
            choice = ", ".join(":".join(key[:3]) for key in fitting or grouping.loose)
            raise UserError(f"{option.place}: k8s_resource: {fragment!r} {problem}", f"choose from {choice}")
        taken.append(grouping.loose.pop(fitting[0]))
    return taken


def _merge(resource: K8sResource, option: K8sOptions, objects: Sequence[Manifest]) -> K8sResource:
    manual, auto_init = option.trigger_mode, option.auto_init
    return replace(
        resource,
        name=option.new_name or resource.name,
        objects=(*resource.objects, *objects),
        links=(*resource.links, *option.links),
        labels=(*resource.labels, *option.labels),
        resource_deps=(*resource.resource_deps, *option.resource_deps),
        port_forwards=(*resource.port_forwards, *option.port_forwards),
        manual=resource.manual if manual is None else manual is TriggerMode.MANUAL,
        auto_init=resource.auto_init if auto_init is None else auto_init,
    )
