"""The least that FastAPI and psycopg can do for the same rows: what `./dev bench api` compares the backend with.

Nobody is asked who they are, and nothing is mapped, logged or counted. Runs in a pod, in the backend's image.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import uvicorn
from fastapi import FastAPI, Response
from psycopg.rows import DictRow, dict_row
from pydantic import BaseModel, TypeAdapter

CONNECTIONS = 5  # as many as the backend has
READ = "SELECT * FROM tasks WHERE user_id = %s ORDER BY created_at DESC, id DESC LIMIT %s"
# A table of its own: what columns the backend's needs is none of this module's business.
CREATE = """
CREATE TABLE IF NOT EXISTS bare_tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL, title text NOT NULL,
    description text NOT NULL DEFAULT '', completed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX IF NOT EXISTS bare_tasks_of_user ON bare_tasks (user_id, created_at)
"""
ADD = "INSERT INTO bare_tasks (user_id, title) VALUES (%s, %s) RETURNING *"

# All columns, whatever they are.
ROWS = TypeAdapter(list[dict[str, Any]])

Connection = psycopg.AsyncConnection[DictRow]
free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()


class NewTask(BaseModel):
    title: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The host, the user and the password come from the variables of libpq."""
    opened = [await psycopg.AsyncConnection.connect(autocommit=True, row_factory=dict_row) for _ in range(CONNECTIONS)]
    await opened[0].execute(CREATE)
    for connection in opened:
        free.put_nowait(connection)
    yield
    for connection in opened:
        await connection.close()


app = FastAPI(lifespan=lifespan)


@app.get("/{user_id}/tasks")
async def read(user_id: UUID, limit: int) -> Response:
    return await _answer(200, READ, user_id, limit)


@app.post("/{user_id}/tasks")
async def add(user_id: UUID, task: NewTask) -> Response:
    return await _answer(201, ADD, user_id, task.title)


async def _answer(status: int, query: str, *values: object) -> Response:
    connection = await free.get()
    try:
        rows = await (await connection.execute(query, values)).fetchall()
    finally:
        free.put_nowait(connection)
    return Response(ROWS.dump_json(rows), status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ["PORT"]), access_log=False)
