"""`./dev reset-database`: deletes all data of the development database, and has the backend migrate it again."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from scripts import helm_release
from scripts.cluster import api, confirm, select
from scripts.core.errors import UserError
from scripts.database import server
from scripts.stack import NAMESPACE, OF_RELEASE
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from scripts.kube.api import Kube
    from scripts.kube.pod import Object

DEADLINE_SECONDS = 120


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    kube = api.connect(provider)
    helm_release.refuse(kube, "./dev reset-database empties only the database of a stack that ./dev up deployed")
    if not args.yes and not confirm.agrees(question(provider.name)):
        return 1
    reset(kube)
    print("the database is empty and migrated; ./dev demo-data adds a demo account")
    return 0


def question(cluster: str) -> str:
    return f"Delete all data of the development database in cluster {cluster}, namespace {NAMESPACE}?"


def reset(kube: Kube) -> None:
    """Empty the database, and replace the backend's pods, which migrate it before they serve."""
    from scripts.kube.api import collection

    server.find(kube, NAMESPACE).empty()
    old = {pod["metadata"]["uid"] for pod in _pods(kube, "backend")}
    path = collection("v1", "pods", NAMESPACE)
    kube.call("replace the backend's pods", "DELETE", path, query={"labelSelector": _selector("backend")})
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not _serves(kube, old):
        if time.monotonic() > deadline:
            raise UserError(f"the backend is not ready {DEADLINE_SECONDS} s after the reset", "see ./dev logs backend")
        time.sleep(0.3)


def _serves(kube: Kube, old: set[str]) -> bool:
    """Whether a pod that is none of the old ones takes requests."""
    from scripts.kube.pod import is_ready

    return any(pod["metadata"]["uid"] not in old and is_ready(pod) for pod in _pods(kube, "backend"))


def _pods(kube: Kube, component: str) -> list[Object]:
    from scripts.kube.api import collection

    path, query = collection("v1", "pods", NAMESPACE), {"labelSelector": _selector(component)}
    found: list[Object] = kube.call(f"list the pods of {component}", "GET", path, query=query)["items"]
    return found


def _selector(component: str) -> str:
    return f"{OF_RELEASE},{COMPONENT}={component}"
