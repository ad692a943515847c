"""`./dev clean`: removes what earlier versions and builds left behind, and nothing uses any more."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress

from scripts import workloads
from scripts.cluster import api, confirm, select
from scripts.cluster.embedded.provider import Embedded
from scripts.cluster.provider import Provider
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.docker.engine import Engine
from scripts.leftovers import cache, images, registry
from scripts.leftovers.leftover import Leftover, gigabytes, render
from scripts.stack import LEASE

DAYS = 7


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Remove what earlier versions and builds left behind: images, compiled programs, Python environments and their "
        "packages, and what the embedded cluster's registry keeps. All of it is made again if it is needed. What a "
        "container, a pod or a process uses stays, and so does everything that this project did not make."
    )
    parser.add_argument(
        "--days",
        type=_days,
        default=DAYS,
        help=f"only what nothing has used for so long ({DAYS}); the registry keeps what is less than a week old anyway",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider = _running(args.cluster)
    node = provider if isinstance(provider, Embedded) and not _loop(provider) else None
    found = [
        *in_docker(Engine(), provider, before := time.time() - args.days * 86_400),
        *cache.find(before),
        *(registry.find(node.node_exec, args.days) if node else ()),
    ]
    if not found:
        print("there is nothing to remove")
        return 0
    print(render(found))
    if not args.yes and not confirm.agrees("Remove all of this?"):
        return 1
    size = registry.size(node.node_exec) if node else 0
    failed = [problem for each in found if (problem := remove(each))]
    collected = size - registry.size(node.node_exec) if node else 0
    for problem in failed:
        print(f"warning: {problem}", file=sys.stderr)
    if len(failed) < len(found):
        print(f"removed; {gigabytes(collected)} of the registry" if collected > 0 else "removed")
    return 1 if failed else 0


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days (0 or more)")
    return int(text)


def in_docker(engine: Engine, provider: Provider | None, before: float) -> list[Leftover]:
    """None where no engine answers, or the running cluster does not tell what its pods use."""
    try:
        pods = workloads.images_in_use(api.connect(provider)) if provider else frozenset()
        return images.find(engine, pods, before)
    except UserError as error:
        print(f"images are left alone: {error}", file=sys.stderr)
        return []


def remove(leftover: Leftover) -> str:
    """Remove it; returns why that was not possible."""
    try:
        leftover.remove()
    except (UserError, OSError) as error:
        return f"{leftover.name} stays: {error}"
    return ""


def _running(cluster: str | None) -> Provider | None:
    """The cluster, if one runs here. Raises UserError for one that is named and cannot be used: what its pods use must
    not go because of a mistyped name."""
    try:
        provider, _ = select.choose(cluster, Subprocess())
    except UserError:
        if cluster:
            raise
        return None
    with suppress(UserError):
        return provider if provider.status().state == "running" else None
    return None


def _loop(provider: Provider) -> bool:
    """Whether a loop works on the cluster: it may be pushing."""
    from scripts import engine, tilt

    return engine.running_loop(api.connect(provider), LEASE) is not None or tilt.runs_this_stack(Subprocess())
