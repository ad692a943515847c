"""`./dev logs`: the merged log of the stack; from the loop where one runs, else from the pods."""

from __future__ import annotations

import argparse
import queue
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.cluster import select
from scripts.core.errors import UserError
from scripts.stack import NAMESPACE, PART_OF
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from kubernetes.client import CoreV1Api

TAIL_LINES = 200


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("resource", nargs="?", default="", help="backend, mcp-server, frontend, postgres; default: all")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes, until Ctrl+C")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    from scripts.engine import client

    if (loop := client.status_snapshot()) is not None:
        names = [row["name"] for row in loop["resources"]]
        if args.resource and args.resource not in names:
            raise UserError(f"there is no resource {args.resource!r}", f"choose from: {', '.join(names)}")
        lines = client.log_lines(args.resource, follow=args.follow)
    else:
        lines = pod_lines(args.cluster, args.resource, follow=args.follow)
    try:
        for resource, text in lines:
            print(f"{resource:>12} │ {text}", flush=args.follow)
    except KeyboardInterrupt:
        return 0
    return 0


def pod_lines(cluster: str | None, resource: str, *, follow: bool) -> Iterator[tuple[str, str]]:
    """(component, line) of every pod of the stack, as they come when following."""
    from kubernetes.client import CoreV1Api

    from scripts.cluster.client import api_errors, connect

    provider, _ = select.choose(cluster)
    core = CoreV1Api(connect(provider))
    with api_errors(f"list the pods in namespace {NAMESPACE}"):
        pods = core.list_namespaced_pod(NAMESPACE, label_selector=PART_OF).items
    named = [(pod.metadata.labels.get(COMPONENT, pod.metadata.name), pod.metadata.name) for pod in pods]
    if resource and not any(component == resource for component, _ in named):
        known = ", ".join(sorted({component for component, _ in named})) or "none is deployed, run: ./dev up"
        raise UserError(f"no pod of {resource!r} runs in namespace {NAMESPACE}", f"choose from: {known}")
    chosen = [(component, pod) for component, pod in named if resource in ("", component)]
    arrived: queue.Queue[tuple[str, str] | None] = queue.Queue()
    for component, pod in chosen:
        threading.Thread(target=_read, args=(core, component, pod, follow, arrived), daemon=True).start()
    ended = 0
    while ended < len(chosen):
        item = arrived.get()
        if item is None:
            ended += 1
        else:
            yield item


def _read(
    core: CoreV1Api, component: str, pod: str, follow: bool, arrived: queue.Queue[tuple[str, str] | None]
) -> None:
    from kubernetes.client import ApiException
    from urllib3.exceptions import HTTPError

    try:
        answer = core.read_namespaced_pod_log(
            pod, NAMESPACE, follow=follow, tail_lines=TAIL_LINES, _preload_content=False, _request_timeout=None
        )
        for line in answer:
            arrived.put((component, line.decode(errors="replace").rstrip("\n")))
    except (ApiException, HTTPError) as error:
        print(f"{component:>12} │ no log of {pod}: {getattr(error, 'reason', error)}", file=sys.stderr)
    finally:
        arrived.put(None)
