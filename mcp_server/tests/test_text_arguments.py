"""Texts that happen to be JSON, which the SDK would parse: a user may well name a task `null`."""

import pytest
from conftest import Person, text_of

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("text", ["null", "[1]", "{}"])]

KEPT = {"title", "description", "words", "tag", "idempotency_key"}
"""Arguments that may be any text; the others are refused if they are none of what they can be."""
REQUIRED = {"title": "Other", "task_id": 1}


async def test_a_text_is_stored_as_it_was_given(ada: Person, text: str) -> None:
    added = await ada.call("add_task", title=text, description=text, tags=[text], idempotency_key=text)
    again = await ada.call("add_task", title="Again", idempotency_key=text)
    assert again == added == {"task_id": added["task_id"], "status": "created", "title": text}
    other = (await ada.call("add_task", title="Other"))["task_id"]
    await ada.call("update_task", task_id=other, title=text, description=text, priority="high")
    rows = (await ada.call("list_tasks"))["tasks"]
    assert [(row["title"], row["description"]) for row in rows] == [(text, text)] * 2
    assert [row["tags"] for row in rows] == [[], [text]]


async def test_a_text_is_searched_as_it_was_given(ada: Person, text: str) -> None:
    await ada.call("add_task", title="Other")
    number = (await ada.call("add_task", title=text, tags=[text]))["task_id"]
    for argument in ("words", "tag"):
        found = (await ada.call("search_tasks", **{argument: text}))["tasks"]
        assert [row["id"] for row in found] == [number]


async def test_where_no_such_text_fits_it_is_refused_and_nothing_is_changed(ada: Person, text: str) -> None:
    await ada.call("add_task", title="Open")
    before = await ada.call("list_tasks")
    async with ada.tools() as client:
        for tool in (await client.list_tools()).tools:
            required = {name: REQUIRED[name] for name in tool.input_schema.get("required", [])}
            for argument in tool.input_schema["properties"].keys() - KEPT:
                result = await client.call_tool(tool.name, {**required, argument: text})
                assert result.is_error and text_of(result).startswith(argument), (tool.name, result)
    assert await ada.call("list_tasks") == before


async def test_tags_may_come_as_a_list_in_a_text(ada: Person, text: str) -> None:
    """Some clients send every list so."""
    await ada.call("add_task", title=text, tags='["home"]')
    [row] = (await ada.call("list_tasks"))["tasks"]
    assert (row["title"], row["tags"]) == (text, ["home"])
