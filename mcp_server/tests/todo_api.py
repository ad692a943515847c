"""The part of the REST contract that the tools use, as a real server over rows in memory."""

import itertools
import threading
import uuid
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Problem(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail


class TodoApi:
    """Clear `gate` to hold back the answers to POST; `arrived` tells of one held."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.tasks: dict[int, dict[str, Any]] = {}
        self.keys: dict[tuple[str, str | None], dict[str, Any]] = {}
        self.numbers = itertools.count(1)
        self.gate, self.arrived = threading.Event(), threading.Event()
        self.gate.set()

    def app(self) -> Starlette:
        path = "/api/{user_id}/tasks"
        routes = [
            Route("/api/auth/register", self.register, methods=["POST"]),
            Route("/api/auth/me", _told(self.me)),
            Route(path, _told(self.list_tasks)),
            Route(path, _told(self.add), methods=["POST"]),
            Route(path + "/{id:int}", _told(self.one), methods=["GET", "PATCH", "DELETE"]),
            Route(path + "/{id:int}/complete", _told(self.complete), methods=["PATCH"]),
        ]
        return Starlette(routes=routes)

    async def register(self, request: Request) -> Response:
        user_id, token = str(uuid.uuid4()), uuid.uuid4().hex
        self.users[token] = user_id
        user = {"id": user_id, **await request.json()}
        return JSONResponse({"access_token": token, "token_type": "bearer", "user": user}, 201)

    async def me(self, request: Request) -> Response:
        return JSONResponse({"id": self._user(request), "email": "someone@example.org", "name": "Someone"})

    async def list_tasks(self, request: Request) -> Response:
        owner, query = self._user(request), request.query_params
        wanted = {"all": (True, False), "pending": (False,), "completed": (True,)}[query.get("status", "all")]
        newest_first = reversed(self.tasks.values())
        rows = [row for row in newest_first if row["user_id"] == owner and row["completed"] in wanted]
        start, limit = int(query.get("offset", 0)), int(query.get("limit", 200))
        if not 1 <= limit <= 200:
            raise Problem(422, "limit: must be 1 to 200")
        return JSONResponse(rows[start : start + limit], headers={"X-Total-Count": str(len(rows))})

    async def add(self, request: Request) -> Response:
        owner, fields = self._user(request), await request.json()
        self.arrived.set()
        await anyio.to_thread.run_sync(self.gate.wait)
        if not fields["title"].strip():
            raise Problem(422, "title: must not be blank")
        key = (owner, request.headers.get("Idempotency-Key"))
        if key[1] is not None and key in self.keys:
            return JSONResponse(self.keys[key], 201)
        row = {"id": next(self.numbers), "user_id": owner, "description": "", "completed": False, **fields}
        self.keys[key] = self.tasks[row["id"]] = row
        return JSONResponse(row, 201)

    async def one(self, request: Request) -> Response:
        row = self._row(request)
        if request.method == "DELETE":
            del self.tasks[row["id"]]
            return Response(status_code=204)
        if request.method == "PATCH":
            row.update(await request.json())
        return JSONResponse(row)

    async def complete(self, request: Request) -> Response:
        row = self._row(request)
        body = await request.body()
        row["completed"] = (await request.json())["completed"] if body else not row["completed"]
        return JSONResponse(row)

    def _user(self, request: Request) -> str:
        user_id = self.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if user_id is None:
            raise Problem(401, "Sign in first.")
        if request.path_params.get("user_id", "me") not in ("me", user_id):
            raise Problem(403, "That is someone else.")
        return user_id

    def _row(self, request: Request) -> dict[str, Any]:
        owner, row = self._user(request), self.tasks.get(request.path_params["id"])
        if row is None or row["user_id"] != owner:
            raise Problem(404, "There is no such task.")
        return row


def _told(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            body = {"type": "about:blank", "status": problem.status, "detail": problem.detail}
            return JSONResponse(body, problem.status, media_type="application/problem+json")

    return answer
