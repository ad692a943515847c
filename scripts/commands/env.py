"""`./dev env`: prints shell exports that point kubectl and helm at the development cluster."""

from __future__ import annotations

import argparse
import os
import shlex

from scripts.cluster import select


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    print(f"export KUBECONFIG={shlex.quote(str(provider.kubeconfig()))}")
    if tools := provider.bin_dir():
        print(f'export PATH={shlex.quote(str(tools))}{os.pathsep}"$PATH"')
    return 0
