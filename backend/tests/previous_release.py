"""The release before this one: its data, and its services as processes of their own."""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
from postgres import BACKEND, Server, connect
from release_data import PASSWORD
from servers import KEYS, Person, closed_port
from waiting import until_answered

RELEASES = BACKEND.parent / "tests" / "releases"
RELEASE = max(
    (path for path in RELEASES.iterdir() if path.is_dir()),
    key=lambda path: tuple(int(part) for part in path.name.split(".")),
)


def new_database(server: Server, release: Path = RELEASE) -> str:
    """The URL of a database with the schema and the data of the release."""
    url = server.new_database()
    with connect(url) as connection:
        connection.execute((release / "data.sql").read_bytes())
    return url


def unpack(service: str, folder: Path) -> Path:
    """The sources of `backend` or `mcp_server`."""
    with tarfile.open(RELEASE / f"{service}.tar.gz") as archive:
        archive.extractall(folder / service, filter="data")
    return folder / service


@contextmanager
def serving(url: str, folder: Path) -> Iterator[str]:
    """The URL of the release's backend, on that database and with the release's MCP server."""
    api, mcp = (f"http://127.0.0.1:{closed_port()}" for _ in range(2))
    settings = {"TODO_DATABASE_URL": url, "TODO_JWT_KEYS": KEYS, "TODO_MCP_URL": f"{mcp}/mcp"}
    with ExitStack() as stack:
        for module, service, here, env in (
            ("todo_mcp", "mcp_server", mcp, {"TODO_API_URL": api}),
            ("app", "backend", api, settings),
        ):
            stack.enter_context(_running(module, unpack(service, folder), here, env))
        yield api


@contextmanager
def _running(module: str, folder: Path, url: str, env: dict[str, str]) -> Iterator[None]:
    """Its output is the test's."""
    environment = {**os.environ, **env, "PORT": url.rpartition(":")[2]}
    environment.pop("PYTHONPATH", None)
    process = subprocess.Popen([sys.executable, "-m", module], cwd=folder, env=environment)
    try:
        until_answered(f"{url}/ready", process)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def logged_in(url: str, name: str) -> Iterator[Person]:
    """One of the people in the release's data, by the password that they had then."""
    with httpx2.Client(base_url=url, timeout=60) as http:
        credentials = {"email": f"{name}@todo.test", "password": PASSWORD}
        account = Person.ok(http.post("/api/auth/login", json=credentials))
        http.headers["Authorization"] = f"Bearer {account['access_token']}"
        yield Person(account["user"]["id"], account["access_token"], http)
