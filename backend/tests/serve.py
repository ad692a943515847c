"""Serves a backend, the MCP server and a PostgreSQL to tests of other programs.

The assistant is the rule-based one. Two more backends on the same database have other models: one repeats the
message, or makes the calls that the message lists as JSON; the other breaks off after its first step. The
first line of output that is JSON has the URLs of all. It ends by SIGTERM, or with its input.
"""

import json
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from model_api import ModelApi, calls_all, says
from postgres import migrate, running_server
from servers import running_stack, serving

from app.chat.assistant import Models
from app.chat.protocol import Hear, Reply, ToolSpec, Turn
from app.chat.rules import RuleBased
from app.errors import Unavailable


class BreaksOff(RuleBased):
    """Begins as the rule-based assistant does, and fails where it would go on."""

    name = "breaks-off"

    async def complete(self, turns: Sequence[Turn], tools: Sequence[ToolSpec], hear: Hear) -> Reply:
        reply = await super().complete(turns, tools, hear)
        if reply.calls and turns[-1].role == "user":
            return reply
        raise Unavailable("The model does not answer.")


def main() -> None:
    # As an exception, so that all of it is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with ExitStack() as stack:
        database_url = stack.enter_context(running_server()).new_database()
        migrate(database_url)
        backend = stack.enter_context(running_stack(database_url, assistant="offline"))
        mcp_url = backend.app.state.settings.mcp_url
        model_url = stack.enter_context(serving(ModelApi(repeat).app))
        repeating = stack.enter_context(
            running_stack(
                database_url,
                assistant="openai",
                mcp_url=mcp_url,
                OPENAI_API_KEY="a-model-key",
                OPENAI_BASE_URL=f"{model_url}/v1",
                OPENAI_MODEL="repeats",
            )
        )
        breaking = stack.enter_context(running_stack(database_url, assistant="offline", mcp_url=mcp_url))
        # Its own are set as soon as it serves.
        breaking.http.get("/health").raise_for_status()
        breaking.app.state.models = Models(BreaksOff())
        urls = {
            "backend": backend.url,
            "mcp": mcp_url,
            "repeating_backend": repeating.url,
            "breaking_backend": breaking.url,
        }
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


def repeat(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of a model that says what the user said, or makes the calls: `[[name, arguments], …]`."""
    said = [message["content"] for message in request["messages"] if message["role"] == "user"][-1]
    if said.startswith("[[") and request["messages"][-1]["role"] == "user":
        return calls_all(*json.loads(said))
    return says(said)


if __name__ == "__main__":
    main()
