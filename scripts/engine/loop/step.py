"""What one Kubernetes resource needs next: a pure state machine, without threads, clock or I/O.

`observe` takes an event into the state, `decide` says what to do now. The worker runs the action and reports how it
ended as the next event. A save, for example:
FilesChanged → Scan → Scanned(sync) → Send → SendEnded → Look → Looked(pending) → Wait → Tick → Look → Looked(served).
"""

from __future__ import annotations

from dataclasses import replace

from scripts.engine.loop.events import (
    FIRST_START,
    Action,
    ActionFailed,
    Apply,
    ApplyEnded,
    Attempt,
    Build,
    BuildEnded,
    ClusterChanged,
    Dependencies,
    Event,
    EventsLost,
    Failure,
    FilesChanged,
    Look,
    Looked,
    Pressed,
    Record,
    Redefined,
    Scan,
    Scanned,
    Send,
    SendEnded,
    Started,
    Stop,
    Stopping,
    Tick,
    Wait,
)  # fmt: skip
from scripts.engine.loop.state import State

RECHECK_SECONDS = 2.0
STUCK = ", and its pod does not start"


def observe(state: State, event: Event) -> tuple[State, Record | None]:
    """The state after an event, and the update that ended with it."""
    state = replace(state, poll=0.0)
    match event:
        case Started(auto=auto, at=at):
            state = replace(state, started=auto)
            return (_deploy(state, FIRST_START, at, release=True) if auto else state), None
        case Pressed(at=at):
            return _deploy(replace(state, started=True), "its button was pressed", at, release=True), None
        case FilesChanged(paths=paths, at=at):
            return replace(_on_save(state, at), unseen=state.unseen | paths), None
        case EventsLost(at=at):
            return replace(_on_save(state, at), lost=True), None
        case Redefined(changed=changed, manual=manual, auto=auto, at=at):
            state = replace(state, manual=manual)
            if auto and not state.started:  # auto_init was turned on
                return observe(state, Started(True, at))
            if not auto and state.pending_deploy == FIRST_START:  # auto_init was turned off before it was deployed
                return State(manual, missing=state.missing, stopping=state.stopping), None
            why = "its definition changed" if state.deployed else state.pending_deploy
            return (_deploy(state, why, at) if changed and state.started else state), None
        case ClusterChanged():
            return _on_cluster(state), None
        case Dependencies(missing=missing):
            return _on_dependencies(state, missing), None
        case Tick():
            return (_retry(state) if state.failure and state.failure.heals else state), None
        case Stopping():
            return replace(state, stopping=True), None
        case Scanned():
            return _on_scanned(state, event), None
        case BuildEnded(problem=problem):
            return replace(state, built=True, problem=problem), None
        case ApplyEnded(modules=modules):
            deployed = replace(state, deployed=True, pending_deploy="", built=False, released=False)
            return replace(deployed, delivery="due", unproved=True, uncompiled=modules, detail=""), None
        case SendEnded():
            return _on_sent(state, event)
        case Looked():
            return _on_looked(state, event)
        case ActionFailed(action=Scan(), failure=failure):
            return _failed(replace(state, scanning="", lost=True, unproved=True), failure)
        case ActionFailed(action=Send(), failure=failure):
            return _failed(replace(state, delivery="failed"), failure)
        case ActionFailed(failure=failure):
            return _failed(state, failure)


def decide(state: State) -> tuple[State, Action]:
    """What to do now; the state has it taken out of what is pending."""
    if state.stopping:
        return state, Stop()
    if state.deployed and not state.pending_deploy and not state.blocked and (state.unseen or state.lost):
        names = sorted(path.name for path in state.unseen)
        why = f"{names[0]} changed" if names else "file events were lost"
        return replace(state, unseen=frozenset(), lost=False, scanning=why), Scan(state.unseen, state.lost)
    if state.pending_deploy and not state.blocked and not state.held:
        if state.built:
            return state, Apply()
        # A build takes all files as they are from here on.
        return replace(state, unseen=frozenset(), lost=False), Build(state.pending_deploy)
    if state.deployed and state.delivery == "due":
        return state, Send()
    if state.unproved and not state.pending_deploy and not state.blocked and not state.poll:
        return state, Look(state.uncompiled)
    if state.poll:
        return state, Wait(state.poll)
    return state, Wait(RECHECK_SECONDS if state.failure and state.failure.heals else None)


def _deploy(state: State, why: str, at: float, *, release: bool = False) -> State:
    """`release`: a person, or the start, lets a manual resource do it."""
    released = state.released or release
    attempt = Attempt("deploy", why, at)
    return replace(
        state, pending_deploy=why, built=False, released=released, failure=None, retrying=False, attempt=attempt
    )


def _on_save(state: State, at: float) -> State:
    """What failed before is tried again, whatever file was saved."""
    saved_at = state.saved_at if state.unseen or state.lost else at
    state = replace(state, saved_at=saved_at)
    if state.failure is None:
        return state
    if state.failure.redeploy and not state.pending_deploy:
        return _deploy(state, state.failure.what, at)
    delivery = "due" if state.delivery == "failed" else state.delivery
    state = replace(state, failure=None, retrying=False, delivery=delivery, detail="")
    if not state.pending_deploy:
        return replace(state, attempt=None)  # what failed is over: this save is an update of its own
    return replace(state, released=False, attempt=Attempt("deploy", state.pending_deploy, at))


def _on_cluster(state: State) -> State:
    if not state.deployed:
        return state
    state = replace(state, delivery="due", unproved=True)
    return state if state.pending_deploy or not state.failure else replace(state, retrying=True)


def _on_dependencies(state: State, missing: tuple[str, ...]) -> State:
    healed = bool(state.missing) and not missing
    state = replace(state, missing=missing)
    return _retry(state) if healed and state.delivery == "failed" else state


def _retry(state: State) -> State:
    """Try again what failed, with the reason shown until it has worked."""
    return replace(state, retrying=True, delivery="due" if state.delivery == "failed" else state.delivery)


def _on_scanned(state: State, found: Scanned) -> State:
    uncompiled = (state.uncompiled - found.gone) | found.modules
    state = replace(state, scanning="", problem=found.problem, uncompiled=uncompiled)
    if found.action == "none":
        return state
    if found.action == "rebuild" or found.stuck:
        return _deploy(state, found.why + (STUCK if found.action != "rebuild" else ""), state.saved_at)
    deploying = state.attempt if state.attempt and state.attempt.action == "deploy" else None
    attempt = deploying or Attempt(found.action, found.why, state.saved_at)
    return replace(state, delivery="due", unproved=True, attempt=attempt, detail="")


def _on_sent(state: State, sent: SendEnded) -> tuple[State, Record | None]:
    state = replace(state, unseen=state.unseen | sent.missed)
    if sent.failure:
        return _failed(replace(state, delivery="failed"), sent.failure)
    if sent.stuck and state.attempt and state.attempt.action != "deploy":  # as is known only now
        return _deploy(state, state.attempt.why + STUCK, state.saved_at), None
    if not sent.rebuild or state.pending_deploy:  # a build that is due brings it anyway
        return replace(state, delivery="failed" if sent.rebuild else "done"), None
    if state.attempt is not None and state.attempt.action == "deploy":
        failure = Failure(f"the update in place failed: {sent.rebuild}", "fix the image and save again", redeploy=True)
        return _failed(replace(state, delivery="failed"), failure)
    return _deploy(state, f"the update in place failed: {sent.rebuild}", state.saved_at), None


def _on_looked(state: State, seen: Looked) -> tuple[State, Record | None]:
    state = replace(state, uncompiled=state.uncompiled - seen.compiled, detail=seen.detail)
    if seen.failure:
        return _failed(state, seen.failure)
    if not seen.served:
        return replace(state, poll=seen.poll), None
    record = Record(state.attempt) if state.attempt else None
    return replace(state, unproved=False, failure=None, retrying=False, attempt=None), record


def _failed(state: State, failure: Failure) -> tuple[State, Record | None]:
    """An update that may still come about by itself goes on; that it failed is recorded once."""
    record = Record(state.attempt, failure.what) if state.attempt and not state.retrying else None
    attempt = state.attempt if failure.heals else None
    return replace(state, failure=failure, retrying=False, attempt=attempt), record
