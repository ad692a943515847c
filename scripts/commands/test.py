"""`./dev test`: runs the checks of the project, in tiers, and prints a summary."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.core.runner import Subprocess
from scripts.testing import loops, tiers
from scripts.testing.junit import Outcome, add_case, read_junit, summary
from scripts.testing.tier import Check, Run

RESULTS = ROOT / ".todo-stack" / "test"
FAILED = RESULTS / "failed"
NOTES = {"yes": "", "a part": " (by default a part of it)", "no": " (only by name, or in all)"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "tier", nargs="*", help="some of those below, or all; default: those that every change needs, in this order"
    )
    parser.add_argument(
        "-k", metavar="EXPRESSION", default="",
        help="only the tests that match: an expression as of pytest, for the frontend a part of the name",
    )  # fmt: skip
    parser.add_argument("--junit", metavar="FOLDER", type=Path, help="write TIER.xml of each tier to this folder")
    rows = [f"  {name:<9} {about}{NOTES[plain]}" for name, about, plain in tiers.table()]
    parser.epilog = "\n".join(
        ["tiers:", *rows, "", f"What helps to understand failures is kept in {FAILED.relative_to(ROOT)}."]
    )


def run(args: argparse.Namespace) -> int:
    outcomes: dict[str, tuple[Outcome, float]] = {}
    chosen = tiers.choose(args.tier)
    loops.refuse_beside(Subprocess(), [name for name in chosen if tiers.TIERS[name].alone])
    for name, check in chosen.items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        reports = Path(args.junit or RESULTS).resolve()
        one = Run(Subprocess(), reports / f"{name}.xml", FAILED / name, match=args.k)
        outcome = run_tier(name, check, one)
        outcomes[name] = (outcome, time.monotonic() - started)
    print("\n" + summary(outcomes))
    failed = [name for name, (outcome, _) in outcomes.items() if not outcome.ok]
    if failed:
        print(f"output, pods, events and logs of the failures ({', '.join(failed)}): {FAILED.relative_to(ROOT)}")
    if none := args.k and all(outcomes[name][0] == Outcome() for name in outcomes if tiers.TIERS[name].by_name):
        print(f"error: no test matches {args.k!r}; correct -k, or name the tier that has the test", file=sys.stderr)
    return 1 if failed or none else 0


def run_tier(name: str, check: Check, run: Run) -> Outcome:
    """Run one tier. It leaves a report even if nothing could be tested; if it failed, with a failure and its output."""
    run.report.unlink(missing_ok=True)
    shutil.rmtree(run.artefacts, ignore_errors=True)
    try:
        outcome = check(run)
    except UserError as error:
        run.lines.append(f"error: {error}")
        print(run.lines[-1], file=sys.stderr)
        outcome = Outcome(ok=False)
    if not outcome.ok:
        run.artefacts.mkdir(parents=True, exist_ok=True)
        (run.artefacts / "output.txt").write_text("\n".join(run.lines) + "\n")
    tested = run.report.exists()
    if not tested or not (outcome.ok or read_junit(run.report, 0).failed):
        case = "the whole" if tested else "set-up"
        add_case(run.report, name, case, None if outcome.ok else "\n".join(run.lines))
    return outcome
