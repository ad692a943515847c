"""Tasks over REST."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from servers import Person


def test_a_created_task_is_returned_with_its_address(ada: Person) -> None:
    response = ada.http.post("/api/me/tasks", json={"title": "  Call mom ", "description": "tonight"})
    assert response.status_code == 201
    task = response.json()
    assert set(task) == {"id", "user_id", "title", "description", "completed", "created_at", "updated_at"}
    assert (task["title"], task["description"], task["completed"]) == ("Call mom", "tonight", False)
    assert task["user_id"] == ada.id
    assert datetime.fromisoformat(task["created_at"]).utcoffset() == timedelta(0)
    assert response.headers["location"] == f"/api/{ada.id}/tasks/{task['id']}"
    assert ada.http.get(response.headers["location"]).json() == task


def test_lists_filter_sort_and_page_with_the_total(ada: Person) -> None:
    for title in ("banana", "Apple", "cherry"):
        ada.add(title)
    done = ada.add("Dates")
    ada.ok(ada.http.patch(f"/api/me/tasks/{done['id']}/complete"))

    assert ada.titles() == ["Dates", "cherry", "Apple", "banana"]
    assert ada.titles(status="pending", sort="title") == ["Apple", "banana", "cherry"]
    assert ada.titles(status="completed") == ["Dates"]
    page = ada.http.get("/api/me/tasks", params={"limit": 2, "offset": 1, "sort": "title"})
    assert [task["title"] for task in page.json()] == ["banana", "cherry"]
    assert page.headers["x-total-count"] == "4"
    beyond = ada.http.get("/api/me/tasks", params={"offset": 100})
    assert (beyond.json(), beyond.headers["x-total-count"]) == ([], "4")


def test_put_replaces_the_text_and_keeps_completion_unless_it_is_given(ada: Person) -> None:
    task = ada.add("Old", description="old words")
    path = f"/api/me/tasks/{task['id']}"
    ada.ok(ada.http.patch(f"{path}/complete"))
    replaced = ada.ok(ada.http.put(path, json={"title": "New"}))
    assert (replaced["title"], replaced["description"], replaced["completed"]) == ("New", "", True)
    assert ada.ok(ada.http.put(path, json={"title": "New", "completed": False}))["completed"] is False


def test_patch_changes_only_what_is_given(ada: Person) -> None:
    task = ada.add("Title", description="words")
    path = f"/api/me/tasks/{task['id']}"
    assert ada.ok(ada.http.patch(path, json={"title": "Other"}))["description"] == "words"
    assert ada.ok(ada.http.patch(path, json={"description": None}))["description"] == ""
    changed = ada.ok(ada.http.patch(path, json={"completed": True}))
    assert (changed["title"], changed["completed"]) == ("Other", True)
    assert changed["updated_at"] > task["updated_at"]
    assert ada.ok(ada.http.patch(path, json={})) == changed


def test_completion_toggles_and_can_be_set(ada: Person) -> None:
    path = f"/api/me/tasks/{ada.add('Toggle')['id']}/complete"
    states = [
        ada.ok(ada.http.patch(path, json=body))["completed"] for body in (None, None, {"completed": True})
    ]
    assert states == [True, False, True]
    assert ada.ok(ada.http.patch(path, json={"completed": True}))["completed"] is True
    assert ada.ok(ada.http.patch(path))["completed"] is False


def test_a_deleted_task_is_gone(ada: Person) -> None:
    path = f"/api/me/tasks/{ada.add('Short-lived')['id']}"
    response = ada.http.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert ada.http.get(path).status_code == 404
    assert ada.http.delete(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": "nul \0 inside"},
        {"title": "x", "description": "y" * 1001},
        {"title": 7},
    ],
)
def test_an_unusable_task_is_refused_with_the_field_named(ada: Person, body: dict[str, Any]) -> None:
    response = ada.http.post("/api/me/tasks", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 422 and problem["title"]
    assert ("title" in problem["detail"]) or ("description" in problem["detail"])
    assert ada.titles() == []


def test_the_longest_title_of_any_script_fits(ada: Person) -> None:
    title = "فہرست🛒" * 28
    assert ada.add(title[:200])["title"] == title[:200].strip()


@pytest.mark.parametrize("task_id", ["0", "-1", str(2**63), str(10**30), "2147483648"])
def test_a_number_that_no_task_can_have_is_not_found(ada: Person, task_id: str) -> None:
    response = ada.http.get(f"/api/me/tasks/{task_id}")
    assert response.status_code == 404
    assert response.json()["detail"] == f"You have no task {task_id}."


def test_a_broken_surrogate_is_refused(ada: Person) -> None:
    response = ada.http.post(
        "/api/me/tasks", content=b'{"title": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422


def test_an_unknown_path_is_a_problem_too(ada: Person) -> None:
    response = ada.http.get("/api/nowhere")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_a_body_that_no_task_needs_is_refused_unread(ada: Person) -> None:
    response = ada.http.post("/api/me/tasks", json={"title": "x" * 200_000})
    assert response.status_code == 413


def test_the_same_idempotency_key_adds_once_and_only_for_its_user(ada: Person, bob: Person) -> None:
    def add(person: Person, title: str = "Milk") -> Any:
        return person.ok(
            person.http.post("/api/me/tasks", json={"title": title}, headers={"Idempotency-Key": "k1"})
        )

    first = add(ada)
    assert add(ada) == first
    ada.ok(ada.http.patch(f"/api/me/tasks/{first['id']}", json={"title": "Oat milk"}))
    assert add(ada)["title"] == "Oat milk"
    assert add(bob)["id"] != first["id"]
    assert (ada.titles(), bob.titles()) == (["Oat milk"], ["Milk"])
    refused = ada.http.post("/api/me/tasks", json={"title": "x"}, headers={"Idempotency-Key": "k" * 101})
    assert refused.status_code == 422
