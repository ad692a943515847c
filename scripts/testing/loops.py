"""The loop that keeps the stack deployed while tests run: that of `./dev up`, or Tilt's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from scripts import stack, workloads
from scripts.core.errors import UserError
from scripts.core.runner import Runner
from scripts.workloads import Workload


def holder(runner: Runner) -> str:
    """Who runs one; "" for nobody."""
    from scripts import engine, tilt
    from scripts.cluster import api, select

    with suppress(UserError):  # no cluster: the first test that needs one makes it
        if loop := engine.running_loop(api.connect(select.choose(runner=runner)[0]), stack.LEASE):
            return str(loop["holder"])
    return "Tilt" if tilt.runs_this_stack(runner) else ""


def refuse_beside(runner: Runner, tiers: Sequence[str]) -> None:
    """Raise UserError if a loop runs: these tiers run one of their own, or restart its node."""
    if tiers and (who := holder(runner)):
        names = ", ".join(tiers)
        raise UserError(
            f"a loop keeps the stack deployed ({who}), and the tests of {names} need the cluster for themselves",
            "end it by Ctrl+C, or name other tiers, such as: ./dev test unit backend frontend e2e",
        )


def refuse_other_code(runner: Runner, who: str) -> None:
    """Raise UserError if the stack that a loop keeps deployed is of other sources than this checkout: what is tested
    there says nothing of these."""
    if others := [workload.component for workload in _deployed(runner) if workload.state == workloads.OLDER]:
        raise UserError(
            f"the loop that keeps the stack deployed ({who}) serves other code of {', '.join(others)} than is here",
            "run the tests in its checkout, or once it has served the last save; or end it by Ctrl+C",
        )


def _deployed(runner: Runner) -> list[Workload]:
    from scripts.cluster import api, select

    return workloads.read(api.connect(select.choose(runner=runner)[0]))
