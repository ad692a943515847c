"""`./dev bases`: ensures that the base images exist, and that the cluster can pull the database's image."""

from __future__ import annotations

import argparse
import json
import sys
from functools import cache

from scripts.bases.base_images import ensure, publish_database
from scripts.cluster import select
from scripts.core.certificates import ca_bundle
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess
from scripts.docker import prepare


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    parser.add_argument("--json", action="store_true", help="print what the Tiltfile needs")


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps()
    local_docker = cache(lambda: prepare.docker(runner, steps))
    provider, _ = select.choose(args.cluster, runner, lambda _: local_docker())
    route = provider.image_route() if provider.takes_images() else None
    elsewhere = route.env if route else {}
    engine = prepare.docker(runner, steps, env=elsewhere) if elsewhere else local_docker()
    found = ensure(runner, engine, steps)
    if route:
        publish_database(runner, engine, route, found, steps)
    if args.json:
        answer = {
            "build_args": found.build_args(),
            "ca": ca_bundle(),
            "helm_set": found.helm_set(route),
        }
        print(json.dumps(answer))
    else:
        for purpose, name in found.names.items():
            print(f"{purpose}: {name}")
    sys.stdout.flush()
    return 0
