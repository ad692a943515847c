"""Accounts through the NodePort frontend."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.e2e.mcp_client import call_tool


def test_a_registered_user_logs_in_and_is_recognised(http: httpx.Client, user: User) -> None:
    login = http.post("/api/auth/login", json={"email": user.email, "password": user.password})
    assert login.status_code == 200, login.text
    me = http.get("/api/auth/me", headers={"Authorization": f"Bearer {login.json()['access_token']}"})
    assert me.json()["id"] == user.id
    assert me.json()["email"] == user.email


def test_the_cookie_of_a_session_renews_its_access_token_until_the_user_logs_out(
    http: httpx.Client, stack: Deployed, user: User
) -> None:
    page = {"Origin": stack.url}  # `http` has kept the cookie of the registration
    renewed = http.post("/api/auth/refresh", headers=page)
    assert renewed.status_code == 200, renewed.text
    auth = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    assert http.get("/api/auth/me", headers=auth).json()["id"] == user.id
    assert http.post("/api/auth/refresh", headers={"Origin": "https://other.example.com"}).status_code == 403
    assert http.post("/api/auth/logout", headers=page).status_code == 204
    assert http.get("/api/auth/me", headers=auth).status_code == 401


def test_an_mcp_client_outside_works_with_a_personal_token(http: httpx.Client, stack: Deployed, user: User) -> None:
    made = http.post("/api/auth/tokens", json={"name": "outside"}, headers=user.auth).json()
    call_tool(stack.url, made["token"], "add_task", {"title": "From a client"})
    assert [task["title"] for task in http.get("/api/me/tasks", headers=user.auth).json()] == ["From a client"]
    assert http.delete(f"/api/auth/tokens/{made['id']}", headers=user.auth).status_code == 204
    assert http.get("/api/me/tasks", headers={"Authorization": f"Bearer {made['token']}"}).status_code == 401


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
