"""/metrics: on a port of its own, if one is given, with series that no client can multiply."""

import re
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest
from conftest import closed_port, serving, sign_up

from todo_mcp.main import create_app
from todo_mcp.settings import Settings

DOCS = Path(__file__).parents[2] / "docs/observability.md"

pytestmark = pytest.mark.anyio


async def test_calls_are_counted_by_tool_and_outcome_on_a_port_of_their_own(api_url: str) -> None:
    port = closed_port()
    settings = Settings.model_validate({"TODO_API_URL": api_url, "TODO_METRICS_PORT": str(port)})
    with serving(create_app(settings)) as url:
        ada = sign_up(api_url, f"{url}/mcp")
        await ada.call("add_task", title="Buy milk")
        await ada.refused("complete_task", task_id=999)
        await ada.refused("made_up")
        httpx2.get(f"{url}/made/up")
        assert httpx2.get(f"{url}/metrics").status_code == 404
        requests = "todo_http_request_duration_seconds_count"
        last = f'{requests}{{method="GET",route="none",status="404"}} 2.0'
        text = ""
        with anyio.fail_after(60):  # a request is counted when its response has been sent
            while last not in text:
                await anyio.lowlevel.checkpoint()
                text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    count = "todo_tool_call_duration_seconds_count"
    assert f'{count}{{outcome="done",tool="add_task"}} 1.0' in text
    assert f'{count}{{outcome="refused",tool="complete_task"}} 1.0' in text
    assert f'{requests}{{method="POST",route="/mcp",status="200"}}' in text
    assert "made" not in text and ada.id not in text
    listed = re.findall(r"^\| `(todo_\w+)[`{].*\| ([^|]+) \|$", DOCS.read_text(), re.MULTILINE)
    assert {name for name, services in listed if "mcp-server" in services} == set(
        re.findall(r"^# TYPE (todo_\w+) ", text, re.MULTILINE)
    )


async def test_without_a_port_nothing_is_served(mcp_url: str) -> None:
    assert httpx2.get(mcp_url.replace("/mcp", "/metrics")).status_code == 404
