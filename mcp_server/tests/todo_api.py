"""The part of the REST contract that the tools use, as a real server over rows in memory."""

import itertools
import threading
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NEW = {
    "description": "",
    "completed": False,
    "completed_at": None,
    "priority": "none",
    "tags": [],
    "due_at": None,
}


class Problem(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail


class TodoApi:
    """Clear `gate` to hold back the answers to POST; `arrived` tells of one held."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        self.tasks: dict[tuple[str, int], dict[str, Any]] = {}
        self.deleted: dict[tuple[str, int], dict[str, Any]] = {}
        self.keys: dict[tuple[str, str | None], dict[str, Any]] = {}
        self.numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
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
            Route(path + "/{id:int}/restore", _told(self.restore), methods=["POST"]),
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
        for name in ("due_after", "due_before"):
            _check_moment(name, query.get(name))
        wanted = {"all": (True, False), "pending": (False,), "completed": (True,)}[query.get("status", "all")]
        newest_first = reversed(self.tasks.values())
        rows = [row for row in newest_first if row["user_id"] == owner and row["completed"] in wanted]
        rows = [row for row in rows if _fits(row, query)]
        if query.get("sort") == "due_date":
            rows.sort(key=lambda row: row["due_at"])
        limit = int(query.get("limit", 200))
        if not 1 <= limit <= 200:
            raise Problem(422, "limit: must be 1 to 200")
        headers = {"X-Total-Count": str(len(rows))} if query.get("count") == "true" else {}
        return JSONResponse(rows[:limit], headers=headers)

    async def add(self, request: Request) -> Response:
        owner, fields = self._user(request), await request.json()
        self.arrived.set()
        await anyio.to_thread.run_sync(self.gate.wait)
        if not fields["title"].strip():
            raise Problem(422, "title: must not be blank")
        key = (owner, request.headers.get("Idempotency-Key"))
        if key[1] is not None and key in self.keys:
            return JSONResponse(self.keys[key], 201)
        _check(fields)
        row = {"id": next(self.numbers[owner]), "user_id": owner, **NEW, **fields}
        self.keys[key] = self.tasks[owner, row["id"]] = row
        return JSONResponse(row, 201)

    async def one(self, request: Request) -> Response:
        row = self._row(request)
        if request.method == "DELETE":
            place = (row["user_id"], row["id"])
            self.deleted[place] = self.tasks.pop(place)
            return Response(status_code=204)
        if request.method == "PATCH":
            _check(fields := await request.json())
            row.update(fields)
        return JSONResponse(row)

    async def complete(self, request: Request) -> Response:
        row = self._row(request)
        body = await request.body()
        row["completed"] = (await request.json())["completed"] if body else not row["completed"]
        row["completed_at"] = "2026-01-02T03:04:05Z" if row["completed"] else None
        return JSONResponse(row)

    async def restore(self, request: Request) -> Response:
        place = (self._user(request), request.path_params["id"])
        if place in self.deleted:
            self.tasks[place] = self.deleted.pop(place)
        return JSONResponse(self._row(request))

    def _user(self, request: Request) -> str:
        user_id = self.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if user_id is None:
            raise Problem(401, "Sign in first.")
        if request.path_params.get("user_id", "me") not in ("me", user_id):
            raise Problem(403, "That is someone else.")
        return user_id

    def _row(self, request: Request) -> dict[str, Any]:
        row = self.tasks.get((self._user(request), request.path_params["id"]))
        if row is None:
            raise Problem(404, "There is no such task.")
        return row


def _fits(row: dict[str, Any], query: QueryParams) -> bool:
    due = row["due_at"] or ""
    return (
        all(word.lower() in row["title"].lower() for word in query.get("q", "").split())
        and query.get("priority", row["priority"]) == row["priority"]
        and ("tag" not in query or query["tag"] in row["tags"])
        and ("due_after" not in query or due >= query["due_after"])
        and ("due_before" not in query or "" < due < query["due_before"])
    )


def _check(fields: dict[str, Any]) -> None:
    _check_moment("due_at", fields.get("due_at"))


def _check_moment(name: str, moment: str | None) -> None:
    if moment is not None and not moment.endswith("Z"):
        raise Problem(422, f"{name}: must be a date and time with an offset")


def _told(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Problem as problem:
            body = {"type": "about:blank", "status": problem.status, "detail": problem.detail}
            return JSONResponse(body, problem.status, media_type="application/problem+json")

    return answer
