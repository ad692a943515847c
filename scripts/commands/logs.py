"""`./dev logs`: the merged log of the stack, from the running loop or Tilt, else from the pods."""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from scripts.cluster import api, select
from scripts.core.errors import UserError
from scripts.core.log_level import LEVELS, Level, level_of
from scripts.core.runner import Subprocess
from scripts.core.terminal_text import plain
from scripts.services import SERVICES
from scripts.stack import LEASE, NAMESPACE, OF_RELEASE
from scripts.workloads import COMPONENT

if TYPE_CHECKING:
    from scripts.kube.api import Kube

NAMES = (*(service.component for service in SERVICES), "postgres")
TAIL_LINES = 200
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("resource", nargs="?", default="", help=f"{', '.join(NAMES)}; default: all")
    parser.add_argument("-f", "--follow", action="store_true", help="keep printing new lines until Ctrl+C")
    parser.add_argument("--since", type=seconds, metavar="TIME", help="only lines younger than that, as 30s, 5m or 2h")
    parser.add_argument("--level", choices=LEVELS, help="only lines of that level and worse")
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
    elif (program := shutil.which("tilt")) and tilt.runs_this_stack(Subprocess()):
        words = ["logs", *(["--follow"] if args.follow else []), *([args.resource] if args.resource else [])]
        words += [f"--since={args.since}s"] if args.since else []
        if args.level in ("warning", "error"):  # Tilt knows no others
            words.append(f"--level={args.level.replace('warning', 'warn')}")
        os.execv(program, [program, *words])
    else:
        lines = pod_lines(args.cluster, args.resource, follow=args.follow, since=args.since)
    earliest = time.time() - args.since if args.since else 0.0
    wanted = LEVELS[LEVELS.index(args.level) :] if args.level else ()
    try:
        for line in lines:
            if line.get("time", earliest) >= earliest and (not wanted or line["level"] in wanted):
                print(f"{line['resource']:>12} │ {line['text']}", flush=args.follow)
    except KeyboardInterrupt:
        return 0
    return 0


def seconds(text: str) -> int:
    """A span of time such as 30s, 5m or 2h."""
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time; write it as 30s, 5m or 2h")
    return int(found[1]) * UNITS[found[2]]


def pod_lines(
    cluster: str | None, resource: str, *, follow: bool, since: int | None = None
) -> Iterator[dict[str, Any]]:
    """Lines (`resource`, `text`, `level`) of every pod of the stack, the latest or those of the last `since` seconds;
    with `follow`, until the pods end."""
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
        threading.Thread(target=_read, args=(kube, component, path, follow, since, arrived), daemon=True).start()
    ended, levels = 0, dict[str, Level]()
    while ended < len(chosen):
        item = arrived.get()
        if item is None:
            ended += 1
        else:
            component, text = item
            levels[component] = level_of(text, levels.get(component, ""))
            yield {"resource": component, "text": text, "level": levels[component]}


def _read(
    kube: Kube, component: str, path: str, follow: bool, since: int | None, arrived: queue.Queue[tuple[str, str] | None]
) -> None:
    start = {"sinceSeconds": str(since)} if since else {"tailLines": str(TAIL_LINES)}
    query = {**start, "follow": str(follow).lower()}
    try:
        for line in kube.lines(path, query, timeout=None):
            arrived.put((component, plain(line.decode(errors="replace"))))
    except UserError as error:
        print(f"{component:>12} │ no log: {error.what}", file=sys.stderr)
    finally:
        arrived.put(None)
