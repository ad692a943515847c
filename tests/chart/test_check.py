"""The script that `helm test` runs, against an API that works and others that do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chart.helm import Object
from tests.chart.manifests import one
from tests.http_server import Handler, serving


@contextmanager
def stack(*, loses_tasks: bool = False, refuses: str = "", unready: bool = False) -> Iterator[str]:
    """The URL of a server with the part of the REST contract that the check uses."""
    users: dict[str, str] = {}
    tasks: list[dict[str, Any]] = []

    class Stack(Handler):
        def answer(self, status: int, body: Any = None) -> None:
            self.respond(status, b"" if body is None else json.dumps(body).encode())

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or "{}")
            if self.path == "/ready":
                self.answer(503 if unready else 200)
            elif self.path == refuses:
                self.answer(422, {"detail": "not today"})
            elif self.path == "/api/auth/register":
                users[body["email"]] = body["password"]
                self.answer(201, {"access_token": "first"})
            elif self.path == "/api/auth/login":
                right = users.get(body["email"]) == body["password"]
                self.answer(200 if right else 401, {"access_token": "token"})
            elif self.headers.get("authorization") != "Bearer token":
                self.answer(401, {"detail": "no token"})
            elif self.command == "POST":
                tasks.append({"id": 7, **body})
                self.answer(201, tasks[-1])
            elif self.command == "DELETE":
                tasks.clear()
                self.answer(204)
            else:
                self.answer(200, [] if loses_tasks else tasks)

        do_GET = do_POST = do_DELETE = handle_any

    with serving(Stack) as url:
        yield url
    if not (loses_tasks or refuses or unready):
        assert len(users) == 1 and not tasks, "the check leaves nothing but one user"


def check(objects: list[Object], url: str) -> subprocess.CompletedProcess[str]:
    (container,) = one(objects, "Pod", "todo-test")["spec"]["containers"]
    python, *arguments = container["command"]
    assert python == "python"
    environment = os.environ | {name["name"]: url for name in container["env"]} | {"TODO_CHECK_SECONDS": "0"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_working_stack_passes(default: list[Object]) -> None:
    with stack() as url:
        result = check(default, url)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("ok: ")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"loses_tasks": True}, "expected the one task"),
        ({"refuses": "/api/auth/register"}, "POST {url}/api/auth/register: 422"),
        ({"refuses": "/api/me/tasks"}, "POST {url}/api/me/tasks: 422"),
        ({"unready": True}, "GET {url}/ready: HTTP Error 503"),
    ],
)
def test_a_broken_stack_fails_with_the_call_that_failed(
    default: list[Object], broken: dict[str, Any], said: str
) -> None:
    with stack(**broken) as url:
        result = check(default, url)
    assert result.returncode != 0
    assert said.format(url=url) in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_it_runs_only_when_asked_and_can_be_run_again(default: list[Object]) -> None:
    annotations = one(default, "Pod", "todo-test")["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "test"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation"
    assert one(default, "Pod", "todo-test")["spec"]["restartPolicy"] == "Never"
