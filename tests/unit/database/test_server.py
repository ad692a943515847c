"""What is said of the database by how a command in its pod ended."""

from __future__ import annotations

import pytest

from scripts.core.errors import UserError
from scripts.database.server import EMPTY, Server
from tests.unit.kube.exec_server import exec_server
from tests.unit.kube.test_exec import kube

FAILED = b'\x03{"status": "Failure", "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}}'
SUCCEEDED = b'\x03{"status": "Success"}'


def restore(*frames: bytes, cuts: bool = False) -> None:
    with exec_server(*frames, ends=not cuts, cuts=cuts) as url:
        Server(kube(url), "todo-stack", "todo-postgres-0").restore(0, ())


def test_a_restore_has_succeeded_once_its_commit_is_confirmed() -> None:
    restore(b"\x01restored\n", SUCCEEDED)
    restore(b"\x01restored\n", cuts=True)


@pytest.mark.parametrize("end", [FAILED, SUCCEEDED])
def test_a_command_that_ended_without_a_commit_has_changed_nothing(end: bytes) -> None:
    with pytest.raises(UserError, match="was not restored, and is as before: pg_restore: error: it is cut off"):
        restore(b"\x02pg_restore: error: it is cut off\n", end)


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("pg_restore: error: could not read from input file: end of file", "try another backup"),
        ("ERROR:  canceling statement due to lock timeout", "another session held a lock .*: try again"),
        ('ERROR:  could not extend file "base/1": No space left on device', "make space on the volume of the database"),
    ],
)
def test_another_backup_is_advised_only_where_the_backup_may_be_at_fault(said: str, cure: str) -> None:
    with pytest.raises(UserError, match=f"; {cure}"):
        restore(b"\x02" + said.encode(), FAILED)


def test_a_connection_that_broke_before_the_end_leaves_open_which_of_the_two_has_happened() -> None:
    with pytest.raises(UserError, match="may be restored or as before, as the end was not seen: .*restore the same"):
        restore(cuts=True)


def empty(*frames: bytes, cuts: bool = False) -> None:
    with exec_server(*frames, ends=not cuts, cuts=cuts) as url:
        Server(kube(url), "todo-stack", "todo-postgres-0").empty()


def test_to_be_emptied_the_database_waits_for_no_lock_for_longer_than_a_minute() -> None:
    assert "SET lock_timeout = '60s'; DROP SCHEMA public CASCADE" in EMPTY
    empty(SUCCEEDED)


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("ERROR:  canceling statement due to lock timeout", "another session held a lock for a minute: try again"),
        ("FATAL:  the database system is starting up", "see ./dev logs postgres"),
    ],
)
def test_a_statement_that_failed_has_deleted_nothing(said: str, cure: str) -> None:
    with pytest.raises(UserError, match=f"the database was not emptied: {said}; {cure}"):
        empty(b"\x02" + said.encode(), FAILED)


def test_a_connection_that_broke_before_the_end_leaves_open_whether_the_data_go() -> None:
    with pytest.raises(UserError, match="may be emptied, now or later, as the end was not seen: .*; run this again"):
        empty(cuts=True)
