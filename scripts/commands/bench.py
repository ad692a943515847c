"""`./dev bench loop|start`: measures what a developer waits for, and what has changed since the last run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.bench import history
from scripts.bench.edits import SERVICES
from scripts.bench.loop_report import ENGINES
from scripts.bench.machine import Conditions
from scripts.cluster import confirm
from scripts.core.errors import UserError
from scripts.core.progress import Steps
from scripts.core.runner import Subprocess


def configure(parser: argparse.ArgumentParser) -> None:
    benches = parser.add_subparsers(dest="bench", required=True, metavar="loop|start")
    loop = benches.add_parser("loop", help="a saved file until it is served: without an engine, with ours, with Tilt")
    loop.add_argument("--edits", type=_count, default=30, metavar="N", help="edits per service (default: 30)")
    loop.add_argument("--services", nargs="+", choices=SERVICES, default=list(SERVICES), help="only these")
    loop.add_argument("--engines", nargs="+", choices=ENGINES, default=[], help="only these (default: all)")
    loop.add_argument("--no-rebuilds", action="store_true", help="do not change dependencies")
    loop.add_argument("--no-crowds", action="store_true", help="do not edit beside 10,000 other files")
    start = benches.add_parser("start", help="the waits of a newcomer: the first start, the next one, single commands")
    start.add_argument("--runs", type=_count, default=5, metavar="N", help="runs of each command (default: 5)")
    start.add_argument("--yes", action="store_true", help="delete the embedded cluster without confirmation")
    start.add_argument("--cold", action="store_true", help="also with empty caches, in a temporary folder")
    for each in (loop, start):
        each.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
        each.add_argument("--json", type=Path, metavar="FILE", help="also write all measurements to this file")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number (1 or more)")
    return int(text)


def run(args: argparse.Namespace) -> int:
    if args.json and not args.json.parent.is_dir():
        raise UserError(f"cannot write {args.json}: there is no folder {args.json.parent}", "create it first")
    runner, steps = Subprocess(), Steps()
    if args.bench == "loop":
        from scripts.bench import loop

        plan = loop.Plan(args.edits, args.services, args.engines, not args.no_rebuilds, not args.no_crowds)
        edited = loop.measure(runner, steps, plan, args.cluster)
        tell("loop", edited.conditions, edited.text(), edited.as_json(), edited.figures(), args.json)
    else:
        from scripts.bench import start

        def may_delete(name: str) -> bool:
            return args.yes or confirm.deletion(name)

        started = start.measure(runner, steps, args.runs, args.cluster, may_delete, cold=args.cold)
        tell("start", started.conditions, started.text(), started.as_json(), started.figures(), args.json)
    return 0


def tell(
    name: str, conditions: Conditions, text: str, found: Mapping[str, Any], figures: history.Figures, file: Path | None
) -> None:
    """Print a report and what has changed since the last one, and keep it."""
    print(text)
    kept = history.file(name)
    print("\n" + "\n".join(history.changes(history.latest(kept, conditions.machine), figures)))
    history.append(kept, conditions, figures)
    print(f"history: {kept}")
    if file:
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
