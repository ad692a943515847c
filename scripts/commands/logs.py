"""`./dev logs`: the merged log of the stack, from the running loop or Tilt, else from the pods."""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.stack import LEASE, NAMESPACE, OF_RELEASE
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from scripts.kube.api import Kube

TAIL_LINES = 200


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("resource", nargs="?", default="", help="backend, mcp-server, frontend, postgres; default: all")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing new lines until Ctrl+C")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    from scripts import engine, tilt

    provider, _ = select.choose(args.cluster)
    loop = None
    with suppress(UserError):  # no usable kubeconfig: Tilt may still have the logs
        loop = engine.running_loop(api.connect(provider), LEASE)
    if loop and loop["port"]:
        names = [row["name"] for row in loop["resources"]]
        if args.resource and args.resource not in names:
            raise UserError(f"there is no resource {args.resource!r}", f"choose from: {', '.join(names)}")
        lines = engine.log_lines(args.resource, follow=args.follow, port=loop["port"])
    elif (program := shutil.which("tilt")) and tilt.answers():
        words = ["logs", *(["--follow"] if args.follow else []), *([args.resource] if args.resource else [])]
        os.execv(program, [program, *words])
    else:
        lines = pod_lines(args.cluster, args.resource, follow=args.follow)
    try:
        for resource, text in lines:
            print(f"{resource:>12} │ {text}", flush=args.follow)
    except KeyboardInterrupt:
        return 0
    return 0


def pod_lines(cluster: str | None, resource: str, *, follow: bool) -> Iterator[tuple[str, str]]:
    """(component, line) of every pod of the stack; with `follow`, until the pods end."""
    from scripts.kube.api import collection

    provider, _ = select.choose(cluster)
    kube, pods_path = api.connect(provider), collection("v1", "pods", NAMESPACE)
    pods = kube.call(f"list the pods in namespace {NAMESPACE}", "GET", pods_path, query={"labelSelector": OF_RELEASE})
    named = [
        (pod["metadata"]["labels"].get(COMPONENT, pod["metadata"]["name"]), pod["metadata"]["name"])
        for pod in pods["items"]
    ]
    if resource and not any(component == resource for component, _ in named):
        known = ", ".join(sorted({component for component, _ in named})) or "none is deployed, run: ./dev up"
        raise UserError(f"there is no pod of {resource!r} in namespace {NAMESPACE}", f"choose from: {known}")
    chosen = [(component, f"{pods_path}/{pod}/log") for component, pod in named if resource in ("", component)]
    arrived: queue.Queue[tuple[str, str] | None] = queue.Queue()
    for component, path in chosen:
        threading.Thread(target=_read, args=(kube, component, path, follow, arrived), daemon=True).start()
    ended = 0
    while ended < len(chosen):
        item = arrived.get()
        if item is None:
            ended += 1
        else:
            yield item


def _read(kube: Kube, component: str, path: str, follow: bool, arrived: queue.Queue[tuple[str, str] | None]) -> None:
    query = {"tailLines": str(TAIL_LINES), "follow": str(follow).lower()}
    try:
        for line in kube.lines(path, query, timeout=None):
            arrived.put((component, line.decode(errors="replace")))
    except UserError as error:
        print(f"{component:>12} │ no log: {error.what}", file=sys.stderr)
    finally:
        arrived.put(None)
