"""`./dev bench loop|start|api|stack|page`: measures what developers and users wait for, and what has changed since the
last run."""

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
    benches = parser.add_subparsers(dest="bench", required=True, metavar="loop|start|api|stack|page")
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
    api = benches.add_parser("api", help="requests a second and their times through the frontend, beside bare FastAPI")
    api.add_argument("--seconds", type=_count, default=8, metavar="N", help="for each operation (default: 8)")
    api.add_argument("--requests", type=_count, default=5_000, metavar="N", help="at most (default: 5000)")
    api.add_argument("--clients", type=_count, default=16, metavar="N", help="at the same time (default: 16)")
    api.add_argument("--replicas", type=_count, nargs="+", default=[1, 2], metavar="N", help="(default: 1 2)")
    stack = benches.add_parser("stack", help="memory and processors of every pod under load, beside their limits")
    stack.add_argument("--minutes", type=_count, default=10, metavar="N", help="of load (default: 10)")
    stack.add_argument("--rate", type=_count, default=20, metavar="N", help="requests a second (default: 20)")
    stack.add_argument("--plot", type=Path, metavar="FILE", help="also draw them over time, as a PNG")
    page = benches.add_parser("page", help="size, paint and scrolling of the app, and the loop's page, against limits")
    page.add_argument("--runs", type=_count, default=5, metavar="N", help="visits of the app (default: 5)")
    for each in (loop, start, api, stack):
        each.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    for each in (loop, start, api, stack, page):
        each.add_argument("--json", type=Path, metavar="FILE", help="also write all measurements to this file")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number (1 or more)")
    return int(text)


def run(args: argparse.Namespace) -> int:
    for file in filter(None, (args.json, getattr(args, "plot", None))):
        if not file.parent.is_dir():
            raise UserError(f"cannot write {file}: there is no folder {file.parent}", "create it first")
    runner, steps = Subprocess(), Steps()
    if args.bench == "loop":
        from scripts.bench import loop

        plan = loop.Plan(args.edits, args.services, args.engines, not args.no_rebuilds, not args.no_crowds)
        edited = loop.measure(runner, steps, plan, args.cluster)
        tell("loop", edited.conditions, edited.text(), edited.as_json(), edited.figures(), args.json)
    elif args.bench == "api":
        from scripts.bench.load import api, traffic

        limit = traffic.Limit(args.seconds, args.requests)
        asked = api.measure(runner, steps, api.Plan(limit, args.clients, tuple(args.replicas)), args.cluster)
        tell("api", asked.conditions, asked.text(), asked.as_json(), asked.figures(), args.json)
    elif args.bench == "stack":
        from scripts.bench.load import plot, stack

        used = stack.measure(runner, steps, stack.Plan(args.minutes, args.rate), args.cluster)
        words = "MORE", "less"
        tell("stack", used.conditions, used.text(), used.as_json(), used.figures(), args.json, words)
        if args.plot:
            args.plot.write_bytes(plot.png(used))
        return 1 if used.problems() else 0
    elif args.bench == "page":
        from scripts.bench import page

        seen = page.measure(runner, steps, args.runs)
        words = "MORE", "less"
        tell("page", seen.conditions, seen.text(), seen.as_json(), seen.figures(), args.json, words)
        return 1 if seen.problems() else 0
    else:
        from scripts.bench import start

        def may_delete(name: str) -> bool:
            return args.yes or confirm.deletion(name)

        started = start.measure(runner, steps, args.runs, args.cluster, may_delete, cold=args.cold)
        tell("start", started.conditions, started.text(), started.as_json(), started.figures(), args.json)
    return 0


def tell(
    name: str,
    conditions: Conditions,
    text: str,
    found: Mapping[str, Any],
    figures: history.Figures,
    file: Path | None,
    words: tuple[str, str] = ("SLOWER", "faster"),
) -> None:
    """Print a report and what has changed since the last one, and keep it."""
    print(text)
    kept = history.file(name)
    print("\n" + "\n".join(history.changes(history.latest(kept, conditions.machine), figures, words)))
    history.append(kept, conditions, figures)
    print(f"history: {kept}")
    if file:
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
