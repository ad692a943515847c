"""The loop: ask the model, do of what it asks for what the policy permits, until it has an answer."""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Protocol

import anyio

from app.chat.changes import in_one_line, sentence
from app.chat.events import Event, Tell
from app.chat.policy import MAX_CALLS, Verdict, describe, is_outdated, judge, task_id
from app.chat.protocol import Hear, Model, Reply, Row, ToolCall, ToolOutcome, Tools, ToolSpec, Turn
from app.errors import Unavailable, UpstreamRefused

MAX_ROUNDS = 6

ASK = "I have not done this yet. Shall I? Say “yes” to do exactly this; anything else drops it."


class Ledger(Protocol):
    """What a turn knows of the user's tasks, and where it writes down what it does."""

    @property
    def has_changes(self) -> bool:
        """Whether a change was intended so far."""
        ...

    async def rows(self, ids: Set[int]) -> Mapping[int, Row]:
        """The user's own tasks among `ids`."""
        ...

    async def intend(self, call: ToolCall, before: Row | None) -> str:
        """Record a change before it is made; the key under which a repeated attempt has the same effect."""
        ...

    async def resolve(self, key: str, outcome: ToolOutcome) -> None:
        """Record what came of an intended change."""
        ...

    async def note(self, call: ToolCall, outcome: ToolOutcome) -> None:
        """Record a call that changed nothing."""
        ...


@dataclass(frozen=True)
class Proposal:
    """Calls that wait for a yes, and the tasks that they name as they were when it was asked for."""

    calls: tuple[ToolCall, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Answer:
    """`by` is the name of the model whose words they are; "" for words of ours."""

    words: str
    memory: dict[str, Any] | None = None
    proposal: Proposal | None = None
    by: str = ""


@dataclass(frozen=True)
class Models:
    """Who answers: `first`, or `instead` where it fails or takes more than `patience` seconds of a turn."""

    first: Model
    instead: Model | None = None
    patience: float = math.inf


async def answer(models: Models, tools: Tools, turns: Sequence[Turn], ledger: Ledger, tell: Tell) -> Answer:
    """The final words of a turn, with the proposal that they ask about where there is one.

    The other model takes over before anything was changed only: it would do the same again.
    """
    turns = list(turns)
    if models.instead is None:
        return await _answer(models.first, tools, turns, ledger, tell)
    watched = _Watched(models.first, models.patience)
    try:
        return await _answer(watched, tools, turns, ledger, tell)
    except (UpstreamRefused, Unavailable) as error:
        if not watched.failed or ledger.has_changes:
            raise
        await tell(Event("model", {"answered_by": models.instead.name}))
        answered = await _answer(models.instead, tools, turns, ledger, tell)
        return replace(answered, words=f"{answered.words}\n\n({error.detail} So I answered by my own rules.)")


class _Watched:
    """A model that is given up after a while, counted over all its replies: the other one needs the rest.

    `failed` tells its failures from those of the tools.
    """

    def __init__(self, model: Model, patience: float) -> None:
        self.name, self.failed = model.name, False
        self._model, self._patience = model, patience
        self._deadline = anyio.current_time() + patience

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        self.failed = True
        try:
            with anyio.fail_after(None) as scope:
                scope.deadline = self._deadline
                reply = await self._model.complete(turns, tools, hear)
        except TimeoutError:
            raise Unavailable(f"The model took longer than {self._patience:g} s.") from None
        self.failed = False
        return reply


async def _answer(model: Model, tools: Tools, turns: Sequence[Turn], ledger: Ledger, tell: Tell) -> Answer:
    async def hear(words: str) -> None:
        await tell(Event("delta", {"text": words}))

    turns = list(turns)
    changed: set[int] = set()
    done: list[tuple[ToolCall, ToolOutcome]] = []
    made = 0
    for _ in range(MAX_ROUNDS):
        reply = await model.complete(turns, tools.specs, hear)
        if not reply.calls:
            return Answer(reply.content, reply.memory, by=model.name)
        made += len(reply.calls)
        if made > MAX_CALLS:
            limit = (
                f"That takes more than {MAX_CALLS} steps, which is all I take in one go. "
                f"I have not begun the last {len(reply.calls)}; ask for fewer at once."
            )
            return Answer("\n".join([*_told(done), limit]), by=model.name)
        rows = await ledger.rows({number for call in reply.calls if (number := task_id(call)) is not None})
        verdict = judge(reply.calls, tools.specs, rows, changed, [call for call, _ in done])
        outcomes = await _apply(verdict, rows, tools, ledger)
        if verdict.held:
            return replace(_ask(verdict, rows, [*done, *outcomes]), by=model.name)
        # The model may have corrected what was refused; what was done stays so.
        done += [(call, outcome) for call, outcome in outcomes if outcome.ok]
        changed.update(number for call in verdict.run if (number := task_id(call)) is not None)
        turns.append(Turn("assistant", reply.content, calls=reply.calls))
        # In the order of the calls: those of a model may share an id.
        for call in reply.calls:
            place = next(index for index, (done, _) in enumerate(outcomes) if done is call)
            turns.append(Turn("tool", "", answers=call.id, outcome=outcomes.pop(place)[1]))
    raise UpstreamRefused(
        f"{model.name} called tools {MAX_ROUNDS} times without an answer. Ask for less at once."
    )


async def carry_out(proposal: Proposal, tools: Tools, ledger: Ledger, zone: tzinfo | None) -> Answer:
    """Make the calls that were approved, all of them or none where a task is not what was shown.

    The answer has dates in the zone.
    """
    ids = {row.id for row in proposal.rows}
    now = await ledger.rows(ids)
    if moved := [row for row in proposal.rows if row.id not in now or now[row.id].version != row.version]:
        names = ", ".join(f"task {row.id} (“{in_one_line(row.title)}”)" for row in moved)
        verb = "has" if len(moved) == 1 else "have"
        told = f"Since I asked, {names} {verb} changed or been deleted."
        return Answer(f"{told} I have done nothing; ask again.")
    changes = []
    for place, call in enumerate(proposal.calls):
        before = await _before(call, proposal.calls[:place], now, ledger)
        changes.append((call, await _change(call, before, tools, ledger)))
    return Answer("\n".join(sentence(*change, zone) for change in changes))


async def _apply(
    verdict: Verdict, rows: Mapping[int, Row], tools: Tools, ledger: Ledger
) -> list[tuple[ToolCall, ToolOutcome]]:
    outcomes = []
    reading = {spec.name for spec in tools.specs if spec.read_only}
    for call, problem in verdict.refused:
        outcome = ToolOutcome(problem, ok=False)
        await ledger.note(call, outcome)
        outcomes.append((call, outcome))
    for place, call in enumerate(verdict.run):
        if call.name in reading:
            outcome = await tools.call(call)
            await ledger.note(call, outcome)
        else:
            before = await _before(call, verdict.run[:place], rows, ledger)
            outcome = await _change(call, before, tools, ledger)
        outcomes.append((call, outcome))
    return outcomes


async def _before(
    call: ToolCall, earlier: Sequence[ToolCall], rows: Mapping[int, Row], ledger: Ledger
) -> Row | None:
    """The task of a call as it is then: not as in `rows` where an earlier call has changed it since."""
    number = task_id(call)
    if number is None:
        return None
    if any(task_id(other) == number for other in earlier):
        rows = await ledger.rows({number})
    return rows.get(number)


async def _change(call: ToolCall, before: Row | None, tools: Tools, ledger: Ledger) -> ToolOutcome:
    key = await ledger.intend(call, before)
    outcome = replace(await tools.call(call, key), before=before)
    await ledger.resolve(key, outcome)
    return outcome


def _ask(
    verdict: Verdict, rows: Mapping[int, Row], outcomes: Sequence[tuple[ToolCall, ToolOutcome]]
) -> Answer:
    shown = [
        f"- {describe(call, rows)}{' (it has changed since)' if is_outdated(call, rows) else ''}"
        for call in verdict.held
    ]
    named = {number for call in verdict.held if (number := task_id(call)) is not None}
    proposal = Proposal(verdict.held, tuple(rows[number] for number in sorted(named)))
    memory = {"shown": list(dict.fromkeys(filter(None, map(task_id, verdict.held))))} if named else None
    return Answer("\n".join([*_told(outcomes), *shown, ASK]), memory, proposal)


def _told(outcomes: Sequence[tuple[ToolCall, ToolOutcome]]) -> list[str]:
    return [told for call, outcome in outcomes if (told := sentence(call, outcome))]
