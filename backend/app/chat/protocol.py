"""The shapes between the loop, a model and the tools; those of chat completions, less what is not used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class ToolCall:
    """What a model wants done. `arguments` is None where it wrote no JSON object that can be stored."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True)
class ToolOutcome:
    """What a tool answered: a JSON value, or the words of its refusal where `ok` is false."""

    result: Any
    ok: bool


@dataclass(frozen=True)
class ToolSpec:
    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message. An assistant's may carry calls; a tool's answers the call that it names."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: str | None = None
    outcome: ToolOutcome | None = None


@dataclass(frozen=True)
class Reply:
    """Either calls to make, or the words that end the turn."""

    content: str = ""
    calls: tuple[ToolCall, ...] = field(default=())


class Model(Protocol):
    """`name` is what `answered_by` reports."""

    @property
    def name(self) -> str: ...

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec]) -> Reply:
        """Raises UpstreamRefused or Unavailable."""
        ...


class Tools(Protocol):
    @property
    def specs(self) -> Sequence[ToolSpec]: ...

    async def call(self, call: ToolCall) -> ToolOutcome:
        """A refusal that the model can act on is an outcome; raises Unavailable where no tool answers."""
        ...
