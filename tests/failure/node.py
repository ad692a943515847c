"""What only the machine below the pods can do to them: kill a process at once, and drop their packets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from scripts.cluster.embedded.provider import Embedded
from tests.failure.release import Release, eventually

IPTABLES = ("iptables", "--wait", "--table", "mangle")
"""Before the table in which kube-proxy and network policies accept packets."""
COMMENT = "todo-failure"
"""On each rule of the packet filter, so that rules which a killed run left behind are found."""


def kill(node: Embedded, release: Release, component: str) -> None:
    """SIGKILL the first process of a pod of a component; returns when its container was started again."""
    pod = release.pods(component)[0]
    name, restarts = pod["metadata"]["name"], release.restarts()
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    node.node_exec("ctr", "--namespace", "k8s.io", "task", "kill", "--signal", "SIGKILL", container)
    eventually(lambda: release.restarts() != restarts, f"the container of pod {name} starts again")


@contextmanager
def cut(node: Embedded, one: list[str], other: list[str], *, new_only: bool) -> Iterator[Callable[[], int]]:
    """Drop all packets between the addresses while the block runs; `new_only`: those that open a connection. The block
    can ask how many were dropped."""
    what = ["-p", "tcp", "--syn"] if new_only else []
    rules = [
        ["FORWARD", "-s", source, "-d", target, *what, "-m", "comment", "--comment", COMMENT, "-j", "DROP"]
        for near, far in [(one, other), (other, one)]
        for source in near
        for target in far
    ]
    try:
        for rule in rules:
            node.node_exec(*IPTABLES, "-I", *rule)
        yield lambda: dropped(node)
    finally:
        remove_cuts(node)


def dropped(node: Embedded) -> int:
    """The packets that the rules of all cuts have dropped so far."""
    listed = node.node_exec(*IPTABLES, "-nvxL", "FORWARD").splitlines()
    return sum(int(rule.split()[0]) for rule in listed if f"/* {COMMENT} */" in rule)


def remove_cuts(node: Embedded) -> None:
    listed = node.node_exec(*IPTABLES, "-S", "FORWARD").splitlines()
    for rule in listed:
        if f"--comment {COMMENT} " in rule:
            node.node_exec(*IPTABLES, "-D", *rule.split()[1:])


@contextmanager
def held_kube_proxy(node: Embedded) -> Iterator[None]:
    """The node learns of no change of endpoints while the block runs."""
    node.node_exec("supervisorctl", "signal", "STOP", "kube-proxy")
    try:
        yield
    finally:
        node.node_exec("supervisorctl", "signal", "CONT", "kube-proxy")


def addresses(pods: list[dict[str, Any]]) -> list[str]:
    return [pod["status"]["podIP"] for pod in pods]
