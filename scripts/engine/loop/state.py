"""What is known of one Kubernetes resource, and what people see of it. Pure.

What people see is computed and never read back: a resource is green only when nothing is pending, undelivered, unproved
or failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scripts.engine.loop.events import Attempt, Failure
from scripts.engine.record.board import Status


@dataclass(frozen=True)
class State:
    """`released`: a manual resource may deploy. `pending_deploy` is why to build and deploy, until that is done.
    `unseen` are saved paths that nobody has looked at, `lost` means that any file may have changed, `scanning` that
    they are looked at now. `delivery` is "due" while containers may lack something, "failed" when sending it did not
    work and has to be tried again. `uncompiled` are modules that have to compile yet. `detail` is
    what the proof waits for, looked at again after `poll` seconds. `problem` names a file that cannot be sent; all
    others are. `retrying`: what failed is tried again, with the failure shown until it has worked."""

    manual: bool = False
    started: bool = False
    released: bool = False
    deployed: bool = False
    pending_deploy: str = ""
    built: bool = False
    missing: tuple[str, ...] = ()
    unseen: frozenset[Path] = frozenset()
    lost: bool = False
    scanning: str = ""
    saved_at: float = 0.0
    delivery: Literal["done", "due", "failed"] = "done"
    unproved: bool = False
    uncompiled: frozenset[str] = frozenset()
    detail: str = ""
    poll: float = 0.0
    problem: str = ""
    failure: Failure | None = None
    retrying: bool = False
    attempt: Attempt | None = None
    stopping: bool = False

    @property
    def blocked(self) -> bool:
        return self.failure is not None and not self.retrying

    @property
    def needs_button(self) -> bool:
        return self.manual and not self.released

    @property
    def held(self) -> str:
        """Why a deployment that is pending does not begin; "" when it may."""
        if not self.pending_deploy:
            return ""
        if self.needs_button:
            return f"{self.pending_deploy}: waits for its button"
        if self.built and not self.deployed and self.missing:  # only the first deployment waits, as with Tilt
            return f"for {', '.join(self.missing)}"
        return ""


def shown(state: State) -> tuple[Status, str]:
    """What people see: status and detail."""
    if not state.started:
        return "idle", "starts by its button"
    if state.failure:
        return "error", str(state.failure)
    if state.held:
        return ("idle" if state.needs_button else "waiting"), state.held
    if state.pending_deploy:
        return ("deploying", "") if state.built else ("building", state.pending_deploy)
    if state.problem:
        return "error", state.problem
    if state.unseen or state.lost or state.scanning:
        return "updating", state.scanning
    if state.delivery != "done" or state.unproved:
        why = state.attempt.why if state.attempt else "its pods changed"
        rolling = state.attempt is not None and state.attempt.action == "deploy"
        return ("deploying" if rolling or state.detail else "updating"), state.detail or ("" if rolling else why)
    return "ok", ""
