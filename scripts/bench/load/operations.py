"""What the users of a stack do, each as a new user: reading 50 tasks, adding one, a chat turn, an MCP call."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from scripts.bench.load.traffic import Operation
from scripts.core.errors import UserError

READ, ADD, CHAT, MCP = OPERATIONS = ("read", "add", "chat", "mcp")
MIX = "mix"
"""All of them in turn, by SHARES."""
SHARES = {READ: 14, ADD: 3, CHAT: 1, MCP: 2}
"""How many of the mix's twenty requests each operation is."""
ABOUT = {READ: "read 50 tasks", ADD: "add a task", CHAT: "chat turn", MCP: "MCP call", MIX: "the mix"}
TASKS = 50
MCP_HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Account:
    id: str
    headers: dict[str, str]


def register(http: httpx.Client, tasks: int = 0) -> Account:
    """A new user, with so many tasks."""
    body = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_urlsafe(16)}
    answer = _ok(http.post("/api/auth/register", json=body)).json()
    account = Account(answer["user"]["id"], {"Authorization": f"Bearer {answer['access_token']}"})
    for number in range(1, tasks + 1):
        _ok(http.post("/api/me/tasks", json={"title": f"task {number}"}, headers=account.headers))
    return account


def of(url: str) -> tuple[dict[str, Operation], Account]:
    """The operations by their names, and the user whose tasks are read. Each has a user of its own: what one adds would
    make the reading of another longer from request to request."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        reader, adder, talker, caller = (register(http, TASKS), register(http), register(http), register(http, TASKS))
    found = (
        Operation(READ, "GET", f"{url}/api/me/tasks?limit={TASKS}", reader.headers),
        Operation(ADD, "POST", f"{url}/api/me/tasks", adder.headers, lambda number: {"title": f"task {number}"}),
        Operation(CHAT, "POST", f"{url}/api/me/chat", talker.headers, _message, no_tool_ran),
        Operation(MCP, "POST", f"{url}/mcp", {**caller.headers, **MCP_HEADERS}, _tool_call, tool_error),
    )
    return {operation.name: operation for operation in found}, reader


def direct(found: Mapping[str, Operation], url: str) -> dict[str, Operation]:
    """Those of the operations that the bare server has too, of the same users, sent to the backend at `url` itself."""
    paths = {name: httpx.URL(found[name].url).raw_path.decode() for name in (READ, ADD)}
    return {name: replace(found[name], url=f"{url}{path}") for name, path in paths.items()}


def mixed(found: Mapping[str, Operation]) -> list[Operation]:
    """A round of the mix, each operation spread over it as evenly as its share allows."""
    total = sum(SHARES.values())
    placed = [((turn + 0.5) * total / share, name) for name, share in SHARES.items() for turn in range(share)]
    return [found[name] for _, name in sorted(placed)]


def separate(found: Mapping[str, Operation]) -> dict[str, Sequence[Operation]]:
    """A round of each operation, which has nothing else."""
    return {name: [operation] for name, operation in found.items()}


def with_mix(found: Mapping[str, Operation]) -> dict[str, Sequence[Operation]]:
    """A round of each operation, then one of the mix."""
    return {**separate(found), MIX: mixed(found)}


def titles(http: httpx.Client, path: str, headers: dict[str, str]) -> list[str]:
    return [task["title"] for task in _ok(http.get(path, headers=headers)).json()]


def _message(number: int) -> dict[str, str]:
    """Without a conversation, so each turn begins one and is as long as the others."""
    return {"message": f"Add a task to call number {number}"}


def _tool_call(number: int) -> dict[str, Any]:
    call = {"name": "list_tasks", "arguments": {}}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": call}


def no_tool_ran(content: bytes) -> str:
    answer = json.loads(content)
    made = [call["ok"] for call in answer.get("tool_calls", ())]
    return "" if made and all(made) else f"no tool call succeeded: {content[:200].decode(errors='replace')}"


def tool_error(content: bytes) -> str:
    """An MCP error has status 200."""
    answer = json.loads(content)
    failed = "error" in answer or answer["result"].get("isError")
    return content[:200].decode(errors="replace") if failed else ""


def _ok(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        what = f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:200]}"
        raise UserError(what, "see: ./dev logs")
    return answer
