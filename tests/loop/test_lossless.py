"""Nobody who uses the stack notices an edit, apart from what it changes."""

from __future__ import annotations

import httpx

from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.loop.load import Load
from tests.loop.running_loop import Edits, RunningLoop

SERVICE, MAIN = "backend/app/tasks/service.py", "backend/app/main.py"
EDITS, BROKEN = 20, (5, 10, 15)
PER_SECOND = 50
STREAM = "/api/test-only/stream"
ENDLESS_ROUTE = f"""
import asyncio

from fastapi.responses import StreamingResponse


async def lines():
    while True:
        yield b"line\\n"
        await asyncio.sleep(0.05)


@app.get("{STREAM}")
async def stream():
    return StreamingResponse(lines(), media_type="text/plain")
"""


def test_no_request_fails_while_files_are_saved_good_and_broken(
    loop: RunningLoop, edits: Edits, stack: Deployed, user: User
) -> None:
    original = edits.path(SERVICE).read_text()
    line = original.count("\n") + 2
    with Load(f"{stack.url}/api/me/tasks", user.auth, PER_SECOND) as load:
        for number in range(EDITS):
            if number in BROKEN:
                edits.write(SERVICE, f"{original}\ndef broken_{number}(:\n")
                loop.until_red("backend", f"{SERVICE}:{line}")
            else:
                edits.write(SERVICE, f"{original}\nEDIT = {number}\n")
                loop.until_served("backend")
    assert load.failures == []
    assert load.answered > EDITS


def test_an_edit_is_served_while_a_response_is_still_streamed(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client
) -> None:
    text = edits.path(MAIN).read_text()
    edits.write(MAIN, text + ENDLESS_ROUTE)
    loop.until_served("backend")
    with http.stream("GET", STREAM) as response:
        assert response.status_code == 200
        received = response.iter_lines()
        assert next(received) == "line"
        edits.write(MAIN, text)
        loop.until_served("backend")  # the stream itself never ends
        assert next(received) == "line"
    assert http.get(STREAM).status_code == 404
