"""A PostgreSQL of the tests' own, from the binaries of the Debian package."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

BACKEND = Path(__file__).resolve().parent.parent


class Server:
    """Makes databases in a server that is reached by `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"todo_{uuid.uuid4().hex[:12]}"
        execute(self.url, f"CREATE DATABASE {name}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def running_server() -> Iterator[Server]:
    """TODO_TEST_DATABASE_URL, whose user may create databases, else a new cluster in a temporary folder."""
    if given := os.environ.get("TODO_TEST_DATABASE_URL"):
        yield Server(given)
        return
    bin_dir = newest_binaries()
    owner = _unprivileged_user()
    home = Path(tempfile.mkdtemp(prefix="todo-pg-"))
    if owner is not None:
        shutil.chown(home, owner)

    def run(program: str, *arguments: str) -> None:
        # A file, not a pipe: the server that pg_ctl leaves running would keep a pipe open.
        with (home / "out").open("a") as out:
            done = subprocess.run(
                [bin_dir / program, *arguments],
                user=owner,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        assert done.returncode == 0, f"{program} failed: {_log(home)}"

    try:
        run(
            "initdb",
            "--pgdata=data",
            "--username=todo",
            "--auth=trust",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        )
        options = (
            f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=200"
        )
        run("pg_ctl", "start", "--wait", "--pgdata=data", f"--log={home}/log", f"--options={options}")
        try:
            yield Server(f"postgresql+psycopg://todo@/postgres?host={home}")
        finally:
            run("pg_ctl", "stop", "--wait", "--pgdata=data", "--mode=immediate")
    finally:
        shutil.rmtree(home)


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement outside of a transaction; the rows, if there are any."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def migrate(url: str, checkout: Path = BACKEND) -> None:
    """Migrate the database to the newest schema of a backend's sources."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=checkout,
        env={**os.environ, "TODO_DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def connect(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(libpq_url(url), autocommit=True)


def libpq_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def newest_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    raise RuntimeError("the tests need PostgreSQL: apt-get install postgresql, or set TODO_TEST_DATABASE_URL")


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _log(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "out", home / "log") if path.exists())
