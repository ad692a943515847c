"""For whom a call acts, and who is turned away."""

import httpx2
import pytest
from conftest import Person, closed_port, serving

from todo_mcp.main import create_app
from todo_mcp.settings import Settings

pytestmark = pytest.mark.anyio

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


def post(url: str, **headers: str) -> httpx2.Response:
    return httpx2.post(url, json=LIST, headers={**HEADERS, **headers}, timeout=20)


@pytest.mark.parametrize(
    "authorization", [None, "Bearer not-a-token", "Bearer", "Bearer a b", "Bearer é", "Basic dXNlcjpwYXNz"]
)
async def test_without_a_valid_token_the_answer_is_401_before_any_tool(
    mcp_url: str, authorization: str | None
) -> None:
    headers = {**HEADERS, **({"Authorization": authorization} if authorization else {})}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = httpx2.post(mcp_url, json=LIST, headers=encoded, timeout=20)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_the_user_id_argument_may_agree_with_the_token_but_never_decides(
    ada: Person, bob: Person
) -> None:
    await ada.call("add_task", title="Mine", user_id="me")
    await ada.call("add_task", title="Mine too", user_id=ada.id)
    for tool, arguments in (await usable_arguments(bob)).items():
        assert "is not the signed-in user" in await bob.refused(tool, user_id=ada.id, **arguments)
    assert [row["title"] for row in (await ada.call("list_tasks"))["tasks"]] == ["Mine too", "Mine"]
    assert (await bob.call("list_tasks"))["total"] == 0


async def test_another_users_tasks_are_as_good_as_absent(ada: Person, bob: Person) -> None:
    number = (await ada.call("add_task", title="Secret plan", tags=["secret"]))["task_id"]
    gone = (await ada.call("add_task", title="Secret too"))["task_id"]
    await ada.call("delete_task", task_id=gone)
    before = await ada.call("list_tasks")
    for tool, arguments in (await usable_arguments(bob)).items():
        for task_id in (number, gone):
            if "task_id" in arguments:
                words = await bob.refused(tool, **{**arguments, "task_id": task_id})
                assert words == f"No task {task_id}. There are no open tasks."
        if tool not in ("add_task", "update_task") and "task_id" not in arguments:
            assert await bob.call(tool, **arguments) == {"tasks": [], "total": 0}
    assert await ada.call("list_tasks") == before


async def usable_arguments(person: Person) -> dict[str, dict[str, object]]:
    """Of every tool that the server lists: what it requires, and of an update what there is to change."""
    values: dict[str, object] = {"task_id": 1, "title": "x"}
    async with person.tools() as client:
        tools = (await client.list_tools()).tools
    assert len(tools) >= 8
    return {
        tool.name: {name: values[name] for name in tool.input_schema.get("required", [])}
        | ({"title": "x"} if tool.name == "update_task" else {})
        for tool in tools
    }


async def test_calls_of_two_users_through_one_process_do_not_mix(ada: Person, bob: Person) -> None:
    async with ada.tools() as for_ada, bob.tools() as for_bob:
        await for_ada.call_tool("add_task", {"title": "A"})
        await for_bob.call_tool("add_task", {"title": "B"})
        for client, title in ((for_ada, "A"), (for_bob, "B")):
            content = (await client.call_tool("list_tasks", {})).structured_content
            assert content is not None
            assert [row["title"] for row in content["tasks"]] == [title]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("mcp-service", 200),
        ("mcp-service:8080", 200),
        ("localhost", 200),
        ("localhost:30300", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("tools.example.org:443", 200),
        ("tools.example.org", 421),
        ("tools.example.org:8080", 421),
        ("mcp-service.evil.example", 421),
        ("evil.example", 421),
    ],
)
async def test_only_the_allowed_hosts_are_answered(ada: Person, host: str, status: int) -> None:
    assert post(ada.url, Host=host, Authorization=f"Bearer {ada.token}").status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:30300", 200), ("https://tools.example.org:443", 200), ("https://evil.example", 403)],
)
async def test_a_page_of_another_origin_is_refused(ada: Person, origin: str, status: int) -> None:
    assert post(ada.url, Origin=origin, Authorization=f"Bearer {ada.token}").status_code == status


async def test_a_backend_that_is_away_is_503_and_not_an_invalid_token(ada: Person) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    with serving(create_app(Settings.model_validate({"TODO_API_URL": nowhere}))) as url:
        answer = post(f"{url}/mcp", Authorization=f"Bearer {ada.token}")
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["error_description"]
        assert httpx2.get(f"{url}/health").status_code == 200
        assert httpx2.get(f"{url}/ready").status_code == 200


async def test_neither_token_nor_title_is_in_the_servers_log(
    ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("DEBUG", logger="httpcore2")  # which the service keeps quiet
    await ada.call("add_task", title="Quiet")
    assert "Quiet" in await ada.refused("delete_task", task_id=987654)
    served = [record.getMessage() for record in caplog.records if not record.name.startswith("mcp.client")]
    assert served
    assert not [line for line in served if ada.token in line or "Quiet" in line]
