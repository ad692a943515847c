"""`./dev trigger`: presses the button of a resource of the running loop, or of Tilt."""

from __future__ import annotations

import argparse
import os
import shutil

from scripts.cluster import api, confirm, select
from scripts.core.errors import UserError
from scripts.core.runner import Subprocess
from scripts.stack import LEASE


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("resource", help="a resource of the Tiltfile, or a command of the loop's page")
    parser.add_argument("--yes", action="store_true", help="do not ask before something is deleted")
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")


def run(args: argparse.Namespace) -> int:
    from scripts import engine, tilt

    loop = engine.running_loop(api.connect(select.choose(args.cluster)[0]), LEASE)
    if not loop and (program := shutil.which("tilt")) and tilt.runs_this_stack(Subprocess()):
        os.execv(program, [program, "trigger", args.resource])
    if not loop or not loop["port"]:
        raise UserError("no loop runs on this machine", "start it: ./dev up")
    rows = {row["name"]: row for row in loop["resources"]}
    if args.resource not in rows:
        raise UserError(f"there is no resource {args.resource!r}", f"choose from: {', '.join(rows)}")
    question = rows[args.resource]["asks"]
    if question and not args.yes and not confirm.agrees(question):
        return 1
    if not engine.trigger(args.resource, loop["port"], confirmed=bool(question)):
        raise UserError(f"{args.resource} could not be triggered", f"see http://localhost:{loop['port']}")
    print(f"{args.resource}: asked for; see ./dev logs -f {args.resource}")
    return 0
