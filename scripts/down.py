"""`./dev down`: removes the stack from the cluster; its data only when told."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from scripts.cluster import select
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.stack import NAMESPACE, PART_OF, RELEASE

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

# In the order of deletion: what makes pods before pods. Secrets and volume claims hold what must not be lost.
KINDS = (
    "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers",
    "/apis/apps/v1/namespaces/{ns}/deployments",
    "/apis/apps/v1/namespaces/{ns}/statefulsets",
    "/apis/batch/v1/namespaces/{ns}/jobs",
    "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
    "/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies",
    "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets",
    "/api/v1/namespaces/{ns}/services",
    "/api/v1/namespaces/{ns}/configmaps",
    "/api/v1/namespaces/{ns}/serviceaccounts",
)
DATA_KINDS = (
    "/api/v1/namespaces/{ns}/persistentvolumeclaims",
    "/api/v1/namespaces/{ns}/secrets",
)
PODS = "/api/v1/namespaces/{ns}/pods"
DEADLINE_SECONDS = 180


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--volumes", action="store_true", help="remove the database's volume and the Secret as well")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    if provider.status().state in ("absent", "stopped"):
        print(f"cluster {provider.name} does not run; there is nothing to take down", file=sys.stderr)
        return 0
    from scripts.cluster.client import api_errors, connect

    steps = Steps()
    with api_errors(f"take down the stack in namespace {NAMESPACE}"), steps.step("Take down the stack"):
        remove(connect(provider), volumes=args.volumes)
    if not args.volumes:
        print("The database's volume and Secret stay; ./dev down --volumes removes them, ./dev up brings all back.")
    return 0


def remove(client: ApiClient, *, volumes: bool) -> None:
    """Delete everything labelled as ours, and wait until its pods are gone.

    Raises UserError for a stack that helm installed: helm must remove its own.
    """
    releases = _call(client, "GET", "/api/v1/namespaces/{ns}/secrets", f"owner=helm,name={RELEASE}")
    if releases.get("items"):
        raise UserError(
            f"release {RELEASE} in namespace {NAMESPACE} was installed by helm",
            f"remove it with: helm uninstall {RELEASE} -n {NAMESPACE}",
        )
    for path in KINDS:
        _call(client, "DELETE", path, PART_OF)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while left := [pod["metadata"]["name"] for pod in _call(client, "GET", PODS, PART_OF).get("items", [])]:
        if time.monotonic() > deadline:
            raise UserError(
                f"pods are still there after {DEADLINE_SECONDS} s: {', '.join(left)}",
                f"see: kubectl describe pod -n {NAMESPACE} {left[0]}",
            )
        time.sleep(0.3)
    if volumes:
        for path in DATA_KINDS:
            _call(client, "DELETE", path, PART_OF)


def _call(client: ApiClient, method: str, path: str, selector: str) -> dict[str, Any]:
    """One API call on a collection, with everything that hangs on its objects deleted in the foreground."""
    query = [("labelSelector", selector)]
    if method == "DELETE":
        query.append(("propagationPolicy", "Background"))
    answer = client.call_api(
        path.format(ns=NAMESPACE),
        method,
        query_params=query,
        auth_settings=["BearerToken"],
        response_type="object",
        _return_http_data_only=True,
    )
    return answer or {}
