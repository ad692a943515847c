"""Parses what Minikube prints about its profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.cluster.provider import State
from scripts.core.runner import Result

DEFAULT = "minikube"
# Exit statuses of Minikube, more reliable than its messages (pkg/minikube/reason/exitcodes.go).
OUT_OF_STORAGE, OUT_OF_MEMORY, TOO_FEW_CORES, NO_SUCH_PROFILE = 26, 23, 29, 85
DISK_FULL = "its disk is full"


@dataclass(frozen=True)
class Profile:
    """One cluster of Minikube's, as it was configured; `active` is the one meant where none is named."""

    name: str
    driver: str = ""
    runtime: str = ""
    kubernetes: str = ""
    nodes: int = 1
    addons: frozenset[str] = frozenset()
    active: bool = False


def parse_profiles(text: str) -> list[Profile]:
    """The valid profiles of `minikube profile list --output json`, which may print notices on lines around it."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and "valid" in found:
            return [_profile(item) for item in found["valid"] or () if item.get("Config")]
    return []


def _profile(item: dict[str, Any]) -> Profile:
    config = item["Config"]
    kubernetes = config.get("KubernetesConfig") or {}
    return Profile(
        name=item["Name"],
        driver=config.get("Driver", ""),
        runtime=kubernetes.get("ContainerRuntime", ""),
        kubernetes=kubernetes.get("KubernetesVersion", ""),
        nodes=len(config.get("Nodes") or ()),
        addons=frozenset(name for name, on in (config.get("Addons") or {}).items() if on),
        active=bool(item.get("Active")),
    )


def order(profiles: Sequence[Profile], in_use: str) -> list[Profile]:
    """The profiles in the order of preference: that of the kube context in use, the active one, the default one."""
    return sorted(profiles, key=lambda p: (p.name != in_use, not p.active, p.name != DEFAULT, p.name))


def parse_status(result: Result) -> tuple[State, str]:
    """State and, unless it runs, what is the matter, from `minikube status --output json`."""
    if result.returncode == NO_SUCH_PROFILE:
        return "absent", "there is no such profile"
    nodes = _nodes(result.stdout)
    if not nodes:
        return "broken", f"its machine is gone ({result.last_line()})" if result.returncode else "its machine is gone"
    first = nodes[0]
    if first.get("Host") == "InsufficientStorage":
        return "broken", DISK_FULL
    for node in nodes:
        for part in ("Host", "Kubelet", "APIServer", "Kubeconfig"):
            found = node.get(part, "")
            if found == "Stopped" and part == "Host":
                return "stopped", f"node {node.get('Name')} is stopped"
            if found == "Misconfigured":
                return "broken", "the kubeconfig does not lead to it"
            if found not in ("Running", "Configured", "Irrelevant"):
                return "broken", f"{part} of node {node.get('Name')} is {found or 'unknown'}"
    return "running", ""


def _nodes(text: str) -> list[dict[str, Any]]:
    """One object for one node, a list for several, null for none."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        nodes = found if isinstance(found, list) else [found]
        if all(isinstance(node, dict) and "Host" in node for node in nodes):
            return nodes
    return []


def start_failure(result: Result, profile: str) -> tuple[str, str]:
    """Why `minikube start` failed and what to do next."""
    output = result.stdout + result.stderr
    found = re.search(r"Exiting due to (\w+): (.+)", output)
    kind, reason = (found[1], found[2].strip()) if found else ("", result.last_line())
    what = f"Minikube could not start profile {profile}: {reason}" + (f" ({kind})" if kind else "")
    if result.returncode == OUT_OF_STORAGE or "STORAGE" in kind or "no space left on device" in output:
        return what, "free some disk space, for instance with: docker system prune"
    if result.returncode in (OUT_OF_MEMORY, TOO_FEW_CORES):
        return what, f"give it less or free some, for instance: minikube start --profile {profile} --memory 4g --cpus 2"
    if kind.startswith(("DRV_", "PROVIDER_", "PR_")):
        return what, f"name a driver that works here: minikube start --profile {profile} --driver docker"
    return what, (
        f"see: minikube logs --profile {profile}; a half-made profile that holds nothing you need is removed with: "
        f"minikube delete --profile {profile}"
    )
