"""`./dev env`: prints shell exports that point kubectl and helm at the development cluster."""

from __future__ import annotations

import argparse
import os
import shlex

from scripts.cluster import kubeconfig, select
from scripts.core.errors import UserError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    provider, _ = select.choose(args.cluster)
    source = str(provider.kubeconfig())
    check_in_use(source, provider.context)
    print(f"export KUBECONFIG={shlex.quote(source)}")
    if tools := provider.bin_dir():
        print(f'export PATH={shlex.quote(str(tools))}{os.pathsep}"$PATH"')
    return 0


def check_in_use(source: str, context: str) -> None:
    """Raise UserError where kubectl and helm would go to another cluster than the chosen one.

    An export cannot choose a context: they take the one in use. The embedded cluster's file has one context only, and
    does not exist before the first start.
    """
    known = kubeconfig.read(source)
    if known.contexts and known.current != context:
        raise UserError(
            f"kubectl and helm would not use cluster {context}: the context in use in {source} is "
            f"{known.current or 'none'}",
            f"run: KUBECONFIG={shlex.quote(source)} kubectl config use-context {context}, or choose with --cluster",
        )
