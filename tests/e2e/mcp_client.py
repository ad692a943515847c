"""The official MCP client, connected to the frontend's /mcp."""

from __future__ import annotations

from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


def describe_tools(url: str, token: str) -> dict[str, str]:
    """Name → description of every tool."""

    async def ask() -> dict[str, str]:
        async with _http(token) as http, Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client:
            return {tool.name: tool.description or "" for tool in (await client.list_tools()).tools}

    return anyio.run(ask)


def call_tool(url: str, token: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The structured result of a tool; fails if the tool reports an error."""

    async def ask() -> dict[str, Any]:
        async with _http(token) as http, Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client:
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result.content
            assert result.structured_content is not None
            return dict(result.structured_content)

    return anyio.run(ask)


def _http(token: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30)
