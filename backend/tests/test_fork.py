"""The reloader on a small service: what a save may and may not do to requests, connections and processes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest
from postgres import BACKEND
from servers import closed_port

DEADLINE_SECONDS = 30
T = TypeVar("T")

MAIN = """\
import asyncio
import os

VALUE = 0


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for what in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{what}.complete"})
        return
    if scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
    while scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b".", "more_body": True})
        await asyncio.sleep(0.01)
    if scope["path"] == "/slow":
        open("begun", "w").close()
    while scope["path"] == "/slow" and not os.path.exists("go"):
        await asyncio.sleep(0.01)
    if scope["path"] == "/die":
        os._exit(7)
    body = f"{VALUE} {os.getpid()}".encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""
DEV = """\
import os
import sys

from app.reload.supervisor import serve
from app.revision import SERVICE_DIR, source_revision

port = int(os.environ["PORT"])
sys.exit(serve("app.main:app", ["app"], lambda: source_revision(SERVICE_DIR, ["app"]), port))
"""


def until(found: Callable[[], T | None], what: str) -> T:
    """The first true value."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(0.01)
    return value


class Service:
    def __init__(self, folder: Path) -> None:
        self.folder, self.package = folder, folder / "app"
        self.package.mkdir()
        (self.package / "__init__.py").touch()
        shutil.copytree(
            BACKEND / "app/reload", self.package / "reload", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(BACKEND / "app/revision.py", self.package)
        (self.package / "dev.py").write_text(DEV)
        (self.package / "main.py").write_text(MAIN)
        self.port = closed_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"

    def start(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.dev"],
                cwd=self.folder,
                env={**os.environ, "PORT": str(self.port), "PYTHONDONTWRITEBYTECODE": "1"},
                stderr=log,
                start_new_session=True,
            )

    def save(self, value: int | str) -> None:
        """As an engine does: another file takes the old one's place."""
        (self.folder / "new").write_text(MAIN.replace("VALUE = 0", f"VALUE = {value}"))
        os.replace(self.folder / "new", self.package / "main.py")

    def break_it(self) -> None:
        """Save code that does not load, and wait until the log says so."""
        before = self.log.read_text().count("does not load")
        self.save("(")
        until(lambda: self.log.read_text().count("does not load") > before, "the error is logged")

    def get(self, path: str = "/") -> httpx2.Response | None:
        try:
            return httpx2.get(self.url + path, timeout=DEADLINE_SECONDS)
        except httpx2.TransportError:
            return None

    def value(self) -> int:
        answer = self.get()
        return int(answer.text.split()[0]) if answer and answer.status_code == 200 else -1

    def until_served(self, value: int) -> None:
        until(lambda: self.value() == value, f"{value} is served: {self.log.read_text()}")

    def processes(self) -> set[int]:
        """Of this service, without those that have ended and wait for their parent."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                pid, state, _, _, session = re.sub(r"\(.*\) ", "", stat.read_text()).split()[:5]
                if int(session) == self.process.pid and state != "Z":
                    found.add(int(pid))
        return found


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    if made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)
    made.process.wait()


@pytest.fixture
def service(stopped: Service) -> Service:
    stopped.start()
    stopped.until_served(0)
    # From here on a save is a fork of a process with all libraries.
    until(lambda: stopped.log.read_text().count("is served") == 2, "the worker is one of the warm ground")
    return stopped


def test_no_request_is_lost_and_none_goes_back_while_files_are_saved(service: Service) -> None:
    enough = threading.Event()
    seen: list[list[int]] = []
    errors: list[str] = []

    def ask(keep_alive: bool) -> None:
        values: list[int] = []
        seen.append(values)
        headers = {} if keep_alive else {"connection": "close"}
        with httpx2.Client(base_url=service.url, timeout=DEADLINE_SECONDS, headers=headers) as client:
            last = False
            while not last:
                last = enough.is_set()  # a request that begins after the newest code is served
                try:
                    answer = client.get("/").raise_for_status()
                    values.append(int(answer.text.split()[0]))
                except httpx2.HTTPError as error:
                    errors.append(repr(error))

    threads = [threading.Thread(target=ask, args=[keep_alive]) for keep_alive in (True, True, False)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 21):
            if number % 7 == 0:
                service.break_it()
            service.save(number)
            service.until_served(number)
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert all(values == sorted(values) and values[-1] == 20 for values in seen)


def test_a_connection_that_is_kept_is_answered_by_the_new_code(service: Service) -> None:
    with httpx2.Client(base_url=service.url) as client:
        first = client.get("/")
        local = first.extensions["network_stream"].get_extra_info("client_addr")
        service.save(1)
        service.until_served(1)
        second = client.get("/")
        assert second.text.startswith("1 ")
        assert second.extensions["network_stream"].get_extra_info("client_addr") == local


def test_a_request_that_has_begun_to_arrive_is_answered_too(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        service.save(1)
        service.until_served(1)
        connection.sendall(b"\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_request_under_way_is_finished_by_the_code_that_began_it(service: Service) -> None:
    answers: list[httpx2.Response | None] = []
    thread = threading.Thread(target=lambda: answers.append(service.get("/slow")))
    thread.start()
    until((service.folder / "begun").exists, "the request has begun")
    service.save(1)
    service.until_served(1)
    assert not answers
    (service.folder / "go").touch()
    thread.join()
    assert answers[0] is not None and answers[0].text.startswith("0 ")


def test_a_stream_holds_nothing_up_and_ends(service: Service) -> None:
    with httpx2.stream("GET", f"{service.url}/stream", timeout=DEADLINE_SECONDS) as stream:
        chunks = stream.iter_raw()
        next(chunks)
        service.save(1)
        service.until_served(1)
        with pytest.raises(httpx2.RemoteProtocolError):
            for _ in chunks:
                pass


def test_a_broken_save_is_told_with_its_place_and_the_last_good_code_serves(service: Service) -> None:
    service.break_it()
    log = service.log.read_text()
    assert f'File "{service.package}/main.py", line 4' in log
    assert "SyntaxError: '(' was never closed" in log
    assert service.value() == 0
    service.save(1)
    service.until_served(1)


@pytest.mark.parametrize(
    ("broken", "words"),
    [("(", "SyntaxError"), ("1 / 0", "ZeroDivisionError"), ("exit('no setting')", "no setting")],
)
def test_what_does_not_load_at_the_start_is_explained(stopped: Service, broken: str, words: str) -> None:
    stopped.save(broken)
    stopped.start()
    answer = until(stopped.get, "somebody answers")
    assert answer.status_code == 503
    assert words in answer.text
    stopped.save(1)
    stopped.until_served(1)


def test_a_process_that_dies_is_replaced(service: Service) -> None:
    service.get("/die")
    service.until_served(0)
    service.save(1)
    service.until_served(1)


def test_the_process_that_is_forked_from_is_replaced_when_it_dies(service: Service) -> None:
    answer = service.get()
    assert answer is not None
    until(lambda: len(service.processes()) == 3, "supervisor, ground and worker")
    [ground] = service.processes() - {service.process.pid, int(answer.text.split()[1])}
    os.kill(ground, signal.SIGKILL)
    until(lambda: ground not in service.processes(), "it has ended")
    service.save(1)
    service.until_served(1)


def test_saves_leave_no_process_behind_and_the_end_takes_all_along(service: Service) -> None:
    for number in range(1, 6):
        service.save(number)
        service.until_served(number)
    until(lambda: len(service.processes()) == 3, "supervisor, ground and worker")
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(DEADLINE_SECONDS) == 0
    until(lambda: not service.processes(), "all processes have ended")


def test_a_killed_supervisor_takes_all_along(service: Service) -> None:
    service.process.kill()
    service.process.wait()
    until(lambda: not service.processes(), "all processes have ended")


def test_a_library_that_starts_a_thread_is_not_forked_from(stopped: Service) -> None:
    library = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    (stopped.folder / "library").mkdir()
    (stopped.folder / "library/threads.py").write_text(library)
    path = repr(str(stopped.folder / "library"))
    stopped.save(f"0\n__import__('sys').path.append({path})\nimport threads")
    stopped.start()
    stopped.until_served(0)


def test_the_reloader_takes_up_its_own_code_unless_that_is_broken(service: Service) -> None:
    file = service.package / "reload/supervisor.py"
    good = file.read_text()
    file.write_text(good + "\nbroken = (\n")
    until(lambda: "the reloader goes on as it was" in service.log.read_text(), "the error is logged")
    assert service.value() == 0
    file.write_text(good + '\nprint("the new reloader", file=sys.stderr)\n')
    until(lambda: "the new reloader" in service.log.read_text(), "the new code runs")
    service.save(1)
    service.until_served(1)
