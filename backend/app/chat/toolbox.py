"""Tools of the MCP server, called over streamable HTTP with the caller's own token."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio.lowlevel
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, CallToolResult, TextContent, Tool
from opentelemetry import propagate

from app import request_ids
from app.chat.protocol import ToolCall, ToolOutcome, ToolSpec
from app.errors import Unavailable

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
POOL_SECONDS = 3
"""An idle connection is kept for so long: not until its server closes it, maybe while a request is sent."""
CONNECT_RETRIES = 3
"""Of refused connections, within 1.5 s: longer than a node takes to learn that a pod has come or gone."""
KEY = "idempotency_key"
"""An argument by which a tool knows the repetition of a call."""


class Toolbox:
    """An open MCP session and the tools it offers."""

    def __init__(self, client: Client, tools: Sequence[Tool]) -> None:
        self._client = client
        self._takes_key = {tool.name for tool in tools if KEY in tool.input_schema.get("properties", {})}
        self.specs = [_spec(tool) for tool in tools]

    async def call(self, call: ToolCall, key: str | None = None) -> ToolOutcome:
        arguments = {k: v for k, v in (call.arguments or {}).items() if k != KEY}
        if key is not None and call.name in self._takes_key:
            arguments[KEY] = key
        try:
            result = await self._client.call_tool(call.name, arguments)
        except MCPError as error:
            if error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
                return ToolOutcome(error.message, ok=False)
            raise
        return _outcome(result)


@asynccontextmanager
async def open_toolbox(url: str, token: str) -> AsyncIterator[Toolbox]:
    """Raises Unavailable, here or from within the block, where the MCP server fails."""
    refused: list[int] = []

    async def note_status(response: httpx2.Response) -> None:
        if response.status_code >= 400:
            refused.append(response.status_code)

    http = httpx2.AsyncClient(
        headers={"Authorization": f"Bearer {token}", **request_ids.headers()},
        timeout=TIMEOUT_SECONDS,
        transport=httpx2.AsyncHTTPTransport(
            limits=httpx2.Limits(keepalive_expiry=POOL_SECONDS), retries=CONNECT_RETRIES
        ),
        # Proxy variables are for the way out of the cluster; this call within it carries a user's token.
        trust_env=False,
        event_hooks={"request": [_carry_trace], "response": [note_status]},
    )
    try:
        async with http, Client(streamable_http_client(url, http_client=http)) as client:
            listed = await client.list_tools()
            yield Toolbox(client, listed.tools)
    except BaseException as error:
        # The transport's task group wraps what happens inside it, the caller's own errors too.
        cause = _only_cause(error)
        if not isinstance(cause, MCPError | httpx2.HTTPError):
            raise cause from None
        # Who stops the turn closes the connection, too: that is no failure of the server.
        await anyio.lowlevel.checkpoint_if_cancelled()
        reason = f"HTTP {refused[-1]}" if refused else " ".join(str(cause).split())
        logger.warning("MCP server %s failed: %s", url, reason)
        raise Unavailable(f"The task tools do not answer ({reason}). Try again in a few seconds.") from None


async def _carry_trace(request: httpx2.Request) -> None:
    propagate.inject(request.headers)


def _only_cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _spec(tool: Tool) -> ToolSpec:
    """Without what is not for a model to say: who acts, which the token does, and what is a repetition."""
    schema = dict(tool.input_schema)
    properties = schema.get("properties", {})
    schema["properties"] = {k: v for k, v in properties.items() if k not in ("user_id", KEY)}
    hints = tool.annotations
    return ToolSpec(
        tool.name,
        tool.description or "",
        schema,
        read_only=bool(hints and hints.read_only_hint),
        destructive=hints is None or hints.destructive_hint is not False,
    )


def _outcome(result: CallToolResult) -> ToolOutcome:
    words = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
    value: Any = words
    if result.structured_content is not None and not result.is_error:
        value = result.structured_content
    return ToolOutcome(value, ok=not result.is_error)
