"""`./dev cluster up|stop|delete|status`: manages the cluster without the stack."""

from __future__ import annotations

import argparse
import sys

from scripts.cluster import confirm, select
from scripts.cluster.embedded import node_container, space
from scripts.cluster.embedded.provider import Embedded
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("up", "stop", "delete", "status"), help="delete also deletes all data in it")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--yes", action="store_true", help="delete without confirmation")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    starting = args.action == "up"

    def prepare_embedded(provider: Embedded) -> None:
        provider.compile_ahead(steps)
        prepare.docker(runner, steps, check_space=space.check)

    provider, why = select.choose(args.cluster, runner, prepare_embedded if starting else None)
    if starting:
        steps.log(f"Cluster: {provider.name} ({why})")
        provider.start(steps)
    elif args.action == "stop":
        provider.stop()
    elif args.action == "delete":
        if not args.yes and not confirm.deletion(provider.name):
            print("nothing was deleted", file=sys.stderr)
            return 1
        provider.delete()
        if isinstance(provider, Embedded):
            volume = node_container.IMAGES_VOLUME
            steps.log(f"Its images stay for the next cluster; to delete them too: docker volume rm {volume}")
    status = provider.status()
    print(f"{status.name}: {status.state}" + (f" ({status.detail})" if status.detail else ""))
    return 0 if args.action != "status" or status.state == "running" else 1
