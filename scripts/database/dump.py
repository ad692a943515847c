"""What a dump is of, and whether it may replace a database. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scripts.core.errors import UserError

MAGIC = b"PGDMP"  # how pg_dump begins its custom format
TABLES = frozenset({"alembic_version", "users", "tasks"})
"""Tables that every release has had."""


@dataclass(frozen=True)
class Dump:
    """`created` is as pg_restore writes it, `major` the version of the PostgreSQL that was dumped."""

    created: str
    major: int
    tables: frozenset[str]

    def check(self, name: str, server: int, *, older: bool = False) -> None:
        """Raise UserError if it is not of this application, or of another major version than the server; with `older`
        it may be of an older one."""
        if missing := TABLES - self.tables:
            raise UserError(
                f"{name} is not a backup of todo-stack: it has no table {min(missing)}", "choose another file"
            )
        if self.major > server:
            fix = f"restore it into PostgreSQL {self.major}"
            raise UserError(f"{name} was made by PostgreSQL {self.major}, and the database is PostgreSQL {server}", fix)
        if self.major < server and not older:
            fix = "to move its data to the newer version, add --older-postgres"
            raise UserError(f"{name} was made by PostgreSQL {self.major}, and the database is PostgreSQL {server}", fix)


def read(listing: str) -> Dump:
    """A dump by what `pg_restore --list` prints of it."""
    created = re.search(r"^; Archive created at (.+)$", listing, re.MULTILINE)
    version = re.search(r"^; +Dumped from database version: (\d+)", listing, re.MULTILINE)
    tables = re.findall(r"^\d+; \d+ \d+ TABLE public (\S+) ", listing, re.MULTILINE)
    return Dump(created[1] if created else "an unknown time", int(version[1]) if version else 0, frozenset(tables))
