"""Someone with an account, whose data a test makes and reads through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    email: str
    token: str
    context: BrowserContext

    @classmethod
    def register(cls, context: BrowserContext, email: str) -> Person:
        """Make an account. The cookie of its session is the browser's, so its next page is logged in."""
        account = {"email": email, "password": PASSWORD}
        answer = _body(context.request.post("/api/auth/register", data=account))
        return cls(email, answer["access_token"], context)

    def add(self, title: str, **fields: Any) -> int:
        """Add a task; returns its number."""
        task = {"title": title, **fields}
        number: int = _body(self.context.request.post("/api/me/tasks", data=task, headers=self._auth))["id"]
        return number

    def tasks(self) -> dict[str, dict[str, Any]]:
        """By title."""
        found = _body(self.context.request.get("/api/me/tasks", headers=self._auth))
        return {task["title"]: task for task in found}

    def say(self, message: str) -> None:
        _body(self.context.request.post("/api/me/chat", data={"message": message}, headers=self._auth))

    @property
    def _auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _body(response: APIResponse) -> Any:
    assert response.ok, response.text()
    return response.json()
