"""Backups by command and by the chart, and what a restore does to an app that runs."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from scripts.cluster import api, select
from scripts.core.paths import ROOT
from scripts.database import server
from scripts.database.server import EMPTY, RESTORE
from tests.documents import code_block
from tests.install.conftest import NAMESPACE, Operator

IN_NAMESPACE = ("--namespace", NAMESPACE)
OF_POSTGRES_15 = Path(__file__).with_name("of-postgres-15.dump")
"""What `tests/releases/0.1.0/data.sql` holds, by the pg_dump of PostgreSQL 15."""


@pytest.fixture(scope="module")
def user(operator: Operator) -> Iterator[httpx.Client]:
    """Somebody who is logged in."""
    with httpx.Client(base_url=operator.url, timeout=60, trust_env=False) as http:
        account = {"email": "backup@example.com", "password": "kept through backups"}
        registered = http.post("/api/auth/register", json=account)
        assert registered.status_code == 201, registered.text
        http.headers["Authorization"] = f"Bearer {registered.json()['access_token']}"
        yield http


def titles(user: httpx.Client) -> list[str]:
    return [task["title"] for task in user.get("/api/me/tasks").raise_for_status().json()]


def add(user: httpx.Client, title: str) -> None:
    user.post("/api/me/tasks", json={"title": title}).raise_for_status()


@contextmanager
def asked_all_the_time(user: httpx.Client) -> Iterator[list[int]]:
    """The statuses of requests that are made one after the other meanwhile."""
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            statuses.append(user.get("/api/me/tasks").status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield statuses
    finally:
        over.set()
        asking.join()


@pytest.fixture(scope="module")
def backup(operator: Operator, user: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of one task, after which another was added."""
    file = tmp_path_factory.mktemp("backup") / "todo.dump"
    add(user, "In the backup")
    here = {"FILE": f"{file} --namespace {NAMESPACE}"}
    operator.follow(code_block("docs/operations.md", "Back up", "./dev backup", here))
    add(user, "After the backup")
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o077 == 0
    return file


def test_a_restore_brings_back_what_was_and_the_app_answers_all_the_time(
    operator: Operator, user: httpx.Client, backup: Path
) -> None:
    here = {"FILE": f"{backup} --yes --namespace {NAMESPACE}"}
    with asked_all_the_time(user) as statuses:
        operator.follow(code_block("docs/operations.md", "Restore", "./dev restore", here))
    assert titles(user) == ["In the backup"]
    assert set(statuses) == {200}
    add(user, "After the restore")


def test_a_dump_that_is_cut_off_changes_nothing(operator: Operator, user: httpx.Client, backup: Path) -> None:
    before = titles(user)
    cut = backup.with_name("cut.dump")
    cut.write_bytes(backup.read_bytes()[:-100])
    refused = operator.run("./dev", "restore", str(cut), "--yes", *IN_NAMESPACE, check=False)
    assert refused.returncode == 1
    assert "error: the database was not restored, and is as before: pg_restore: error: " in refused.stderr
    assert titles(user) == before


def test_nothing_comes_between_the_words_of_the_reason(operator: Operator, user: httpx.Client, backup: Path) -> None:
    """pg_restore writes its name and the reason one after the other, and psql is on the same stream."""
    cut = backup.read_bytes()[:-100]
    pod = ("kubectl", "exec", "-i", *IN_NAMESPACE, "statefulset/todo-postgres", "--")
    argv = (*pod, "sh", "-c", RESTORE, "sh", str(len(cut)))
    done = subprocess.run(argv, input=cut, env=operator.env, capture_output=True, timeout=60)
    assert [line.partition(b": ")[0] for line in done.stderr.splitlines()] == [b"pg_restore"]


def test_a_database_is_emptied_unless_a_session_holds_a_lock(
    operator: Operator, user: httpx.Client, backup: Path
) -> None:
    """`./dev reset-database` does this, of the development stack only."""
    before = titles(user)
    pod = ("kubectl", "exec", "-i", *IN_NAMESPACE, "statefulset/todo-postgres", "--")
    psql = (*pod, "psql", "-qU", "todo", "-d", "todo")
    impatient = EMPTY.replace("'60s'", "'1s'")
    assert impatient != EMPTY
    with subprocess.Popen(psql, env=operator.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        assert session.stdin and session.stdout
        session.stdin.write("BEGIN; SELECT FROM tasks LIMIT 0;\n\\echo reading\n")
        session.stdin.flush()
        assert any(line == "reading\n" for line in session.stdout)
        refused = operator.run(*pod, "sh", "-c", impatient, check=False)
        session.stdin.close()
    assert refused.returncode != 0
    assert "canceling statement due to lock timeout" in refused.stderr
    assert titles(user) == before

    server.find(api.connect(select.choose()[0]), NAMESPACE).empty()
    tables = operator.run(*psql, "-Atc", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert tables.stdout == "0\n"
    operator.run("./dev", "restore", str(backup), "--yes", *IN_NAMESPACE)
    assert titles(user) == ["In the backup"]


def test_a_dump_of_something_else_is_refused_before_anybody_is_asked(
    operator: Operator, user: httpx.Client, backup: Path
) -> None:
    other = backup.with_name("other.dump")
    dump = "pg_dump -U todo -d todo -Fc -t tasks | base64"
    pod = ("kubectl", "exec", *IN_NAMESPACE, "statefulset/todo-postgres", "--")
    operator.run("sh", "-c", f"{' '.join(pod)} sh -c '{dump}' | base64 -d >{other}")
    for file, reason in ((other, "it has no table alembic_version"), (ROOT / "README.md", "is not a backup")):
        refused = operator.run("./dev", "restore", str(file), *IN_NAMESPACE, check=False)
        assert refused.returncode == 1
        assert reason in refused.stderr


def test_nothing_is_restored_without_a_yes_and_no_backup_is_overwritten(operator: Operator, backup: Path) -> None:
    unasked = operator.run("./dev", "restore", str(backup), *IN_NAMESPACE, check=False)
    assert unasked.returncode == 1
    assert f"namespace {NAMESPACE} by those of {backup}, made at 20" in unasked.stderr
    again = operator.run("./dev", "backup", str(backup), *IN_NAMESPACE, check=False)
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_the_chart_makes_backups_at_once_and_on_schedule_and_keeps_the_newest(
    operator: Operator, user: httpx.Client, tmp_path: Path
) -> None:
    """They are made, and read from their volume, as docs/operations.md says."""
    kubectl = ("kubectl", *IN_NAMESPACE)
    one = {"enabled=true": "enabled=true,postgres.backup.keep=1"}
    operator.follow(code_block("docs/operations.md", "Back up", "helm upgrade", one))
    completed = ("wait", "job", "--for=condition=complete", "--timeout=2m")
    operator.run(*kubectl, *completed, "-l", "app.kubernetes.io/component=backup")
    add(user, "In the chart's backup")
    logs = operator.follow(code_block("docs/operations.md", "Back up", "name=todo-backup-"))
    assert re.search(r"^backup: removed todo-\d{8}T\d{6}Z.dump, as 1 are kept$", logs, re.MULTILINE)

    (written,) = re.findall(r"wrote (\S+),", logs)
    pod, copied = tmp_path / "reader.yaml", tmp_path / "copied.dump"
    pod.write_text(code_block("docs/operations.md", "Back up", "apiVersion: v1\nkind: Pod\n"))
    read = {"POD.yaml": str(pod), "NAME": written, "FILE": str(copied)}
    try:
        said = operator.follow(code_block("docs/operations.md", "Back up", "kubectl -n todo-stack apply", read))
        assert re.findall(r"todo-\S+\.dump", said) == [written]
    finally:
        operator.run(*kubectl, "delete", "pod/todo-backups", "--ignore-not-found")
        operator.change("postgres.backup.enabled=false")
    claims = json.loads(operator.run(*kubectl, "get", "pvc", "-o", "json").stdout)["items"]
    assert "todo-backup" in {claim["metadata"]["name"] for claim in claims}, "the backups are kept"

    add(user, "After the chart's backup")
    operator.run("./dev", "restore", str(copied), "--yes", *IN_NAMESPACE)
    assert titles(user)[0] == "In the chart's backup"


def test_a_backup_of_an_older_postgresql_and_release_is_restored_where_that_is_meant(operator: Operator) -> None:
    """Last in this file: the account of the tests above is not in it."""
    restore = ("./dev", "restore", str(OF_POSTGRES_15), "--yes", *IN_NAMESPACE)
    refused = operator.run(*restore, check=False)
    assert refused.returncode == 1
    assert "was made by PostgreSQL 15, and the database is PostgreSQL " in refused.stderr
    assert "add --older-postgres" in refused.stderr
    operator.run(*restore, "--older-postgres")
    data = (ROOT / "tests/releases/0.1.0/data.sql").read_text()
    (ada,) = re.findall(r"^INSERT INTO public.users VALUES \('(\S+)', 'ada@todo.test'", data, re.MULTILINE)
    stored = re.findall(rf"^INSERT INTO public.tasks .*VALUES \(\d+, '{ada}', '(.+?)', '", data, re.MULTILINE)
    with httpx.Client(base_url=operator.url, timeout=60, trust_env=False) as http:
        account = {"email": "ada@todo.test", "password": "kept through upgrades"}
        token = http.post("/api/auth/login", json=account).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        assert sorted(titles(http)) == sorted(stored)
        add(http, "After the restore")
        assert "After the restore" in titles(http)
