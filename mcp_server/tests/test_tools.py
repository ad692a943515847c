"""What the tools do for a signed-in user."""

import anyio
import pytest
from conftest import Person

pytestmark = pytest.mark.anyio


async def test_a_task_lives_through_all_tools(ada: Person) -> None:
    async with ada.tools() as client:

        async def call(tool: str, **arguments: object) -> object:
            result = await client.call_tool(tool, arguments)
            assert not result.is_error, result
            return result.structured_content

        added = await call("add_task", title="Buy groceries", description="Milk")
        assert isinstance(added, dict)
        number = added["task_id"]
        assert added == {"task_id": number, "status": "created", "title": "Buy groceries"}
        row = {
            "id": number,
            "title": "Buy groceries",
            "description": "Milk",
            "completed": False,
            "completed_at": None,
            "priority": "none",
            "tags": [],
            "due_at": None,
        }
        assert await call("list_tasks") == {"tasks": [row], "total": 1}
        assert await call("search_tasks", words="GROC") == {"tasks": [row], "total": 1}

        changed = await call("update_task", task_id=number, title="Buy bread")
        assert changed == {"task_id": number, "status": "updated", "title": "Buy bread"}
        done = {"task_id": number, "status": "completed", "title": "Buy bread"}
        assert await call("complete_task", task_id=number) == done
        assert await call("complete_task", task_id=number) == done
        completed = await call("list_tasks", status="completed")
        assert isinstance(completed, dict) and completed["tasks"][0].pop("completed_at")
        del row["completed_at"]
        row |= {"title": "Buy bread", "completed": True}
        assert completed == {"tasks": [row], "total": 1}
        assert await call("list_tasks", status="pending") == {"tasks": [], "total": 0}
        reopened = {"task_id": number, "status": "reopened", "title": "Buy bread"}
        assert await call("reopen_task", task_id=number) == reopened
        assert await call("reopen_task", task_id=number) == reopened

        deleted = await call("delete_task", task_id=number)
        assert deleted == {"task_id": number, "status": "deleted", "title": "Buy bread"}
        assert await call("list_tasks") == {"tasks": [], "total": 0}
        restored = {"task_id": number, "status": "restored", "title": "Buy bread"}
        assert await call("restore_task", task_id=number) == restored
        assert await call("restore_task", task_id=number) == restored
        assert await call("list_tasks") == {
            "tasks": [row | {"completed": False, "completed_at": None}],
            "total": 1,
        }


async def test_priority_tags_and_due_date_are_set_searched_and_removed(ada: Person) -> None:
    due = "2027-01-01T09:00:00Z"
    number = (await ada.call("add_task", title="Rent", priority="high", tags=["home"], due_at=due))["task_id"]
    await ada.call("add_task", title="Other")

    async def found(**given: object) -> list[int]:
        return [row["id"] for row in (await ada.call("search_tasks", **given))["tasks"]]

    assert await found(priority="high") == await found(tag="home") == [number]
    assert await found(due_after=due) == await found(due_before="2027-01-02T00:00:00Z") == [number]
    assert await found(words="rent", due_before=due) == []
    earlier = (await ada.call("add_task", title="Tax", due_at="2026-12-31T09:00:00Z"))["task_id"]
    later = (await ada.call("add_task", title="Fee", due_at="2027-01-02T09:00:00Z"))["task_id"]
    assert await found(due_after="2026-01-01T00:00:00Z") == [earlier, number, later]
    await ada.call("update_task", task_id=number, priority="none", tags=[], due_at="")
    [row] = (await ada.call("search_tasks", words="rent"))["tasks"]
    assert (row["priority"], row["tags"], row["due_at"]) == ("none", [], None)
    refused = await ada.refused("update_task", task_id=number, due_at="2027-01-01T09:00:00")
    assert refused == "due_at: must be a date and time with an offset"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("complete_task", {"task_id": 1, "completed": False}),
        ("add_task", {"title": "x", "prio": "high"}),
        ("list_tasks", {"limit": 3}),
    ],
)
async def test_an_argument_that_a_tool_does_not_have_is_refused_and_nothing_is_done(
    ada: Person, tool: str, arguments: dict[str, object]
) -> None:
    await ada.call("add_task", title="Open")
    unknown = {"completed", "prio", "limit"} & arguments.keys()
    words = await ada.refused(tool, **arguments)
    assert words.startswith(f"{tool} has no argument '{unknown.pop()}'. It takes: ")
    listed = await ada.call("list_tasks")
    assert [(row["title"], row["completed"]) for row in listed["tasks"]] == [("Open", False)]


async def test_refusals_are_one_sentence_without_the_sdks_words(ada: Person) -> None:
    too_long = await ada.refused("add_task", title="x" * 201)
    assert too_long == "title: String should have at most 200 characters."
    both = await ada.refused("add_task", title="", priority="urgent")
    assert both.startswith("title: String should have at least 1 character; priority: Input should be 'none'")
    assert await ada.refused("delete_task", task_id=7) == "No task 7. There are no open tasks."
    assert "Unknown tool" in await ada.refused("drop_tasks")


async def test_the_schemas_say_that_no_other_arguments_are_taken(ada: Person) -> None:
    async with ada.tools() as client:
        tools = (await client.list_tools()).tools
    assert {tool.input_schema["additionalProperties"] for tool in tools} == {False}


async def test_an_update_leaves_alone_what_it_does_not_name_and_can_empty_a_description(ada: Person) -> None:
    number = (await ada.call("add_task", title="Call mom", description="Sunday"))["task_id"]
    await ada.call("update_task", task_id=number, title="Call mum")
    [row] = (await ada.call("list_tasks"))["tasks"]
    assert (row["title"], row["description"]) == ("Call mum", "Sunday")
    await ada.call("update_task", task_id=number, description="")
    [row] = (await ada.call("list_tasks"))["tasks"]
    assert (row["title"], row["description"]) == ("Call mum", "")


async def test_a_call_that_is_repeated_with_its_key_adds_once(ada: Person) -> None:
    first = await ada.call("add_task", title="Call mom", idempotency_key="k1")
    assert await ada.call("add_task", title="Call mom", idempotency_key="k1") == first
    assert await ada.call("add_task", title="Call mom", idempotency_key="k2") != first
    assert await ada.call("add_task", title="Call mom") != first
    assert (await ada.call("list_tasks"))["total"] == 3
    assert "idempotency_key" in await ada.refused("add_task", title="x", idempotency_key="a\nb")


async def test_a_long_list_is_cut_to_the_newest_and_tells_its_total(ada: Person) -> None:
    oldest = (await ada.call("add_task", title="Oldest"))["task_id"]
    async with ada.tools() as client, anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(client.call_tool, "add_task", {"title": f"Task {number}"})
    listed = await ada.call("list_tasks")
    assert listed["total"] == 201
    assert {row["title"] for row in listed["tasks"]} == {f"Task {number}" for number in range(200)}
    await ada.call("complete_task", task_id=oldest)
    assert (await ada.call("list_tasks", status="pending"))["total"] == 200


async def test_an_unknown_number_is_answered_with_the_open_tasks(ada: Person) -> None:
    number = (await ada.call("add_task", title="Call mom"))["task_id"]
    done = (await ada.call("add_task", title="Pay rent"))["task_id"]
    await ada.call("complete_task", task_id=done)
    for tool, extra in (("complete_task", {}), ("delete_task", {}), ("update_task", {"title": "x"})):
        words = await ada.refused(tool, task_id=987654, **extra)
        assert f"No task 987654. Open tasks: {number} Call mom." in words


async def test_long_lists_of_open_tasks_are_cut_and_no_open_task_is_said(ada: Person) -> None:
    assert "There are no open tasks." in await ada.refused("delete_task", task_id=987654)
    for number in range(12):
        await ada.call("add_task", title=f"T{number}")
    words = await ada.refused("delete_task", task_id=987654)
    assert words.endswith(", and 2 more.")


async def test_arguments_that_break_the_limits_are_named(ada: Person) -> None:
    assert "title" in await ada.refused("add_task", title="")
    assert "title" in await ada.refused("add_task", title="x" * 201)
    assert "title" in await ada.refused("add_task", title="   ")
    assert "task_id" in await ada.refused("delete_task", task_id=0)
    assert "status" in await ada.refused("list_tasks", status="done")
    assert "Nothing to change" in await ada.refused("update_task", task_id=1)
    assert (await ada.call("list_tasks"))["total"] == 0


async def test_true_is_no_number_of_a_task(ada: Person) -> None:
    await ada.call("add_task", title="First")
    assert "task_id" in await ada.refused("delete_task", task_id=True)
    assert (await ada.call("list_tasks"))["total"] == 1


async def test_the_hints_tell_reading_from_changing_from_destroying(ada: Person) -> None:
    async with ada.tools() as client:
        tools = (await client.list_tools()).tools
    hints = {}
    for tool in tools:
        assert tool.annotations is not None and tool.annotations.open_world_hint is False
        assert tool.title and tool.description and tool.output_schema
        note = tool.annotations
        hints[tool.name] = (note.read_only_hint, note.destructive_hint, note.idempotent_hint)
    assert hints == {
        "add_task": (False, False, False),
        "list_tasks": (True, False, True),
        "complete_task": (False, False, True),
        "delete_task": (False, True, True),
        "update_task": (False, True, True),
        "search_tasks": (True, False, True),
        "reopen_task": (False, False, True),
        "restore_task": (False, False, True),
    }


async def test_no_tool_asks_for_a_user(ada: Person) -> None:
    async with ada.tools() as client:
        tools = (await client.list_tools()).tools
    required = {tool.name: tool.input_schema.get("required", []) for tool in tools}
    assert required == {
        "add_task": ["title"],
        "list_tasks": [],
        "complete_task": ["task_id"],
        "delete_task": ["task_id"],
        "update_task": ["task_id"],
        "search_tasks": [],
        "reopen_task": ["task_id"],
        "restore_task": ["task_id"],
    }
