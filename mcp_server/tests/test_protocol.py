"""The protocol around the tools: every version that the SDK speaks, and requests that are odd."""

import json
import socket

import httpx2
import pytest
from conftest import Person, serving
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from todo_mcp.main import create_app
from todo_mcp.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
async def test_the_official_client_works_in_every_version_that_the_sdk_speaks(
    ada: Person, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client offers the newest of the versions with a handshake; here it knows of none after this one.
    monkeypatch.setattr("mcp.client.session.LATEST_HANDSHAKE_VERSION", version)
    mode = version if version in MODERN_PROTOCOL_VERSIONS else "legacy"
    async with ada.tools(mode=mode) as client:
        assert client.protocol_version == version
        assert {"search_tasks", "restore_task"} <= {tool.name for tool in (await client.list_tools()).tools}
        added = await client.call_tool("add_task", {"title": "Buy milk"})
        assert not added.is_error
        found = await client.call_tool("search_tasks", {"words": "milk"})
        [block] = found.content
        assert json.loads(block.text)["total"] == 1  # type: ignore[union-attr]
        refused = await client.call_tool("complete_task", {"task_id": 9})
        assert refused.is_error
    listed = await ada.call("list_tasks")
    assert [row["title"] for row in listed["tasks"]] == ["Buy milk"]


@pytest.mark.parametrize("path", ["/mcp/", "/.well-known/oauth-protected-resource/mcp", "/nowhere"])
async def test_what_is_not_there_is_a_404_in_json_and_no_redirect(mcp_url: str, path: str) -> None:
    answer = httpx2.get(mcp_url.removesuffix("/mcp") + path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_stream_that_a_client_wants_to_resume_begins_again(ada: Person) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Accept": "text/event-stream", "Last-Event-ID": "7"}
    with httpx2.stream("GET", ada.url, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")


async def test_an_offer_of_http_2_is_ignored(ada: Person, api_url: str) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}'
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {ada.token}\r\n"
        "Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n"
        "MCP-Protocol-Version: 2025-06-18\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
        f"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    app = create_app(Settings.model_validate({"TODO_API_URL": api_url}))
    # The protocol of the image, which has no httptools.
    with serving(app, http="h11") as url:
        port = httpx2.URL(url).port
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(head.encode())
            connection.sendall(body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK") and b'"search_tasks"' in answer
