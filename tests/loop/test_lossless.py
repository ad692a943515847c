"""Nobody who uses the stack notices an edit, apart from what it changes."""

from __future__ import annotations

import time
from itertools import takewhile

import httpx

from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.loop.load import Load
from tests.loop.running_loop import Edits, RunningLoop

SERVICE, STREAM = "backend/app/tasks/service.py", "backend/app/chat/stream.py"
WORKER = "backend/app/reload/worker.py"
EDITS, BROKEN = 20, (5, 10, 15)
PER_SECOND = 50
CHAT = "/api/me/chat/stream"
WRITTEN = '            text = f"event:'
UNFINISHED = f"""\
            while event.kind == "done":
                moment = __import__("time").time()
                await send({{"type": "http.response.body", "body": f": {{moment}}\\n".encode(), "more_body": True}})
                await anyio.sleep(0.05)
{WRITTEN}"""
"""Makes a turn of the assistant say what time it is, in comments, until its own is over."""


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


def test_an_edit_is_served_while_an_answer_of_the_assistant_is_still_streamed(
    loop: RunningLoop, edits: Edits, http: httpx.Client, user: User
) -> None:
    text = edits.path(STREAM).read_text()
    edits.write(STREAM, text.replace(WRITTEN, UNFINISHED))
    # Else the test would have the one second that an answer gets when other code has taken over.
    edits.replace(WORKER, "STREAM_SECONDS = 1.0", "STREAM_SECONDS = 60.0")
    loop.until_served("backend")
    with http.stream("POST", CHAT, json={"message": "Add a task to water plants"}, headers=user.auth) as answer:
        lines = answer.iter_lines()
        assert "event: tool_result" in list(takewhile(lambda line: not line.startswith(":"), lines))
        edits.write(STREAM, text)
        loop.until_served("backend")
        served = time.time()
        assert any(float(line.removeprefix(":")) > served for line in lines)
    after = http.post(CHAT, json={"message": "Show my tasks"}, headers=user.auth).text
    assert "event: done" in after.splitlines() and "water plants" in after
