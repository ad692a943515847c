"""The shapes between the loop, a model and the tools; those of chat completions, less what is not used."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class ToolCall:
    """What a model wants done. `arguments` is None where it wrote no JSON object that can be stored.

    `version` is the one of the task that the call is meant for, where it is meant for no other.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None
    version: str | None = None


@dataclass(frozen=True)
class Row:
    """A task as it was when it was looked at; `version` differs after every change."""

    id: int
    title: str
    description: str
    version: str
    completed: bool = False
    priority: str = "none"
    tags: tuple[str, ...] = ()
    due_at: str | None = None
    deleted: bool = False


@dataclass(frozen=True)
class ToolOutcome:
    """What a tool answered: a JSON value, or the words of its refusal where `ok` is false.

    `before` is the task as it was before a change of it.
    """

    result: Any
    ok: bool
    before: Row | None = None


@dataclass(frozen=True)
class ToolSpec:
    """A tool without hints is taken for one that destroys."""

    name: str
    description: str
    parameters: dict[str, Any]
    read_only: bool = False
    destructive: bool = True


@dataclass(frozen=True)
class Turn:
    """One message. An assistant's may carry calls and a memory; a tool's answers the call that it names.

    `at` is when a user said it, in their time zone.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: str | None = None
    outcome: ToolOutcome | None = None
    memory: dict[str, Any] | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """Either calls to make, or the words that end the turn.

    `memory` is stored with the words and comes back with them in later turns: what a model wants to know
    about its own answer, as JSON.
    """

    content: str = ""
    calls: tuple[ToolCall, ...] = field(default=())
    memory: dict[str, Any] | None = None


Hear = Callable[[str], Awaitable[None]]
"""Gets the words of an answer piece by piece."""


class Model(Protocol):
    """`name` is what `answered_by` reports."""

    @property
    def name(self) -> str: ...

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        """The next step of a turn. `hear` gets its words while they are written, by a model that streams.

        Raises UpstreamRefused or Unavailable.
        """
        ...


class Tools(Protocol):
    @property
    def specs(self) -> Sequence[ToolSpec]: ...

    async def call(self, call: ToolCall, key: str | None = None) -> ToolOutcome:
        """A refusal that the model can act on is an outcome; raises Unavailable where no tool answers.

        The same `key` again adds nothing twice, where the tool takes one.
        """
        ...
