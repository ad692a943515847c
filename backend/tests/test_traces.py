"""Traces: from a request that a frontend passes on to the database, the model and the tools, in one trace."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from collector import Collector, Span, collecting
from model_api import ModelApi, calls, says
from postgres import BACKEND
from servers import KEYS, closed_port, serving
from waiting import until

MCP_SERVER = BACKEND.parent / "mcp_server"
TRACE, PARENT = "a" * 32, "b" * 16


@contextmanager
def process(module: str, **environment: str) -> Iterator[None]:
    """`python -m MODULE`, once it answers. It sends its spans when it ends, with the block."""
    folder = BACKEND if module == "app" else MCP_SERVER
    env = {**os.environ, "OTEL_BSP_SCHEDULE_DELAY": "3600000", **environment}
    with subprocess.Popen([sys.executable, "-m", module], cwd=folder, env=env) as started:
        try:
            url = f"http://127.0.0.1:{environment['PORT']}/health"
            until(lambda: answers(url) or started.poll() is not None)
            assert started.poll() is None
            yield
            started.send_signal(signal.SIGINT)
            assert started.wait(60) == 0
        finally:
            started.kill()


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, headers={"Connection": "close"}).is_success
    except httpx2.TransportError:
        return False


def spans_of(collector: Collector) -> list[Span]:
    """Those of the one trace."""
    return [span for span in collector.spans if span.trace == TRACE]


def test_a_chat_turn_is_one_trace_through_all_that_it_calls(database_url: str) -> None:
    model = ModelApi(calls("add_task", {"title": "Buy milk"}), says("Done."))
    port, mcp_port = closed_port(), closed_port()
    url = f"http://127.0.0.1:{port}"
    with collecting() as collector, serving(model.app) as model_url:
        export = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        with (
            process(
                "app",
                PORT=str(port),
                TODO_DATABASE_URL=database_url,
                TODO_JWT_KEYS=KEYS,
                TODO_MCP_URL=f"http://127.0.0.1:{mcp_port}/mcp",
                TODO_CHAT_BUDGET_SECONDS="60",
                OPENAI_API_KEY="sk-test",
                OPENAI_BASE_URL=f"{model_url}/v1",
                **export,
            ),
            # Ends first, and with it the connections that it keeps to the other.
            process("todo_mcp", PORT=str(mcp_port), TODO_API_URL=url, **export),
            httpx2.Client(base_url=url, timeout=60, headers={"Connection": "close"}) as http,
        ):
            body = {"email": "traced@todo.test", "password": "a long password"}
            token = http.post("/api/auth/register", json=body).raise_for_status().json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            traced = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            said = {"message": "Buy milk"}
            http.post("/api/me/chat", json=said, headers=traced, timeout=120).raise_for_status()
            http.get("/api/me/tasks", params={"q": "private"}).raise_for_status()

    assert collector.of("todo-backend", "GET /api/{user_id}/tasks")
    spans = spans_of(collector)
    assert {span.parent for span in spans} <= {PARENT, *(span.id for span in spans)}
    (turn,) = [span for span in spans_of(collector) if span.parent == PARENT]
    assert (turn.service, turn.name) == ("todo-backend", "POST /api/{user_id}/chat")
    above = [(turn.service, turn.name), ("", "")]

    replies = collector.of("todo-backend", "chat gpt-5.4-mini")
    assert len(replies) == 2 and all(collector.ancestors(span) == above for span in replies)

    (tool,) = collector.of("todo-mcp-server", "tools/call add_task")
    assert collector.ancestors(tool)[-2:] == above
    assert {service for service, _ in collector.ancestors(tool)[:-2]} <= {"todo-backend", "todo-mcp-server"}

    (added,) = [
        span for span in collector.of("todo-backend", "POST /api/{user_id}/tasks") if span.trace == TRACE
    ]
    assert ("todo-mcp-server", "POST backend") in collector.ancestors(added)
    assert ("todo-mcp-server", tool.name) in collector.ancestors(added)
    inserts = [span for span in collector.of("todo-backend", "INSERT") if span.parent == added.id]
    assert any("INSERT INTO tasks" in span.attributes["db.query.text"] for span in inserts)
    assert any(
        "FROM tasks" in span.attributes["db.query.text"] for span in collector.of("todo-backend", "SELECT")
    )

    told = str(collector.spans)
    assert not [word for word in ("private", "Buy milk", "traced@todo.test", token) if word in told]
    assert not [span for span in collector.spans if "/health" in span.name or "/ready" in span.name]


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys, asyncio\n"
        "from app.main import app\n"
        "async def main():\n"
        "    async with app.router.lifespan_context(app):\n"
        "        loaded = [name for name in sys.modules if name.startswith('opentelemetry.')]\n"
        "        print([name for name in loaded if name.split('.')[1] in ('sdk', 'exporter', 'proto')])\n"
        "asyncio.run(main())\n"
    )
    env = {"TODO_DATABASE_URL": "postgresql://todo@127.0.0.1:1/todo", "TODO_JWT_KEYS": KEYS}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BACKEND,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
