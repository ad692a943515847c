"""Nobody sees or changes what belongs to somebody else, by any route."""

import pytest
from servers import Person


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"title": "stolen"}),
        ("PATCH", "", {"title": "stolen"}),
        ("PATCH", "/complete", None),
        ("DELETE", "", None),
    ],
)
def test_another_users_task_is_not_found(
    ada: Person, bob: Person, method: str, suffix: str, body: object
) -> None:
    task = ada.add("Ada's own")
    theirs = bob.http.request(method, f"/api/me/tasks/{task['id']}{suffix}", json=body)
    missing = bob.http.request(method, f"/api/me/tasks/{2**40}{suffix}", json=body)
    assert theirs.status_code == missing.status_code == 404
    assert theirs.json()["detail"].replace(str(task["id"]), str(2**40)) == missing.json()["detail"]
    assert ada.ok(ada.http.get(f"/api/me/tasks/{task['id']}")) == task


@pytest.mark.parametrize("path", ["tasks", "conversations"])
def test_a_path_that_names_another_user_is_forbidden(ada: Person, bob: Person, path: str) -> None:
    assert bob.http.get(f"/api/{ada.id}/{path}").status_code == 403
    assert bob.http.get(f"/api/{bob.id}/{path}").status_code == 200


def test_lists_hold_only_ones_own(ada: Person, bob: Person) -> None:
    ada.add("Ada's own")
    assert bob.titles() == []
    assert bob.http.get("/api/me/tasks?count=true").headers["x-total-count"] == "0"


def test_a_foreign_conversation_can_neither_be_read_nor_continued(ada: Person, bob: Person) -> None:
    conversation = ada.say("Add a task to plan a surprise")["conversation_id"]
    assert bob.http.get(f"/api/me/conversations/{conversation}/messages").status_code == 404
    continued = bob.http.post("/api/me/chat", json={"conversation_id": conversation, "message": "hello"})
    assert continued.status_code == 404
    assert bob.ok(bob.http.get("/api/me/conversations")) == []
    assert len(ada.messages(conversation)) == 2


@pytest.mark.parametrize(
    "request_", ["Delete task {id}", "Mark task {id} as done", "Change task {id} to 'Mine'"]
)
def test_chat_reaches_only_the_tasks_of_who_is_speaking(ada: Person, bob: Person, request_: str) -> None:
    task = ada.add("Ada's own")
    answer = bob.say(request_.format(id=task["id"]))
    assert [call["ok"] for call in answer["tool_calls"]] == [False]
    assert f"No task {task['id']}" in answer["response"]
    assert ada.ok(ada.http.get(f"/api/me/tasks/{task['id']}")) == task


def test_chat_finds_no_foreign_task_by_its_title(ada: Person, bob: Person) -> None:
    ada.add("Team meeting")
    answer = bob.say("Delete the meeting task")
    assert [call["name"] for call in answer["tool_calls"]] == ["list_tasks"]
    assert "Team meeting" not in answer["response"]
    assert ada.titles() == ["Team meeting"]
