"""Lookups in rendered objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.chart.helm import Object

WORKLOADS = ("Deployment", "StatefulSet")


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    return [item for item in objects if item["kind"] in kinds]


def public(objects: list[Object]) -> list[Object]:
    """Without generated secrets, which differ each time; a given key shows by its checksum as well."""
    return [item for item in objects if item["kind"] != "Secret"]


def without_secret_values(objects: list[Object]) -> list[Object]:
    """With the keys of each secret, but not its values, which are random where none are given."""
    return [{**item, "data": sorted(item["data"])} if item["kind"] == "Secret" else item for item in objects]


def name(item: Object) -> str:
    return str(item["metadata"]["name"])


def one(objects: list[Object], kind: str, named: str) -> Object:
    """The only object of a kind with a name."""
    (found,) = (item for item in of_kind(objects, kind) if name(item) == named)
    return found


def pod_templates(objects: list[Object]) -> dict[str, Object]:
    """Metadata and spec of every pod template, those of jobs and Helm's test included, by the name of its object."""
    found = {name(item): item["spec"]["template"] for item in of_kind(objects, *WORKLOADS, "Job")}
    found |= {name(item): item["spec"]["jobTemplate"]["spec"]["template"] for item in of_kind(objects, "CronJob")}
    return found | {name(item): item for item in of_kind(objects, "Pod")}


def containers(pod: Object) -> list[Object]:
    """All containers, init containers included."""
    spec = pod["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def labels(pod: Object) -> dict[str, str]:
    return dict(pod["metadata"]["labels"])


def selects(selector: dict[str, str], pod: Object) -> bool:
    return selector.items() <= labels(pod).items()


def component(pod: Object) -> str:
    return labels(pod)["app.kubernetes.io/component"]


def ports(pod: Object) -> dict[str, int]:
    """Container ports by name."""
    return {port["name"]: port["containerPort"] for each in containers(pod) for port in each.get("ports", [])}


def environment(objects: list[Object], container: Object) -> dict[str, str]:
    """The environment of a container, with ConfigMaps resolved."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= one(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    return found | {item["name"]: item["value"] for item in container.get("env", [])}


def main_container(objects: list[Object], named: str) -> Object:
    """The serving container of a component such as `backend`."""
    (pod,) = (pod for pod in pod_templates(objects).values() if component(pod) == named)
    return dict(pod["spec"]["containers"][0])


def secret_keys(pod: Object) -> Iterator[tuple[str, str]]:
    """(Secret, key) of each file that the pod mounts from a Secret."""
    for volume in pod["spec"].get("volumes", []):
        sources = [source["secret"] for source in volume.get("projected", {}).get("sources", [])]
        if "secret" in volume:
            sources.append({"name": volume["secret"]["secretName"], **volume["secret"]})
        for source in sources:
            for item in source["items"]:
                yield source["name"], item["key"]


def walk(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every scalar, and every empty list or mapping, with its path."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from walk(value, (*path, key))
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from walk(value, (*path, index))
    else:
        yield path, node
