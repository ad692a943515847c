"""Refuses clusters that are not local to this machine: decided from files, before any request."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from scripts.cluster.kubeconfig import Context
from scripts.core.errors import UserError

MINIKUBE_MAKER = "minikube.sigs.k8s.io"
# The beginnings of the cluster names that each product gives, as Tilt recognises them. A name proves nothing by
# itself: the server must be on this machine as well.
NAMES = {
    "minikube": ("minikube",),
    "kind": ("kind-",),
    "k3d": ("k3d-",),
    "docker-desktop": ("docker-desktop", "docker-for-desktop"),
    "rancher-desktop": ("rancher-desktop",),
    "orbstack": ("orbstack",),
}
PRIVATE = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
# Names that Docker Desktop, k3d and OrbStack give to this machine.
LOCAL_NAMES = ("localhost", "kubernetes.docker.internal", "host.docker.internal", "k8s.orb.local")


def product(context: Context) -> str:
    """The local product behind a context; "" if it is none, or if its server is not on this machine."""
    if not context.is_readable:
        return ""
    if context.proxy:
        return ""  # whatever the address says, the proxy decides where it leads
    if _made_by_minikube(context):
        return "minikube" if is_this_machine(context.host) or _is_private(context.host) else ""
    if not is_this_machine(context.host):
        return ""
    return next((name for name, beginnings in NAMES.items() if context.cluster.startswith(beginnings)), "")


def _made_by_minikube(context: Context) -> bool:
    home = Path(os.environ.get("MINIKUBE_HOME") or Path.home())
    home = home if home.name == ".minikube" else home / ".minikube"
    return context.maker == MINIKUBE_MAKER or (
        bool(context.ca_file) and Path(os.path.normpath(context.ca_file)).is_relative_to(home)
    )


def is_this_machine(host: str) -> bool:
    """Whether a server's host is a loopback address, the wildcard that k3d writes, or a product's name for it."""
    if host in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_private(host: str) -> bool:
    """An address as Minikube's machines have it; never a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in PRIVATE)


def allow_file() -> Path:
    """Contexts the user allows, one a line. Outside the checkout, so that no `git pull` can allow one."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "todo-stack" / "allowed-contexts"


def allowed() -> frozenset[str]:
    try:
        lines = allow_file().read_text().splitlines()
    except FileNotFoundError:
        return frozenset()
    return frozenset(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def refusal(context: Context) -> str:
    """Why a context must not be touched, naming its server; "" if it may be."""
    if not context.is_readable:
        return f"the address of the server of context {context.name} cannot be read"
    if product(context) or context.name in allowed():
        return ""
    return f"context {context.name} at {context.address} is not known to be a local cluster"


def check(context: Context) -> None:
    """Raise UserError for a context that must not be touched."""
    if reason := refusal(context):
        raise UserError(f"{reason}, so nothing was read from it or written to it", how_to_allow(context))


def how_to_allow(context: Context) -> str:
    """What a person can do about a refusal."""
    if not context.is_readable:
        return f"correct it in {context.path}"
    return f"if it is yours to change, add the line {context.name} to {allow_file()}"
