"""The loop: ask the model, do what it asks for, tell it what came of it, until it has an answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.chat.protocol import Model, Tools, Turn
from app.errors import UpstreamRefused

MAX_ROUNDS = 6

Record = Callable[[dict[str, Any]], Awaitable[None]]


async def answer(model: Model, tools: Tools, turns: Sequence[Turn], record: Record) -> str:
    """The final words. `record` gets {name, arguments, result, ok} of each call as soon as it is done."""
    turns = list(turns)
    for _ in range(MAX_ROUNDS):
        reply = await model.complete(turns, tools.specs)
        if not reply.calls:
            return reply.content
        turns.append(Turn("assistant", reply.content, calls=reply.calls))
        for call in reply.calls:
            outcome = await tools.call(call)
            await record(
                {
                    "name": call.name,
                    "arguments": call.arguments or {},
                    "result": outcome.result,
                    "ok": outcome.ok,
                }
            )
            turns.append(Turn("tool", "", answers=call.id, outcome=outcome))
    raise UpstreamRefused(
        f"{model.name} called tools {MAX_ROUNDS} times without an answer. Ask for less at once."
    )
