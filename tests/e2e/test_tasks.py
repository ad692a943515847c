"""Tasks through the NodePort frontend, and the rows behind them."""

import httpx

from tests.e2e.conftest import User, eventually
from tests.e2e.deployed import Deployed


def test_a_task_is_made_read_changed_completed_and_deleted(http: httpx.Client, user: User) -> None:
    made = http.post("/api/me/tasks", json={"title": "Buy milk", "description": "two"}, headers=user.auth)
    assert made.status_code == 201, made.text
    path = f"/api/me/tasks/{made.json()['id']}"
    assert http.get(path, headers=user.auth).json()["title"] == "Buy milk"

    changed = http.put(path, json={"title": "Buy oat milk", "description": "one"}, headers=user.auth)
    assert (changed.json()["title"], changed.json()["description"]) == ("Buy oat milk", "one")
    assert http.patch(f"{path}/complete", headers=user.auth).json()["completed"] is True
    done = http.get("/api/me/tasks", params={"status": "completed"}, headers=user.auth).json()
    assert [task["title"] for task in done] == ["Buy oat milk"]

    assert http.delete(path, headers=user.auth).status_code == 204
    assert http.get(path, headers=user.auth).status_code == 404
    assert http.post(f"{path}/restore", headers=user.auth).json() == done[0]


def test_bad_input_is_refused_with_a_reason_and_changes_nothing(http: httpx.Client, user: User) -> None:
    refused = http.post("/api/me/tasks", json={"title": ""}, headers=user.auth)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "title" in refused.text
    assert http.get("/api/me/tasks", headers=user.auth).json() == []


def test_a_row_survives_the_deletion_of_every_pod(stack: Deployed, http: httpx.Client, user: User) -> None:
    made = http.post("/api/me/tasks", json={"title": "Outlive the pods"}, headers=user.auth).json()
    before = stack.every_pod()
    assert len(before) >= 4, before
    for name in before.values():
        stack.delete_pod(name)

    eventually(lambda: not before.keys() & stack.every_pod().keys(), "every old pod gone")
    path = f"/api/me/tasks/{made['id']}"
    eventually(lambda: http.get(path, headers=user.auth).status_code == 200, "the row is served again")
    assert http.get(path, headers=user.auth).json() == made
