"""/health, /ready and what an absent database looks like."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from postgres import Server, execute, migrate
from servers import Person, Stack, closed_port, running_stack

from app import __version__, schema_state
from app.revision import SERVICE_DIR, source_revision
from app.schema_state import Migrations


def test_health_tells_version_and_revision(stack: Stack) -> None:
    assert stack.http.get("/health").json() == {
        "status": "ok",
        "service": "backend",
        "version": __version__,
        "revision": source_revision(SERVICE_DIR),
    }


HEALTH_CHECKS = re.findall(r"HEALTHCHECK [^\[]* CMD (\[.+\])", (SERVICE_DIR / "Dockerfile").read_text())


@pytest.mark.parametrize("command", HEALTH_CHECKS)
def test_the_health_check_of_the_image_passes_while_the_service_answers(stack: Stack, command: str) -> None:
    """Also where Docker's client gives all containers a proxy, which knows nothing of their own addresses."""
    program, *arguments = json.loads(command)
    assert program == "python"
    proxy = {name: f"http://127.0.0.1:{closed_port()}" for name in ("HTTP_PROXY", "http_proxy")}

    def checked(port: int) -> "subprocess.CompletedProcess[str]":
        env = {**os.environ, **proxy, "PORT": str(port)}
        run = [sys.executable, *arguments]
        return subprocess.run(run, cwd=SERVICE_DIR, env=env, capture_output=True, text=True)

    assert checked(stack.http.base_url.port or 0).returncode == 0
    refused = checked(closed_port())
    assert refused.returncode == 1
    assert refused.stderr.startswith("backend: /health does not answer: ")


def test_both_stages_of_the_image_have_a_health_check() -> None:
    assert len(HEALTH_CHECKS) == 2


def test_a_migrated_database_is_ready(stack: Stack) -> None:
    response = stack.http.get("/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


def test_a_database_without_a_schema_is_not_ready(postgres: Server) -> None:
    with running_stack(postgres.new_database()) as stack:
        response = stack.http.get("/ready")
        assert response.status_code == 503
        assert "alembic upgrade head" in response.json()["detail"]


@pytest.mark.parametrize(
    ("applied", "says"),
    [(None, "has no schema yet"), ("1", "this code needs 2"), ("2", None), ("of a newer release", None)],
)
def test_a_schema_suits_from_this_codes_head_on(applied: str | None, says: str | None) -> None:
    problem = Migrations(heads=("2",), known=frozenset({"1", "2"})).problem(applied)
    assert says in problem if says and problem else problem is says


def test_in_development_a_schema_of_another_branch_is_not_ready_and_the_way_out_is_named(
    postgres: Server,
) -> None:
    url = postgres.new_database()
    migrate(url)
    execute(url, "UPDATE alembic_version SET version_num = '0002a'")
    with running_stack(url, allow_newer_schema=False) as stack:
        response = stack.http.get("/ready")
    assert response.status_code == 503
    detail = response.json()["detail"]
    assert "at 0002a" in detail and "alembic downgrade" in detail and "./dev reset-database" in detail


def test_in_development_a_schema_that_moves_on_while_code_is_served_is_a_rollouts(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old pod goes on while the new one, which has just migrated, starts."""
    monkeypatch.setattr(schema_state, "CACHED_FOR_SECONDS", 0)
    url = postgres.new_database()
    migrate(url)
    with running_stack(url, allow_newer_schema=False) as stack:
        assert stack.http.get("/ready").status_code == 200
        execute(url, "UPDATE alembic_version SET version_num = '9999'")
        assert stack.http.get("/ready").status_code == 200
        execute(url, "DELETE FROM alembic_version")
        assert stack.http.get("/ready").status_code == 503


@pytest.fixture(scope="module")
def cut_off() -> Iterator[Stack]:
    url = f"postgresql+psycopg://todo:the-password@127.0.0.1:{closed_port()}/todo"
    with running_stack(url) as stack:
        yield stack


def test_without_a_database_the_process_is_healthy_and_not_ready(cut_off: Stack) -> None:
    assert cut_off.http.get("/health").status_code == 200
    ready = cut_off.http.get("/ready")
    assert (ready.status_code, ready.headers["content-type"]) == (503, "application/problem+json")
    assert "does not answer" in ready.json()["detail"]
    assert "the-password" not in ready.text


def test_without_a_database_a_request_fails_with_a_retryable_problem(cut_off: Stack) -> None:
    body = {"email": "ada@todo.test", "password": "a long password"}
    response = cut_off.http.post("/api/auth/register", json=body)
    assert response.status_code == 503
    assert response.headers["retry-after"] and "try again" in response.json()["detail"].lower()


def test_an_unexpected_error_of_the_database_is_logged_without_what_was_to_be_stored(
    postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"email": "ada@todo.test", "password": "a long password", "name": "Countess"}
    url = postgres.new_database()
    migrate(url)
    execute(url, "ALTER TABLE users ALTER name TYPE bytea USING name::bytea")
    with running_stack(url) as stack:
        assert stack.http.post("/api/auth/register", json=body).status_code == 500
    assert 'column "name" is of type bytea' in caplog.text and "INSERT INTO users" in caplog.text
    assert not [secret for secret in (*body.values(), "argon2") if secret in caplog.text]


def test_a_broken_constraint_is_logged_without_the_row_that_breaks_it(
    postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres.new_database()
    migrate(url)
    execute(url, "ALTER TABLE users ADD CONSTRAINT ck_users_nobody CHECK (name = 'Nobody')")
    body = {"email": "ada@todo.test", "password": "a long password", "name": "Countess"}
    with running_stack(url) as stack:
        assert stack.http.post("/api/auth/register", json=body).status_code == 500
    assert 'violates check constraint "ck_users_nobody"' in caplog.text
    assert not [secret for secret in (*body.values(), "argon2", "DETAIL") if secret in caplog.text]


def test_connections_that_the_database_dropped_are_replaced(ada: Person, database_url: str) -> None:
    ada.add("before")
    execute(
        database_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'todo-backend' AND datname = current_database()",
    )
    assert ada.titles() == ["before"]
