"""The development stage: whatever counts in the revision is served once it is saved."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from conftest import closed_port
from test_process import SERVICE_DIR

from todo_mcp.revision import of_source


def dev_command() -> list[str]:
    """What the development image runs."""
    dockerfile = (SERVICE_DIR / "Dockerfile").read_text()
    stage = dockerfile[dockerfile.index(" AS dev\n") : dockerfile.index(" AS final\n")]
    command = re.search(r"^CMD (.+)", stage, re.MULTILINE)
    assert command is not None
    program, *arguments = json.loads(command[1])
    assert program == "python"
    return [sys.executable, *arguments]


class Reloading:
    """The development command on a copy of the sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = closed_port()
        # With a session of its own, so that its children end with it.
        self.process = subprocess.Popen(
            dev_command(),
            cwd=folder,
            env={**os.environ, "PORT": str(self.port), "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )

    def until_served(self) -> None:
        """Wait until /health tells the revision of the files as they are now."""
        expected, deadline = of_source(self.folder), time.monotonic() + 60
        while self._served() != expected:
            assert time.monotonic() < deadline, f"{expected} was not served within 60 s"
            assert self.process.poll() is None, "the reloader ended"
            time.sleep(0.05)

    def _served(self) -> str | None:
        try:
            answer = httpx2.get(f"http://127.0.0.1:{self.port}/health", timeout=10)
        except httpx2.TransportError:
            return None
        return str(answer.json()["revision"])

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def reloading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reloading]:
    folder = tmp_path_factory.mktemp("mcp_server")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SERVICE_DIR / "todo_mcp", folder / "todo_mcp", ignore=ignore)
    started = Reloading(folder)
    try:
        started.until_served()
        yield started
    finally:
        started.end()


@pytest.mark.parametrize("name", ["data.json", "new/a.txt", "more.py"])
def test_a_file_of_any_kind_is_served_once_it_is_saved_changed_removed_and_restored(
    reloading: Reloading, name: str
) -> None:
    file = reloading.folder / "todo_mcp" / name
    file.parent.mkdir(exist_ok=True)
    for content in ("# first\n", "# other\n"):
        file.write_text(content)
        reloading.until_served()
    file.unlink()
    reloading.until_served()
    file.write_text("# other\n")
    reloading.until_served()


def test_a_file_that_another_replaces_is_served(reloading: Reloading) -> None:
    (reloading.folder / "todo_mcp/replaced.json").write_text("{}")
    reloading.until_served()
    (reloading.folder / "new.json").write_text("[]")
    os.replace(reloading.folder / "new.json", reloading.folder / "todo_mcp/replaced.json")
    reloading.until_served()


def test_a_link_is_served_once_it_is_made_changed_and_removed(reloading: Reloading) -> None:
    link = reloading.folder / "todo_mcp/link"
    for target in ("api.py", "auth.py", "absent"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        reloading.until_served()
    link.unlink()
    reloading.until_served()


def test_a_name_that_is_not_utf8_does_not_keep_later_saves_from_being_served(reloading: Reloading) -> None:
    odd = os.fsencode(reloading.folder / "todo_mcp") + b"/\xe9.py"
    with open(odd, "wb") as file:
        file.write(b"# odd\n")
    (reloading.folder / "todo_mcp/after.py").write_text("# after\n")
    reloading.until_served()
    os.unlink(odd)
    (reloading.folder / "todo_mcp/after.py").write_text("# again\n")
    reloading.until_served()
