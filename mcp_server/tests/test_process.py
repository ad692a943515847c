"""The process: its probes, revision, settings and end."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest
from conftest import Person, closed_port, serving, sign_up
from todo_api import TodoApi

from todo_mcp import __version__, revision

SERVICE_DIR = Path(__file__).resolve().parent.parent


@contextmanager
def process(**environment: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m todo_mcp`, ended at the latest with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "todo_mcp"],
        cwd=SERVICE_DIR,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def serves(started: subprocess.Popen[str]) -> None:
    """Reads the log until the server says that it listens."""
    assert started.stderr is not None
    assert any("Uvicorn running on" in line for line in started.stderr), "it ended before it listened"


def test_health_tells_service_version_and_revision_whatever_the_host_header(mcp_url: str) -> None:
    answer = httpx2.get(mcp_url.replace("/mcp", "/health"), headers={"Host": "10.42.0.7:8080"})
    assert answer.json() == {
        "status": "ok",
        "service": "mcp-server",
        "version": __version__,
        "revision": revision.current(),
    }


HEALTH_CHECKS = re.findall(r"HEALTHCHECK [^\[]* CMD (\[.+\])", (SERVICE_DIR / "Dockerfile").read_text())


@pytest.mark.parametrize("command", HEALTH_CHECKS)
def test_the_health_check_of_the_image_passes_while_the_service_answers(mcp_url: str, command: str) -> None:
    """Also where Docker's client gives all containers a proxy, which knows nothing of their own addresses."""
    program, *arguments = json.loads(command)
    assert program == "python"
    proxy = {name: f"http://127.0.0.1:{closed_port()}" for name in ("HTTP_PROXY", "http_proxy")}

    def checked(port: int | None) -> "subprocess.CompletedProcess[str]":
        env = {**os.environ, **proxy, "PORT": str(port)}
        run = [sys.executable, *arguments]
        return subprocess.run(run, cwd=SERVICE_DIR, env=env, capture_output=True, text=True)

    assert checked(httpx2.URL(mcp_url).port).returncode == 0
    refused = checked(closed_port())
    assert refused.returncode == 1
    assert refused.stderr.startswith("mcp-server: /health does not answer: ")


def test_both_stages_of_the_image_have_a_health_check() -> None:
    assert len(HEALTH_CHECKS) == 2


def test_the_revision_covers_names_and_contents_of_source_files_only(tmp_path: Path) -> None:
    package = tmp_path / "todo_mcp"
    for name, content in {
        "b.py": b"b",
        "a/c.py": b"c",
        "a.py": b"a",
        "a/__pycache__/c.pyc": b"no",
        "b.py~": b"no",
        ".hidden/x.py": b"no",
        "stale.pyc": b"no",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(content)
    (tmp_path / "README.md").write_text("no")
    expected = hashlib.sha256()
    for name, content in (("todo_mcp/a.py", b"a"), ("todo_mcp/a/c.py", b"c"), ("todo_mcp/b.py", b"b")):
        expected.update(name.encode() + b"\0" + hashlib.sha256(content).hexdigest().encode() + b"\n")
    assert revision.current(tmp_path) == expected.hexdigest()[:12]

    (package / "b.py").rename(package / "d.py")
    renamed = revision.current(tmp_path)
    assert renamed != expected.hexdigest()[:12]
    (tmp_path / "REVISION").write_text("0123456789ab\n")
    assert revision.current(tmp_path) == "0123456789ab"
    assert revision.of_source(tmp_path) == renamed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TODO_API_URL", "backend:8000"),
        ("PORT", "tcp://10.0.0.1:80"),
        ("TODO_MCP_ALLOWED_HOSTS", "a,*.svc"),
        ("TODO_UNREADY_SECONDS", "2s"),
    ],
)
def test_an_unusable_setting_ends_the_process_with_one_line_that_names_it(name: str, value: str) -> None:
    with process(**{name: value}) as started:
        _, log = started.communicate(timeout=60)
        assert started.returncode == 1
    assert log.startswith(f"error: {name}: ")
    assert log.count("\n") == 1


@pytest.mark.anyio
async def test_after_sigterm_the_process_is_unready_then_drains_and_a_call_under_way_ends() -> None:
    held = TodoApi()
    port = closed_port()
    settings = {"PORT": str(port), "TODO_UNREADY_SECONDS": "600"}
    with serving(held.app()) as api_url, process(TODO_API_URL=api_url, **settings) as started:
        await anyio.to_thread.run_sync(serves, started)
        ada: Person = sign_up(api_url, f"http://127.0.0.1:{port}/mcp")
        titles = []

        async def add() -> None:
            async with ada.tools() as client:
                # Without it the client asks for the tools after the call, to check the result.
                await client.list_tools()
                result = await client.call_tool("add_task", {"title": "Kept"})
                assert result.structured_content is not None
                titles.append(result.structured_content["title"])

        held.gate.clear()
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                group.start_soon(add)
                try:
                    assert await anyio.to_thread.run_sync(held.arrived.wait, 30)
                    assert await _status(port, "/ready") == 200
                    started.send_signal(signal.SIGTERM)
                    while await _status(port, "/ready") != 503:
                        await anyio.lowlevel.checkpoint()
                    assert await _status(port, "/health") == 200
                    started.send_signal(signal.SIGTERM)  # does not wait any longer
                    await anyio.to_thread.run_sync(_says, started, "Shutting down")
                finally:
                    held.gate.set()
            await anyio.to_thread.run_sync(started.wait)
        assert titles == ["Kept"]
        assert started.returncode in (0, -signal.SIGTERM)


@pytest.mark.anyio
async def test_a_request_that_crosses_sigterm_on_a_kept_connection_is_answered() -> None:
    port = closed_port()
    with process(PORT=str(port)) as started:
        serves(started)
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert "Connection" not in (await client.get("/health")).headers
            started.send_signal(signal.SIGTERM)
            _says(started, "Shutting down")
            assert (await client.get("/health")).headers["Connection"] == "close"
        assert started.wait(60) in (0, -signal.SIGTERM)


async def _status(port: int, path: str) -> int:
    """Of an answer on a connection of its own."""
    async with httpx2.AsyncClient(timeout=20) as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code


def _says(started: subprocess.Popen[str], words: str) -> None:
    assert started.stderr is not None
    assert any(words in line for line in started.stderr), f"it ended without saying {words!r}"
