"""`./dev env`: shell exports that make kubectl and helm work on the development cluster."""

from __future__ import annotations

import argparse
import os
import shlex

from scripts.cluster import node_binaries, select
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    runner = Subprocess()
    provider, _ = select.choose(args.cluster, runner)
    print(f"export KUBECONFIG={shlex.quote(str(provider.kubeconfig()))}")
    with Steps().step("Find kubectl and helm") as step:
        tools = node_binaries.ensure(runner, step)
    print(f"export PATH={shlex.quote(str(tools))}{os.pathsep}\"$PATH\"")
    return 0
