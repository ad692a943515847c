"""`./dev down`: removes the stack from the cluster; its data only with --volumes."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from scripts import helm_release
from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.stack import BACKUP_CLAIM, DATABASE_CLAIM, LEASE, NAMESPACE, OF_RELEASE, RELEASE, SECRET

if TYPE_CHECKING:
    from scripts.kube.api import Kube

# In order of deletion: first what creates pods. Secrets and volume claims hold data and are not listed.
KINDS = (
    ("autoscaling/v2", "horizontalpodautoscalers"),
    ("apps/v1", "deployments"),
    ("apps/v1", "statefulsets"),
    ("batch/v1", "cronjobs"),
    ("batch/v1", "jobs"),
    ("networking.k8s.io/v1", "ingresses"),
    ("networking.k8s.io/v1", "networkpolicies"),
    ("policy/v1", "poddisruptionbudgets"),
    ("v1", "services"),
    ("v1", "configmaps"),
    ("v1", "serviceaccounts"),
    ("v1", "pods"),  # of `helm test`: nothing else deletes it, not even helm uninstall
)
DEADLINE_SECONDS = 180


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--volumes", action="store_true", help="also delete the database's volume and the Secret, but no backups"
    )
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    if provider.status().state in ("absent", "stopped"):
        print(f"cluster {provider.name} is not running, so there is nothing to remove", file=sys.stderr)
        return 0

    from scripts import engine, tilt
    from scripts.kube.api import collection

    kube = api.connect(provider)
    if (ours := engine.running_loop(kube, LEASE)) or tilt.runs_this_stack(Subprocess()):
        who = f"./dev up ({ours['holder']})" if ours else "Tilt"
        raise UserError(f"{who} runs this stack and would deploy it again", "stop it first, by Ctrl+C in its terminal")
    uninstall = f"helm uninstall {RELEASE} -n {NAMESPACE} --kube-context {provider.context}"
    helm_release.refuse(kube, f"remove it with: {uninstall}")  # helm keeps its own record of it
    with Steps().step(f"Remove the stack from namespace {NAMESPACE}"):
        remove(kube, volumes=args.volumes)
    if not args.volumes:
        print("The database's volume and Secret are kept; ./dev down --volumes deletes them too.")
    if kube.find(f"{collection('v1', 'persistentvolumeclaims', NAMESPACE)}/{BACKUP_CLAIM}"):
        delete = f"{api.kubectl(provider)} -n {NAMESPACE} delete pvc {BACKUP_CLAIM}"
        print(f"The volume with backups is kept; to delete all of them: {delete}")
    return 0


def remove(kube: Kube, *, volumes: bool, namespace: str = NAMESPACE) -> None:
    """Delete all objects of the release and wait until its pods are gone. Backups are for the day after: they stay."""
    from scripts.kube.api import collection

    def each(method: str, version: str, plural: str) -> list[str]:
        query = {"labelSelector": OF_RELEASE} | ({"propagationPolicy": "Background"} if method == "DELETE" else {})
        path = collection(version, plural, namespace)
        answer = kube.call(f"{method.lower()} {plural} in {namespace}", method, path, query=query) or {}
        return [item["metadata"]["name"] for item in answer.get("items", [])]

    for version, plural in KINDS:
        each("DELETE", version, plural)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while left := each("GET", "v1", "pods"):
        if time.monotonic() > deadline:
            raise UserError(
                f"pods still exist after {DEADLINE_SECONDS} s: {', '.join(left)}",
                f"see: {kube.kubectl} describe pod -n {namespace} {left[0]}",
            )
        time.sleep(0.3)
    if volumes:
        for plural, name in (("persistentvolumeclaims", DATABASE_CLAIM), ("secrets", SECRET)):
            path = f"{collection('v1', plural, namespace)}/{name}"
            if kube.find(path):
                kube.call(f"delete {name} from the {plural} in {namespace}", "DELETE", path)
