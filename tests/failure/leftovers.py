"""What a release leaves in the cluster when its namespace is deleted: nothing."""

from __future__ import annotations

import pytest

from scripts.cluster.embedded.provider import Embedded
from scripts.kube.api import collection
from tests.failure.release import NAMESPACE, Release, eventually


def check_nothing_is_left(release: Release) -> None:
    try:
        eventually(lambda: not left(release), f"nothing is left of namespace {NAMESPACE}")
    except pytest.fail.Exception as failure:
        failure.add_note("\n".join(left(release)))
        raise


def left(release: Release) -> list[str]:
    """The namespace, the volumes that it claimed, and the rules of the node's packet filter that name it: those of its
    Services, and those by which tests cut connections."""
    kube = release.stack.kube
    namespace = f"{collection('v1', 'namespaces')}/{NAMESPACE}"
    found = [namespace] if kube.find(namespace) else []
    volumes = kube.call("list volumes", "GET", collection("v1", "persistentvolumes"))["items"]
    found += [
        f"volume {volume['metadata']['name']}"
        for volume in volumes
        if volume["spec"].get("claimRef", {}).get("namespace") == NAMESPACE
    ]
    if isinstance(release.provider, Embedded):
        rules = release.provider.node_exec("iptables-save").splitlines()
        found += [rule for rule in rules if NAMESPACE in rule]
    return found
