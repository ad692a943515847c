"""Serves a backend, the MCP server and a PostgreSQL to tests of other programs.

The assistant is the rule-based one; a second backend on the same database has a model that repeats the
message. The first line of output that is JSON has the URLs of both and of the MCP server. It ends by SIGTERM,
or with its input.
"""

import json
import signal
import sys
from contextlib import ExitStack
from typing import Any

from model_api import ModelApi, says
from postgres import migrate, running_server
from servers import running_stack, serving


def main() -> None:
    # As an exception, so that all of it is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with ExitStack() as stack:
        database_url = stack.enter_context(running_server()).new_database()
        migrate(database_url)
        backend = stack.enter_context(running_stack(database_url, assistant="offline"))
        model_url = stack.enter_context(serving(ModelApi(repeat).app))
        repeating = stack.enter_context(
            running_stack(
                database_url,
                assistant="openai",
                mcp_url=backend.app.state.settings.mcp_url,
                OPENAI_API_KEY="a-model-key",
                OPENAI_BASE_URL=f"{model_url}/v1",
                OPENAI_MODEL="repeats",
            )
        )
        urls = {
            "backend": backend.url,
            "mcp": backend.app.state.settings.mcp_url,
            "repeating_backend": repeating.url,
        }
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


def repeat(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of a model that says what the user said."""
    said = [message["content"] for message in request["messages"] if message["role"] == "user"]
    return says(said[-1])


if __name__ == "__main__":
    main()
