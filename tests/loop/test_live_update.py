"""A saved edit is served through the NodePort, without an image build."""

from __future__ import annotations

import httpx

from tests.e2e.conftest import User
from tests.e2e.deployed import Deployed
from tests.e2e.mcp_client import describe_tools
from tests.loop.running_loop import Edits, RunningLoop

SERVICE = "backend/app/tasks/service.py"
END_SHELLS = """
import contextlib, os, pathlib
for process in pathlib.Path("/proc").glob("[0-9]*"):
    with contextlib.suppress(OSError):  # it has ended meanwhile
        if b"while read -r size records" in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
            os.kill(int(process.name), 9)
            print(process.name)
"""
NO_SUCH_TASK = "/api/me/tasks/2147483000"


def actions_after(loop: RunningLoop, name: str, count: int) -> list[str]:
    return [update["action"] for update in loop.updates(name)[count:]]


def test_an_edit_of_the_backend_is_served(loop: RunningLoop, edits: Edits, http: httpx.Client, user: User) -> None:
    before = len(loop.updates("backend"))
    edits.replace(SERVICE, "You have no task", "Nowhere is there a task")
    loop.until_served("backend")
    assert "Nowhere is there a task" in http.get(NO_SUCH_TASK, headers=user.auth).json()["detail"]
    assert set(actions_after(loop, "backend", before)) == {"sync"}


def test_an_edit_of_the_mcp_server_is_served(loop: RunningLoop, edits: Edits, stack: Deployed, user: User) -> None:
    before = len(loop.updates("mcp-server"))
    edits.replace("mcp_server/todo_mcp/tools.py", "Add one task to the user's list.", "Note one thing to do.")
    loop.until_served("mcp-server")
    assert describe_tools(stack.url, user.token)["add_task"] == "Note one thing to do."
    assert set(actions_after(loop, "mcp-server", before)) == {"sync"}


def test_an_edit_of_the_frontend_is_served(loop: RunningLoop, edits: Edits, http: httpx.Client) -> None:
    before = len(loop.updates("frontend"))
    edits.replace("frontend/src/auth/SignIn.tsx", "Your tasks, and an assistant", "Your edited tasks, and an assistant")
    loop.until_served("frontend")
    assert "Your edited tasks, and an assistant" in http.get("/src/auth/SignIn.tsx").text
    assert set(actions_after(loop, "frontend", before)) == {"sync"}


def test_a_folder_of_sources_may_have_any_name(loop: RunningLoop, edits: Edits) -> None:
    (loop.folder / "frontend/src/tests").mkdir()
    edits.write("frontend/src/tests/edited.test.ts", "export {};\n")
    loop.until_served("frontend")


def test_a_syntax_error_is_shown_with_its_place_and_the_next_good_save_recovers(
    loop: RunningLoop, edits: Edits, http: httpx.Client, user: User
) -> None:
    original = (loop.folder / SERVICE).read_text()
    edits.write(SERVICE, original + "\ndef broken(:\n")
    line = original.count("\n") + 2
    loop.until(lambda: loop.resource("backend")["status"] == "error", "the backend is red")
    assert f"{SERVICE}:{line}" in loop.resource("backend")["detail"]
    assert any("SyntaxError" in text for text in loop.log("backend"))

    edits.write(SERVICE, original.replace("You have no task", "Recovered: no task"))
    loop.until_served("backend")
    assert "Recovered: no task" in http.get(NO_SUCH_TASK, headers=user.auth).json()["detail"]


def test_new_renamed_and_deleted_files_are_the_same_in_the_container(
    loop: RunningLoop, edits: Edits, stack: Deployed
) -> None:
    listing = ("python", "-c", "import os; print(sorted(n for n in os.listdir('app') if n.startswith('extra')))")
    edits.write("backend/app/extra_one.py", "ONE = 1\n")
    loop.until_served("backend")
    assert stack.execute("backend", *listing).strip() == "['extra_one.py']"

    edits.rename("backend/app/extra_one.py", "backend/app/extra_two.py")
    loop.until_served("backend")
    assert stack.execute("backend", *listing).strip() == "['extra_two.py']"

    edits.delete("backend/app/extra_two.py")
    loop.until_served("backend")
    assert stack.execute("backend", *listing).strip() == "[]"


def test_an_edit_is_served_though_the_loops_shell_in_the_container_was_ended(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client, user: User
) -> None:
    ended = stack.execute("backend", "python", "-c", END_SHELLS).split()
    assert len(ended) == 1
    before = len(loop.updates("backend"))
    edits.replace(SERVICE, "You have no task", "Still there is no task")
    loop.until_served("backend")
    assert "Still there is no task" in http.get(NO_SUCH_TASK, headers=user.auth).json()["detail"]
    assert actions_after(loop, "backend", before) == ["sync"]


def test_an_edit_is_served_while_streams_are_open(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client, user: User
) -> None:
    half = b"POST /api/me/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
    listen = {**user.auth, "Accept": "text/event-stream"}
    with stack.connection("backend", 8000) as open_request, http.stream("GET", "/mcp", headers=listen) as events:
        open_request.sendall(half)
        assert events.headers["content-type"].startswith("text/event-stream")
        edits.replace(SERVICE, "You have no task", "Even so there is no task")
        edits.replace("mcp_server/todo_mcp/tools.py", "Add one task to the user's list.", "Note it.")
        loop.until_served("backend")
        loop.until_served("mcp-server")
    assert "Even so there is no task" in http.get(NO_SUCH_TASK, headers=user.auth).json()["detail"]
    assert describe_tools(stack.url, user.token)["add_task"] == "Note it."
