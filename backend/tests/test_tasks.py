"""Tasks over REST."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from postgres import connect, execute
from servers import Person


def test_a_created_task_is_returned_with_its_address(ada: Person) -> None:
    response = ada.http.post("/api/me/tasks", json={"title": "  Call mom ", "description": "tonight"})
    assert response.status_code == 201
    task = response.json()
    assert (task["id"], task["title"], task["description"]) == (1, "Call mom", "tonight")
    assert (task["completed"], task["completed_at"], task["priority"]) == (False, None, "none")
    assert (task["tags"], task["due_at"]) == ([], None)
    assert task["user_id"] == ada.id
    assert datetime.fromisoformat(task["created_at"]).utcoffset() == timedelta(0)
    assert response.headers["location"] == f"/api/{ada.id}/tasks/{task['id']}"
    assert ada.http.get(response.headers["location"]).json() == task


def test_lists_filter_sort_and_page_with_the_total_on_request(ada: Person) -> None:
    for title in ("banana", "Apple", "cherry"):
        ada.add(title)
    done = ada.add("Dates")
    ada.ok(ada.http.patch(f"/api/me/tasks/{done['id']}/complete"))

    assert ada.titles() == ["Dates", "cherry", "Apple", "banana"]
    assert ada.titles(status="pending", sort="title") == ["Apple", "banana", "cherry"]
    assert ada.titles(status="completed") == ["Dates"]
    page = ada.http.get("/api/me/tasks", params={"limit": 2, "sort": "title", "count": True})
    assert [task["title"] for task in page.json()] == ["Apple", "banana"]
    assert page.headers["x-total-count"] == "4"
    rest = ada.http.get(page.links["next"]["url"])
    assert [task["title"] for task in rest.json()] == ["cherry", "Dates"]
    assert "next" not in rest.links


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


def test_a_deleted_task_is_gone_and_comes_back_as_it_was(ada: Person) -> None:
    fields = {"description": "words", "priority": "high", "tags": ["home"], "due_at": "2027-01-01T09:00:00Z"}
    path = f"/api/me/tasks/{ada.add('Short-lived', **fields)['id']}"
    before = ada.ok(ada.http.patch(f"{path}/complete"))
    response = ada.http.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert ada.http.get(path).status_code == 404
    assert ada.http.delete(path).status_code == 404
    assert ada.titles() == []
    assert ada.add("Meanwhile")["id"] == before["id"] + 1
    assert ada.ok(ada.http.post(f"{path}/restore")) == before
    assert ada.ok(ada.http.post(f"{path}/restore")) == before
    assert ada.titles() == ["Meanwhile", "Short-lived"]


def test_of_those_who_restore_a_task_at_once_all_get_it_and_it_is_there_once(ada: Person) -> None:
    task = ada.add("Wanted back")
    ada.http.delete(f"/api/me/tasks/{task['id']}").raise_for_status()
    with ThreadPoolExecutor(8) as pool:
        back = list(pool.map(lambda _: ada.http.post(f"/api/me/tasks/{task['id']}/restore").json(), range(8)))
    assert back == [task] * 8
    assert ada.titles() == ["Wanted back"]


def test_a_task_that_never_was_cannot_be_restored(ada: Person) -> None:
    assert ada.http.post("/api/me/tasks/7/restore").status_code == 404


def test_each_user_counts_from_one_whoever_adds_at_the_same_time(ada: Person, bob: Person) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: (ada, bob)[n % 2].add(f"Task {n}")["id"], range(40)))
    assert sorted(made[::2]) == sorted(made[1::2]) == list(range(1, 21))


def test_a_number_is_never_given_twice(ada: Person) -> None:
    ada.add("Stays")
    last = ada.add("Goes")
    ada.http.delete(f"/api/me/tasks/{last['id']}").raise_for_status()
    assert ada.add("Another")["id"] == 3


def test_the_date_of_completion_is_kept_until_it_is_taken_back(ada: Person) -> None:
    path = f"/api/me/tasks/{ada.add('Toggle')['id']}"
    done = ada.ok(ada.http.patch(f"{path}/complete", json={"completed": True}))
    assert done["completed_at"] == done["updated_at"]
    again = ada.ok(ada.http.patch(f"{path}/complete", json={"completed": True}))
    assert again["completed_at"] == done["completed_at"] < again["updated_at"]
    assert ada.ok(ada.http.patch(f"{path}/complete"))["completed_at"] is None
    assert ada.http.patch(path, json={"completed_at": None}).status_code == 422


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
        {"title": "x", "priority": "urgent"},
        {"title": "x", "tags": ["two words"]},
        {"title": "x", "tags": ["#"]},
        {"title": "x", "tags": ["t" * 51]},
        {"title": "x", "tags": [str(n) for n in range(21)]},
        {"title": "x", "due_at": "2027-01-01"},
        {"title": "x", "due_at": "2027-01-01T09:00:00"},
        {"title": "x", "due_at": 1798794000},
        {"title": "x", "due_at": "2027-02-30T09:00:00Z"},
        {"title": "x", "due_at": "0001-01-01T00:00:00+14:00"},
        {"title": "x", "due_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_an_unusable_task_is_refused_with_the_field_named(ada: Person, body: dict[str, Any]) -> None:
    response = ada.http.post("/api/me/tasks", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 422 and problem["title"]
    named = problem["errors"][0]["field"].split(".")[0]
    assert named in problem["detail"] and named in {"title", *body}
    assert ada.titles() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"title": "x" * 201}, "title: String should have at most 200 characters"),
        ({"title": " "}, "title: String should have at least 1 character"),
        ({"title": "x", "tags": ["t" * 51]}, "tags.0: String should have at most 50 characters"),
        (
            {"title": "x", "tags": [str(n) for n in range(21)]},
            "tags: List should have at most 20 items after validation, not 21",
        ),
    ],
)
def test_what_is_too_long_or_too_short_is_counted_as_what_it_is(
    ada: Person, body: dict[str, Any], told: str
) -> None:
    assert ada.http.post("/api/me/tasks", json=body).json()["detail"] == told


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
    for content in (b'{"title": "' + b"x" * 200_000, iter([b"x" * 100_000] * 2)):
        headers = {"Content-Type": "application/json"}
        response = ada.http.post("/api/me/tasks", content=content, headers=headers)
        assert response.status_code == response.json()["status"] == 413
        assert response.headers["content-type"] == "application/problem+json"


def test_what_is_no_json_is_said_to_be_none(ada: Person) -> None:
    headers = {"Content-Type": "application/json"}
    response = ada.http.post("/api/me/tasks", content=b'{"title": tru}', headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"].startswith("body: is not JSON")


def test_a_trailing_slash_leads_to_no_inside_host_name(ada: Person) -> None:
    for path in ("/api/me/tasks/", "/api/auth/me/", "/health/"):
        response = ada.http.get(path, headers={"Host": "backend-service:8000"})
        assert (response.status_code, response.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "tasks", {"title": "x", "prio": "high"}),
        ("POST", "tasks", {"title": "x", "completed": True}),
        ("PUT", "tasks/1", {"title": "x", "id": 2}),
        ("PATCH", "tasks/1", {"titel": "x"}),
        ("PATCH", "tasks/1/complete", {"completed": True, "at": "now"}),
        ("POST", "chat", {"message": "hello", "conversation": 1}),
        ("GET", "tasks?page=10", None),
        ("GET", "conversations?before=1", None),
        ("GET", "conversations/1/messages?offset=1", None),
    ],
)
def test_a_field_that_is_not_known_is_refused_by_name(
    ada: Person, method: str, path: str, body: dict[str, Any] | None
) -> None:
    task = ada.add("Untouched")
    response = ada.http.request(method, f"/api/me/{path}", json=body)
    assert response.status_code == 422
    assert "is not a field that is known here" in response.json()["detail"]
    assert ada.ok(ada.http.get("/api/me/tasks")) == [task]


def test_a_repeated_request_for_a_task_that_was_deleted_since_adds_nothing(ada: Person) -> None:
    def add() -> Any:
        return ada.http.post("/api/me/tasks", json={"title": "Milk"}, headers={"Idempotency-Key": "k1"})

    task = add().json()
    ada.http.delete(f"/api/me/tasks/{task['id']}").raise_for_status()
    again = add()
    assert (again.status_code, ada.titles()) == (409, [])
    assert "Restore it" in again.json()["detail"]
    ada.ok(ada.http.post(f"/api/me/tasks/{task['id']}/restore"))
    assert add().json() == task


def test_an_add_that_is_repeated_while_its_task_is_being_deleted_adds_nothing(
    ada: Person, database_url: str
) -> None:
    key = {"Idempotency-Key": "k1"}
    task = ada.ok(ada.http.post("/api/me/tasks", json={"title": "Milk"}, headers=key))
    with ThreadPoolExecutor(1) as pool, connect(database_url) as deletion:
        deletion.execute(b"BEGIN")
        deletion.execute(f"DELETE FROM tasks WHERE user_id = '{ada.id}' AND id = {task['id']}".encode())
        again = pool.submit(ada.http.post, "/api/me/tasks", json={"title": "Milk"}, headers=key)
        waiting = f"""
            SELECT count(*) FROM pg_sleep(0.1), pg_stat_activity
            WHERE {deletion.info.backend_pid} = ANY (pg_blocking_pids(pid))
        """
        deadline = monotonic() + 60
        while execute(database_url, waiting) != [(1,)]:
            assert monotonic() < deadline, "the repeated add did not meet the deletion within 60 s"
        deletion.execute(b"COMMIT")
        assert again.result().status_code == 409
    assert ada.titles() == []
    assert ada.ok(ada.http.post(f"/api/me/tasks/{task['id']}/restore")) == task


def test_a_task_whose_key_was_used_again_is_not_restored(ada: Person, database_url: str) -> None:
    key = {"Idempotency-Key": "k1"}
    task = ada.ok(ada.http.post("/api/me/tasks", json={"title": "Milk"}, headers=key))
    ada.http.delete(f"/api/me/tasks/{task['id']}").raise_for_status()
    other = ada.add("Oat milk")
    of_user = f"user_id = '{ada.id}' AND id = {other['id']}"
    execute(database_url, f"UPDATE tasks SET idempotency_key = 'k1' WHERE {of_user}")
    refused = ada.http.post(f"/api/me/tasks/{task['id']}/restore")
    assert refused.status_code == 409
    assert "Idempotency-Key" in refused.json()["detail"]
    assert ada.titles() == ["Oat milk"]


def test_the_same_idempotency_key_adds_once_and_only_for_its_user(ada: Person, bob: Person) -> None:
    def add(person: Person, title: str = "Milk") -> Any:
        return person.ok(
            person.http.post("/api/me/tasks", json={"title": title}, headers={"Idempotency-Key": "k1"})
        )

    first = add(ada)
    assert add(ada) == first
    ada.ok(ada.http.patch(f"/api/me/tasks/{first['id']}", json={"title": "Oat milk"}))
    assert add(ada)["title"] == "Oat milk"
    assert add(bob)["user_id"] != first["user_id"]
    assert (ada.titles(), bob.titles()) == (["Oat milk"], ["Milk"])
    refused = ada.http.post("/api/me/tasks", json={"title": "x"}, headers={"Idempotency-Key": "k" * 101})
    assert refused.status_code == 422
