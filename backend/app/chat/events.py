"""What happens in a turn, told while it happens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["start", "model", "delta", "tool_call", "tool_result", "done", "error"]


@dataclass(frozen=True)
class Event:
    """`data` is a JSON object:

    - start: conversation_id, and answered_by, the model that is asked first;
    - model: answered_by, the one that answers instead; what was told of its words before counts no more;
    - delta: text, the next piece of the words that a model writes, if it streams them;
    - tool_call: id, name, arguments; tool_result: id, ok, result. Ids count the calls of the turn;
    - done: the whole answer, as `POST /chat` gives it;
    - error: a problem document, as `POST /chat` gives it.
    """

    kind: Kind
    data: dict[str, Any]


Tell = Callable[[Event], Awaitable[None]]


async def nobody(_event: Event) -> None:
    """For a turn that nobody watches."""
