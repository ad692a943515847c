"""The assistant and the MCP tools, through the NodePort frontend."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import RULE_BASED, User
from tests.e2e.deployed import Deployed
from tests.e2e.mcp_client import call_tool, describe_tools

TOOLS = {"add_task", "list_tasks", "search_tasks", "update_task"}
TOOLS |= {"complete_task", "reopen_task", "delete_task", "restore_task"}


def test_an_mcp_client_lists_and_calls_the_tools(stack: Deployed, http: httpx.Client, user: User) -> None:
    assert set(describe_tools(stack.url, user.token)) >= TOOLS
    made = call_tool(stack.url, user.token, "add_task", {"title": "From outside"})
    assert (made["status"], made["title"]) == ("created", "From outside")
    rows = http.get("/api/me/tasks", headers=user.auth).json()
    assert [(row["id"], row["title"]) for row in rows] == [(made["task_id"], "From outside")] == [(1, "From outside")]


def test_who_looks_for_an_oauth_server_gets_a_404_in_json(http: httpx.Client) -> None:
    for path in ("oauth-protected-resource/mcp", "oauth-authorization-server"):
        answer = http.get(f"/.well-known/{path}")
        assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_mcp_refuses_a_caller_without_a_token(http: httpx.Client) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert http.post("/mcp", json=call, headers=accept).status_code == 401


def test_a_chat_turn_adds_a_row(http: httpx.Client, user: User) -> None:
    turn = http.post("/api/me/chat", json={"message": "Add a task to buy groceries"}, headers=user.auth)
    assert turn.status_code == 200, turn.text
    calls = [(call["name"], call["ok"]) for call in turn.json()["tool_calls"]]
    titles = [row["title"].lower() for row in http.get("/api/me/tasks", headers=user.auth).json()]
    assert ("add_task", True) in calls
    assert any("groceries" in title for title in titles), titles
    if turn.json()["answered_by"] == RULE_BASED:
        assert calls == [("add_task", True)]
        assert titles == ["buy groceries"]


def test_a_conversation_goes_on_and_stays_private(http: httpx.Client, user: User, register: Callable[[], User]) -> None:
    first = http.post("/api/me/chat", json={"message": "Add a task to water plants"}, headers=user.auth).json()
    again = {"message": "What's pending?", "conversation_id": first["conversation_id"]}
    second = http.post("/api/me/chat", json=again, headers=user.auth).json()
    assert second["conversation_id"] == first["conversation_id"]
    expected = "water plants" if second["answered_by"] == RULE_BASED else "plants"
    assert expected in second["response"].lower()
    assert http.post("/api/me/chat", json=again, headers=register().auth).status_code == 404
