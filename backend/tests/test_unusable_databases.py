"""Databases that this service cannot work with: the migration and /ready say why, and neither passes."""

import pytest
from migrating import refusal, start
from postgres import Server, execute
from servers import running_stack

from app.schema_state import Migrations

KNOWN = Migrations.read().heads[0]


def _not_ready(url: str) -> str:
    with running_stack(url) as stack:
        response = stack.http.get("/ready")
    assert response.status_code == 503
    detail: str = response.json()["detail"]
    return detail


@pytest.mark.parametrize("applied", ["3f2a9c81be04", KNOWN])
def test_the_database_of_another_application_is_refused(postgres: Server, applied: str) -> None:
    url = postgres.new_database()
    execute(url, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    execute(url, f"INSERT INTO alembic_version VALUES ('{applied}')")
    for told in (refusal(start(url)), _not_ready(url)):
        assert f"at {applied}, and has no tables users and tasks: it is another application's" in told
    assert execute(url, "SELECT version_num FROM alembic_version") == [(applied,)]


@pytest.mark.parametrize("option", ["pgbouncer=true", "schema=public"])
def test_an_option_of_the_url_that_postgresql_does_not_know_is_named(postgres: Server, option: str) -> None:
    url = f"{postgres.new_database()}&{option}"
    reason = f'invalid connection option "{option.partition("=")[0]}"'
    told = refusal(start(url, TODO_DATABASE_WAIT_SECONDS="1"))
    assert "TODO_DATABASE_URL" in told and reason in told and "does not answer" not in told
    not_ready = _not_ready(url)
    assert reason in not_ready and "alembic upgrade head" not in not_ready


def test_a_user_who_may_not_read_the_schemas_revision_is_told_so(database_url: str) -> None:
    url = f"{database_url}&options=-crole%3Dpg_monitor"
    reason = "permission denied for table alembic_version"
    assert reason in refusal(start(url))
    not_ready = _not_ready(url)
    assert reason in not_ready and "alembic upgrade head" not in not_ready
