"""A model behind the chat completions API of OpenAI, or of anything that speaks it."""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any

from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, omit
from openai.types.chat import ChatCompletionToolParam

from app.chat.moments import MOMENTS, with_offset
from app.chat.prompt import messages_of
from app.chat.protocol import Hear, Reply, ToolCall, ToolSpec, Turn
from app.chat.streamed import StreamedReply
from app.errors import Unavailable, UpstreamRefused
from app.wording import is_storable, storable

logger = logging.getLogger(__name__)


class OpenAIModel:
    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self.name = model

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        reply = StreamedReply()
        try:
            stream = await self._client.chat.completions.create(
                model=self.name,
                messages=messages_of(turns),
                tools=[_tool(spec) for spec in tools] or omit,
                stream=True,
            )
            async with stream:
                async for chunk in stream:
                    if words := reply.add(chunk):
                        await hear(storable(words))
        except APIConnectionError as error:
            logger.warning(
                "model API %s does not answer: %s", self._client.base_url, error.__cause__ or error
            )
            raise Unavailable(
                f"The model API does not answer ({error.message}) Try again in a moment."
            ) from None
        except APIStatusError as error:
            raise self._refusal(error) from None
        except APIError as error:
            raise UpstreamRefused(f"The model API sent no usable answer: {error.message}") from None
        except (ValueError, RecursionError):
            raise UpstreamRefused("The model API sent an answer that is no JSON.") from None
        return _reply(reply, next((turn.at.tzinfo for turn in reversed(turns) if turn.at), None) or UTC)

    def _refusal(self, error: APIStatusError) -> UpstreamRefused | Unavailable:
        status = error.status_code
        logger.warning("model API %s refused %s: %s", self._client.base_url, self.name, error.message)
        if status in (401, 403):
            return UpstreamRefused(
                f"The model API refused the key (HTTP {status}). Set OPENAI_API_KEY to a valid one."
            )
        if status == 404:
            return UpstreamRefused(
                f"The model API does not know {self.name!r}. Set OPENAI_MODEL or OPENAI_BASE_URL."
            )
        if status == 429 or status >= 500:
            return Unavailable(
                f"The model API is overloaded or out of quota (HTTP {status}). Try again later."
            )
        return UpstreamRefused(
            f"The model API refused the request (HTTP {status}). The backend's log has its reason."
        )


def _tool(spec: ToolSpec) -> ChatCompletionToolParam:
    return {
        "type": "function",
        "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters},
    }


def _reply(reply: StreamedReply, zone: tzinfo) -> Reply:
    # Half an answer may hold half of the calls: none of them is made.
    if reply.end is None:
        raise Unavailable("The model API broke off its answer. Try again.")
    if reply.end == "length" and reply.calls:
        raise UpstreamRefused("The model API cut its answer off at its limit. Ask for less at once.")
    calls = tuple(
        ToolCall(storable(call.id), storable(call.name), _arguments(call.arguments, zone))
        for call in reply.calls
    )
    content = storable(reply.words)
    if not calls and not content.strip():
        raise UpstreamRefused("The model API sent an empty answer.")
    # Where the rules take over again, they do not know which tasks these words list.
    return Reply(content, calls, memory={"shown": []})


def _arguments(text: str, zone: tzinfo) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not is_storable(value):
        return None
    local = {name: value[name] for name in MOMENTS if isinstance(value.get(name), str)}
    return {**value, **{name: with_offset(moment, zone) for name, moment in local.items()}}
