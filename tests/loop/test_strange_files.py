"""Files as they come in life: other suffixes, pipes, names that are not UTF-8, links, logs, thousands at once."""

from __future__ import annotations

import shutil

import httpx
import pytest

from scripts.bench.edits import Probe
from tests.e2e.deployed import Deployed
from tests.loop.running_loop import Edits, RunningLoop

ROOTS = {"backend/app": "backend", "backend/migrations": "backend", "mcp_server/todo_mcp": "mcp-server"}
# A file that may be edited beside what is wrong.
BESIDE = {
    "backend": ("backend/app/main.py", "# beside\n"),
    "mcp-server": ("mcp_server/todo_mcp/main.py", "# beside\n"),
    "frontend": ("frontend/src/main.tsx", "// beside\n"),
}


def save_beside(loop: RunningLoop, edits: Edits, probe: Probe, name: str) -> None:
    """Save a file of a service and wait until the service itself answers with it, whatever the row says."""
    path, line = BESIDE[name]
    edits.write(path, edits.path(path).read_text() + line)
    wanted = loop.sources(name)
    loop.until(lambda: probe.revision(name) == wanted, f"{name} serves {path} as saved")


def below_app(stack: Deployed, name: str, folder: str) -> set[str]:
    """The names in a folder of a service's container."""
    return set(stack.execute(name, "ls", "-A", f"/app/{folder}").split())


@pytest.mark.parametrize("suffix", [".txt", ".json", ".mako"])
@pytest.mark.parametrize("folder", ROOTS)
def test_a_file_that_is_no_python_is_served_as_well(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe, folder: str, suffix: str
) -> None:
    name = ROOTS[folder]
    edits.write(f"{folder}/extra{suffix}", "{}\n")
    loop.until_served(name)
    assert probe.revision(name) == loop.sources(name)
    assert f"extra{suffix}" in below_app(stack, name, folder.partition("/")[2])


def test_what_emacs_saves_for_itself_is_not_sent_and_turns_nothing_red(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe
) -> None:
    edits.write("backend/app/#main.py#", "half a li")
    save_beside(loop, edits, probe, "backend")
    loop.until_served("backend")
    assert "#main.py#" not in below_app(stack, "backend", "app")


@pytest.mark.parametrize("pipe", [".env", "pipe.py"])
def test_a_named_pipe_keeps_no_save_from_being_served(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe, pipe: str
) -> None:
    edits.pipe(f"mcp_server/todo_mcp/{pipe}")
    save_beside(loop, edits, probe, "mcp-server")
    loop.until_served("mcp-server")
    assert pipe not in below_app(stack, "mcp-server", "todo_mcp")
    edits.undo()
    loop.until_served("mcp-server")


def test_a_hidden_file_beside_the_code_stays_on_this_machine(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe
) -> None:
    edits.write("mcp_server/todo_mcp/.env", "SECRET=1\n")
    save_beside(loop, edits, probe, "mcp-server")
    loop.until_served("mcp-server")
    assert ".env" not in below_app(stack, "mcp-server", "todo_mcp")


def test_a_name_that_is_not_utf8_is_red_by_name_and_keeps_no_other_save_from_being_served(
    loop: RunningLoop, edits: Edits, probe: Probe
) -> None:
    edits.write("backend/app/caf\udce9.py", "COFFEE = 1\n")  # the byte E9
    loop.until_red("backend", r"backend/app/caf\xe9.py")
    save_beside(loop, edits, probe, "backend")
    loop.until_red("backend", r"backend/app/caf\xe9.py")

    edits.undo()
    loop.until_served("backend")
    save_beside(loop, edits, probe, "backend")
    loop.until_served("backend")


def test_a_link_to_a_folder_is_a_link_in_the_container_too(
    loop: RunningLoop, edits: Edits, stack: Deployed, probe: Probe
) -> None:
    edits.link("frontend/src/talk", "chat")
    loop.until_served("frontend")
    assert probe.revision("frontend") == loop.sources("frontend")
    assert stack.execute("frontend", "readlink", "/app/src/talk").strip() == "chat"


@pytest.mark.parametrize(
    ("link", "target", "name"),
    [
        ("frontend/public/x.png", "../../docs/todo.png", "frontend"),
        ("backend/app/shared.py", "../../scripts/dotenv.py", "backend"),
        ("frontend/src/loop", ".", "frontend"),
    ],
)
def test_a_link_that_leaves_the_context_or_loops_is_red_by_name_and_keeps_no_other_save_from_being_served(
    loop: RunningLoop, edits: Edits, probe: Probe, link: str, target: str, name: str
) -> None:
    edits.link(link, target)
    loop.until_red(name, link)
    save_beside(loop, edits, probe, name)
    loop.until_red(name, link)

    edits.undo()
    loop.until_served(name)


def test_a_log_that_grows_beside_the_sources_delays_no_save(loop: RunningLoop, edits: Edits) -> None:
    text = edits.path("backend/app/main.py").read_text()
    with edits.growing_log("backend/debug.log"):
        for number in range(3):
            edits.write("backend/app/main.py", f"{text}# {number}\n")
            loop.until_served("backend")


def test_ten_thousand_files_come_and_go_and_the_next_save_is_served(
    loop: RunningLoop, edits: Edits, stack: Deployed, http: httpx.Client
) -> None:
    folder = edits.folder("frontend/public/many", files=10_000)
    loop.until_served("frontend")
    assert http.get("/many/9999.txt").text == "9999\n"

    shutil.rmtree(folder)
    edits.replace("frontend/src/auth/SignIn.tsx", "Your tasks, and an assistant", "Still your tasks, and an assistant")
    loop.until_served("frontend")
    assert "Still your tasks" in http.get("/src/auth/SignIn.tsx").text
    assert "many" not in below_app(stack, "frontend", "public")
