"""Migrations for tests, and what the database has of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.deployed import Deployed

MIGRATION = '''"""A table for a test."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{table}", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    op.drop_table("{table}")
'''


def migration(head: str, table: str = "test_only", revision: str = "test_only") -> str:
    """Makes a table."""
    return MIGRATION.format(head=head, table=table, revision=revision)


def slow_migration(head: str, seconds: int) -> str:
    """Makes its table after so many seconds."""
    return migration(head).replace(
        "upgrade() -> None:\n", f'upgrade() -> None:\n    op.execute("select pg_sleep({seconds})")\n'
    )


def query(stack: Deployed, sql: str) -> list[str]:
    """The lines of the answer."""
    return stack.execute("postgres", "psql", "-U", "todo", "-d", "todo", "-At", "-c", sql).split()


def tables(stack: Deployed) -> set[str]:
    return set(query(stack, "select tablename from pg_tables where schemaname = 'public'"))


@contextmanager
def schema_kept(stack: Deployed, *made: str) -> Iterator[str]:
    """Gives the newest revision; afterwards the schema is at that again, without the tables `made`, whatever came of
    the migrations of the test."""
    (head,) = query(stack, "select version_num from alembic_version")
    try:
        yield head
    finally:
        drops = "".join(f"drop table if exists {table}; " for table in made)
        query(stack, f"{drops}update alembic_version set version_num = '{head}'")
