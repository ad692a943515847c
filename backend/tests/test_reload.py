"""The development stage: whatever counts in the revision is served once it is saved."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from postgres import BACKEND
from servers import KEYS, closed_port
from waiting import until

from app.revision import source_revision


def dev_command() -> list[str]:
    """What the development image runs."""
    dockerfile = (BACKEND / "Dockerfile").read_text()
    stage = dockerfile[dockerfile.index(" AS dev\n") : dockerfile.index(" AS final\n")]
    command = re.search(r"^CMD (.+)", stage, re.MULTILINE)
    assert command is not None
    program, *arguments = json.loads(command[1])
    assert program == "python"
    return [sys.executable, *arguments]


class Reloading:
    """The development command on a copy of the sources."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = closed_port()
        # Beside coverage the import of debugpy fails at times. What runs here is omitted from it anyway.
        untraced = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        # With a session of its own, so that its children end with it.
        self.process = subprocess.Popen(
            dev_command(),
            cwd=folder,
            env={
                **untraced,
                "PORT": str(self.port),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TODO_DATABASE_URL": f"postgresql://todo@127.0.0.1:{closed_port()}/todo",
                "TODO_JWT_KEYS": KEYS,
                **settings,
            },
            start_new_session=True,
        )

    def until_served(self) -> None:
        """Wait until /health tells the revision of the files as they are now."""
        expected, deadline = source_revision(self.folder), time.monotonic() + 60
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
    folder = tmp_path_factory.mktemp("backend")
    for name in ("app", "migrations"):
        shutil.copytree(BACKEND / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    started = Reloading(folder)
    try:
        started.until_served()
        yield started
    finally:
        started.end()


@pytest.mark.parametrize("name", ["app/data.json", "app/new/a.txt", "migrations/other.mako", "app/more.py"])
def test_a_file_of_any_kind_is_served_once_it_is_saved_changed_removed_and_restored(
    reloading: Reloading, name: str
) -> None:
    file = reloading.folder / name
    file.parent.mkdir(exist_ok=True)
    for content in ("# first\n", "# other\n"):
        file.write_text(content)
        reloading.until_served()
    file.unlink()
    reloading.until_served()
    file.write_text("# other\n")
    reloading.until_served()


def test_a_file_that_another_replaces_is_served(reloading: Reloading) -> None:
    (reloading.folder / "app/replaced.json").write_text("{}")
    reloading.until_served()
    (reloading.folder / "new.json").write_text("[]")
    os.replace(reloading.folder / "new.json", reloading.folder / "app/replaced.json")
    reloading.until_served()


def test_a_link_is_served_once_it_is_made_changed_and_removed(reloading: Reloading) -> None:
    link = reloading.folder / "app/link"
    for target in ("auth", "chat", "absent"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        reloading.until_served()
    link.unlink()
    reloading.until_served()


def test_a_name_that_is_not_utf8_does_not_keep_later_saves_from_being_served(reloading: Reloading) -> None:
    odd = os.fsencode(reloading.folder / "app") + b"/\xe9.py"
    with open(odd, "wb") as file:
        file.write(b"# odd\n")
    (reloading.folder / "app/after.py").write_text("# after\n")
    reloading.until_served()
    os.unlink(odd)
    (reloading.folder / "app/after.py").write_text("# again\n")
    reloading.until_served()


def greeted(port: int) -> bool:
    """Whether a debugger that attaches is answered, by the Debug Adapter Protocol."""
    request = {"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "test"}}
    body = json.dumps(request).encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            said = b""
            while b'"command": "initialize"' not in said:
                part = client.recv(65536)
                if not part:
                    return False
                said += part
            return b'"success": true' in said
    except OSError:
        return False


def test_a_debugger_attaches_to_the_process_that_serves_also_after_a_save(tmp_path: Path) -> None:
    for name in ("app", "migrations"):
        shutil.copytree(BACKEND / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    port = closed_port()
    started = Reloading(tmp_path, TODO_DEBUG_PORT=str(port))
    try:
        started.until_served()
        until(lambda: greeted(port))
        file = tmp_path / "app/main.py"
        file.write_text(f"{file.read_text()}# saved\n")
        started.until_served()
        until(lambda: greeted(port))
    finally:
        started.end()
