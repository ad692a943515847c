"""Which dumps may replace a database, by what pg_restore tells of them."""

from __future__ import annotations

import pytest

from scripts.core.errors import UserError
from scripts.database import dump

LISTING = """\
;
; Archive created at 2026-11-27 15:00:00 UTC
;     dbname: todo
;     TOC Entries: 40
;     Dump Version: 1.16-0
;     Format: CUSTOM
;     Dumped from database version: 17.6 (Debian 17.6-0+deb13u1)
;     Dumped by pg_dump version: 17.6 (Debian 17.6-0+deb13u1)
;
; Selected TOC Entries:
;
217; 1259 16385 TABLE public alembic_version todo
220; 1259 16402 TABLE public tasks todo
218; 1259 16390 TABLE public users todo
3421; 0 16402 TABLE DATA public tasks todo
3282; 2606 16410 CONSTRAINT public tasks tasks_pkey todo
"""


def test_a_listing_tells_time_version_and_tables() -> None:
    tables = frozenset({"alembic_version", "tasks", "users"})
    assert dump.read(LISTING) == dump.Dump("2026-11-27 15:00:00 UTC", 17, tables)


def test_a_dump_of_the_same_major_version_may_be_restored() -> None:
    dump.read(LISTING).check("a.dump", 17)


@pytest.mark.parametrize("table", sorted(dump.TABLES))
def test_a_dump_of_something_else_is_refused(table: str) -> None:
    other = dump.read(LISTING.replace(f"TABLE public {table} ", "TABLE public something "))
    with pytest.raises(UserError, match=f"a.dump is not a backup of todo-stack: it has no table {table}; choose"):
        other.check("a.dump", 17)


def test_a_dump_of_a_newer_postgresql_is_refused_always() -> None:
    for older in (False, True):
        with pytest.raises(
            UserError, match="made by PostgreSQL 17, and the database is PostgreSQL 16; restore it into"
        ):
            dump.read(LISTING).check("a.dump", 16, older=older)


def test_a_dump_of_an_older_postgresql_is_restored_only_by_an_option() -> None:
    with pytest.raises(
        UserError, match="is PostgreSQL 18; to move its data to the newer version, add --older-postgres"
    ):
        dump.read(LISTING).check("a.dump", 18)
    dump.read(LISTING).check("a.dump", 18, older=True)
