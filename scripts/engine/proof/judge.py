"""Whether the newest revision is served, from what was seen and answered. Pure: nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.engine.proof.rollout import Verdict

SERVED_SECONDS = 10.0
EXPLAIN_SECONDS = 1.5
GONE_SECONDS = 5.0
WARNING_SECONDS = 15.0
ROLLOUT_POLL = 0.5
SERVED_POLL = 0.02
MODULE_POLL = 0.1


@dataclass(frozen=True)
class Seen:
    """What one look found; `waited` are seconds since the update began, `ready_for` since its rollout was done.

    `gone` names a workload that the cluster does not have. `reason` is the error in the log since the update began,
    `failing_for` says how long the verdict's failure has been seen, `warning` is the latest warning event of what does
    not come up. `answers` are the revisions by who was asked (pods, the Service, the URL), "" for no good answer.
    `outdated` are pods from before this loop; `refused`: a service logs that the expected revision does not load.
    `broken` is the path of a module that does not compile."""

    waited: float
    gone: str = ""
    was_there: bool = False
    rollout: Verdict = field(default_factory=Verdict)
    reason: str = ""
    failing_for: float = 0.0
    warning: str = ""
    expected: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    ready_for: float = 0.0
    outdated: bool = False
    refused: bool = False
    broken: str = ""


@dataclass(frozen=True)
class Judgement:
    """Served, or `failure` (with `fix`; it may heal by itself, or `redeploy` has to help), or `detail` and when to look
    again. `replace`: the outdated pods are to be replaced."""

    served: bool = False
    failure: str = ""
    fix: str = ""
    heals: bool = True
    redeploy: bool = False
    detail: str = ""
    poll: float = ROLLOUT_POLL
    replace: bool = False


def judge(name: str, seen: Seen) -> Judgement:
    """Of a resource by its name."""
    logs = f"./dev logs {name}"
    if seen.gone:
        if not seen.was_there and seen.waited < GONE_SECONDS:
            return Judgement(detail=f"waits for {seen.gone} to appear")
        what = f"{seen.gone} is not in the cluster"
        return Judgement(failure=what, fix="save a file of this resource or press its button", redeploy=True)
    if not seen.rollout.done:
        return _rolling(seen, logs)
    waiting = [who for who, revision in seen.answers.items() if revision != seen.expected]
    if seen.expected and waiting:
        return _unserved(seen, waiting, logs)
    if seen.broken:
        what = f"{seen.broken} does not compile"
        placed = seen.reason.endswith(")")  # the place comes on a later line of the log
        if not placed and seen.failing_for < EXPLAIN_SECONDS:
            return Judgement(detail=what, poll=MODULE_POLL)
        failure = seen.reason if placed else f"{what}: {seen.reason}" if seen.reason else what
        return Judgement(failure=failure, fix="fix it and save again", heals=not seen.reason)
    return Judgement(served=True)


def _rolling(seen: Seen, logs: str) -> Judgement:
    rollout = seen.rollout
    if rollout.slow and seen.reason and not rollout.failure:
        return Judgement(failure=seen.reason, fix="fix it and save again")
    # Logs arrive on a separate stream; give them time to explain the failure.
    if rollout.failure and (seen.reason or rollout.redeploy or seen.failing_for >= EXPLAIN_SECONDS):
        what = f"{rollout.failure}: {seen.reason}" if seen.reason else rollout.failure
        fix = "save a file of this resource or press its button" if rollout.redeploy else logs
        return Judgement(failure=what, fix=fix, redeploy=rollout.redeploy)
    if seen.warning and seen.waited >= WARNING_SECONDS:
        return Judgement(failure=seen.warning, fix=logs)
    return Judgement(detail=seen.warning or rollout.detail or "its rollout has begun")


def _unserved(seen: Seen, waiting: list[str], logs: str) -> Judgement:
    if seen.refused:
        what = seen.reason or f"revision {seen.expected} does not load"
        return Judgement(failure=what, fix="fix it and save again")
    if seen.ready_for > EXPLAIN_SECONDS:
        if seen.outdated and any(seen.answers.values()):
            return Judgement(replace=True, detail="pods from before this loop are replaced")
        if seen.reason and len(waiting) == len(seen.answers):
            return Judgement(failure=seen.reason, fix="fix it and save again")
    if seen.ready_for > SERVED_SECONDS:
        what = f"revision {seen.expected} is not served {SERVED_SECONDS:.0f} s after its update by {', '.join(waiting)}"
        return Judgement(failure=f"{what}: {seen.reason}" if seen.reason else what, fix=logs)
    return Judgement(detail="", poll=SERVED_POLL)
