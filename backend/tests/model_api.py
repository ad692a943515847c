"""A server that speaks chat completions, streamed, and answers from a script."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from servers import Person
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Answer = dict[str, Any] | Response | Callable[[dict[str, Any]], dict[str, Any] | Response]
Talk = Callable[..., tuple[Person, "ModelApi"]]
"""Makes a user of a backend whose model gives the answers."""
MODEL_KEY = "a-model-key"


def says(text: str) -> dict[str, Any]:
    return _completion({"role": "assistant", "content": text})


def calls(name: str, arguments: dict[str, Any] | str) -> dict[str, Any]:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": written}}
    return _completion({"role": "assistant", "content": None, "tool_calls": [call]})


def calls_all(*wanted: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Several calls in one reply."""
    made = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for n, (name, arguments) in enumerate(wanted)
    ]
    return _completion({"role": "assistant", "content": None, "tool_calls": made})


def fails(status: int) -> Response:
    return JSONResponse({"error": {"message": f"scripted {status}"}}, status_code=status)


class ModelApi:
    """`answers` are used up in order, the last one for ever; `requests` is what was asked, with its key."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    def tool_results(self) -> list[dict[str, Any]]:
        """What the last request told the model of its calls."""
        messages = self.requests[-1]["messages"]
        return [json.loads(message["content"]) for message in messages if message["role"] == "tool"]

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(body)
        if isinstance(answer, Response):
            return answer
        assert body["stream"] is True
        return StreamingResponse(chunks_of(answer), media_type="text/event-stream")


async def chunks_of(completion: dict[str, Any], *, end: str | None = "stop") -> AsyncIterator[str]:
    """The events of a completion, each text in two pieces; without an `end` it breaks off."""
    for choice in completion["choices"] or [None]:
        if choice is None:
            yield _event(None)
            continue
        message = choice["message"]
        for place, call in enumerate(message.get("tool_calls") or []):
            function = call["function"]
            first, second = _halves(function["arguments"])
            start = {"name": function["name"], "arguments": first}
            yield _event({"tool_calls": [{**call, "index": place, "function": start}]})
            yield _event({"tool_calls": [{"index": place, "function": {"arguments": second}}]})
        for part in _halves(message["content"] or ""):
            yield _event({"content": part})
        if end is not None:
            yield _event({}, end)
    if end is not None:
        yield "data: [DONE]\n\n"


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


def _event(delta: dict[str, Any] | None, finish_reason: str | None = None) -> str:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": choices,
    }
    # Only escaped can half of a surrogate pair be sent.
    return f"data: {json.dumps(chunk)}\n\n"


def _completion(message: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"message": message}]}
