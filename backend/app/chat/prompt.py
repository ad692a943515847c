"""What a model is sent of a conversation: all of its turns, none of them without bound.

A list of tasks is as long as its owner likes, and would be sent again with every turn that follows.
"""

import json
from collections.abc import Sequence
from typing import Any

from openai.types.chat import ChatCompletionMessageParam

from app.chat.protocol import ToolCall, ToolOutcome, Turn

EARLIER_MAX = 2_000
"""Characters of a message before the last one of the user."""
RESULT_MAX = 12_000
RESULTS_MAX = 40_000
"""Characters of one result of a tool, and of all that the model is sent: the latest ones first."""
DESCRIPTION_MAX = 100
SHORTENED = "… (shortened)"


def messages_of(turns: Sequence[Turn]) -> list[ChatCompletionMessageParam]:
    """The turns as messages of chat completions."""
    asked_at = max((place for place, turn in enumerate(turns) if turn.role == "user"), default=0)
    room = RESULTS_MAX
    messages: list[ChatCompletionMessageParam] = []
    for place in reversed(range(len(turns))):
        turn = turns[place]
        if turn.role == "tool":
            assert turn.answers is not None and turn.outcome is not None
            content = written(turn.outcome, min(RESULT_MAX, room))
            room = max(0, room - len(content))
            messages.append({"role": "tool", "tool_call_id": turn.answers, "content": content})
        else:
            messages.append(_message(turn, is_earlier=place < asked_at))
    return messages[::-1]


def written(outcome: ToolOutcome, room: int) -> str:
    """An outcome as JSON of about `room` characters at most; a list of tasks loses the last of them first."""
    whole = json.dumps({"ok": outcome.ok, "result": outcome.result})
    if len(whole) <= room:
        return whole
    result = outcome.result
    if isinstance(result, dict) and isinstance(result.get("tasks"), list):
        kept: list[Any] = []
        for task in map(_brief, result["tasks"]):
            room -= len(json.dumps(task)) + 2
            if room < 0:
                break
            kept.append(task)
        left_out = len(result["tasks"]) - len(kept)
        return json.dumps({"ok": outcome.ok, "result": {**result, "tasks": kept, "left_out": left_out}})
    return json.dumps({"ok": outcome.ok, "result": shortened(json.dumps(result), room)})


def shortened(text: str, room: int) -> str:
    return text if len(text) <= room else text[:room] + SHORTENED


def _brief(task: Any) -> Any:
    if not isinstance(task, dict):
        return task
    return {**task, "description": shortened(str(task.get("description", "")), DESCRIPTION_MAX)}


def _message(turn: Turn, *, is_earlier: bool) -> ChatCompletionMessageParam:
    if turn.role == "system":
        return {"role": "system", "content": turn.content}
    content = shortened(turn.content, EARLIER_MAX) if is_earlier else turn.content
    if turn.role == "user":
        return {"role": "user", "content": content}
    if not turn.calls:
        return {"role": "assistant", "content": content}
    calls = [_call(call) for call in turn.calls]
    return {"role": "assistant", "content": content or None, "tool_calls": calls}


def _call(call: ToolCall) -> Any:
    function = {"name": call.name, "arguments": json.dumps(call.arguments or {})}
    return {"id": call.id, "type": "function", "function": function}
