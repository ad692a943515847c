"""`./dev doctor`: looks for what is in the way of the stack on this machine. Changes nothing."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from scripts.core.runner import Subprocess


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON: topic, state, what, cure")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    """0 unless something keeps the stack from running."""
    from scripts.doctor import checkup, finding

    found = checkup.checkup(Subprocess(), args.cluster)
    print(json.dumps([asdict(each) for each in found], indent=2) if args.json else finding.render(found))
    return 1 if any(each.state == "problem" for each in found) else 0
