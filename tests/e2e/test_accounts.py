"""Accounts through the NodePort frontend."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import User


def test_a_registered_user_logs_in_and_is_recognised(http: httpx.Client, user: User) -> None:
    login = http.post("/api/auth/login", json={"email": user.email, "password": user.password})
    assert login.status_code == 200, login.text
    me = http.get("/api/auth/me", headers={"Authorization": f"Bearer {login.json()['access_token']}"})
    assert me.json()["id"] == user.id
    assert me.json()["email"] == user.email


def test_a_wrong_password_and_a_made_up_token_are_refused(http: httpx.Client, user: User) -> None:
    assert http.post("/api/auth/login", json={"email": user.email, "password": "not the password"}).status_code == 401
    assert http.get("/api/me/tasks", headers={"Authorization": "Bearer made.up.token"}).status_code == 401
    assert http.get("/api/me/tasks").status_code == 401


def test_the_rows_of_one_user_do_not_exist_for_another(
    http: httpx.Client, user: User, register: Callable[[], User]
) -> None:
    stranger = register()
    made = http.post("/api/me/tasks", json={"title": "Private"}, headers=user.auth).json()
    assert http.get(f"/api/me/tasks/{made['id']}", headers=stranger.auth).status_code == 404
    assert http.delete(f"/api/me/tasks/{made['id']}", headers=stranger.auth).status_code == 404
    assert http.get(f"/api/{user.id}/tasks", headers=stranger.auth).status_code == 403
    assert http.get("/api/me/tasks", headers=stranger.auth).json() == []
