"""`./dev ci`: brings the stack up, waits until all is green, runs the end-to-end tests, and says what is in the way."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.ci.trouble import KINDS, MACHINE, TILTFILE, Kind, Trouble, first, troubles
from scripts.cluster import api
from scripts.commands import up
from scripts.core.errors import UserError
from scripts.core.progress import Steps, preparation_seconds
from scripts.core.runner import Subprocess
from scripts.testing.junit import add_case

if TYPE_CHECKING:
    from scripts.engine import Ended

STACK_REPORT, TESTS_REPORT = "stack.xml", "e2e.xml"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--junit", metavar="FOLDER", type=Path, help="write JUnit reports: of the stack and of its tests"
    )
    parser.add_argument("--cluster", metavar="NAME", help="the cluster provider (default: auto)")
    up.configure_settings(parser)
    codes = [f"  {kind.code:>3}  {kind.name:<14} {kind.about}" for kind in KINDS]
    parser.epilog = "exit status:\n    0  all is green, and the tests pass\n" + "\n".join(codes)


def run(args: argparse.Namespace) -> int:
    runner, steps = Subprocess(), Steps(earlier=preparation_seconds())
    arguments, report = up.settings_of(args), Report(args.junit, steps)
    try:
        up.refuse_beside_tilt(runner)
        provider, engine = up.prepare_stack(runner, args.cluster, steps)
    except UserError as error:
        return report.broken(error, MACHINE)
    from scripts.engine import TiltfileError
    from scripts.engine import run as run_engine

    settings = up.engine_settings(arguments, report.ended, subcommand="ci")
    try:
        result = run_engine(settings, provider, api.connect(provider), once=True, steps=steps, docker=engine)
    except TiltfileError as error:
        return report.broken(error, TILTFILE)
    except UserError as error:
        return report.broken(error, MACHINE)
    return result and report.kind.code


class Report:
    """What is shown of the end, and the JUnit reports in `folder`, if there is one."""

    def __init__(self, folder: Path | None, steps: Steps) -> None:
        self._folder, self._steps = folder and folder.absolute(), steps
        self.kind = first(())
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name in (STACK_REPORT, TESTS_REPORT):
                (self._folder / name).unlink(missing_ok=True)
            # For pytest in the Tiltfile's e2e; nothing else that it starts is pytest.
            words = [
                os.environ.get("PYTEST_ADDOPTS", ""),
                f"--junitxml={shlex.quote(str(self._folder / TESTS_REPORT))}",
            ]
            os.environ["PYTEST_ADDOPTS"] = " ".join(words).strip()

    def ended(self, ended: Ended) -> None:
        found = troubles(ended.rows, ended.errors, ended.logs)
        failures = {trouble.resource: trouble for trouble in found}
        for row in ended.rows:
            if row["name"] in failures or row["status"] == "ok":
                self._add(row["name"], failures.get(row["name"]))
        for trouble in found:
            for line in trouble.log:
                self._steps.log(f"{trouble.resource:>12} │ {line}")
        for trouble in found:
            self._steps.log(f"error: {trouble.resource} ({trouble.kind.name}): {trouble.reason}")
        self.kind = first(found)

    def broken(self, error: UserError, kind: Kind) -> int:
        """The end of a run that did not get as far as resources; returns its exit status."""
        self._steps.log(f"error: {kind.name}: {error}")
        self._add("(stack)", Trouble("(stack)", kind, str(error)))
        return kind.code

    def _add(self, name: str, trouble: Trouble | None) -> None:
        if self._folder:
            said = "\n".join([*trouble.log, f"{trouble.kind.name}: {trouble.reason}"]) if trouble else None
            add_case(self._folder / STACK_REPORT, "stack", name, said)
