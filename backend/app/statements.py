"""Single statements straight through psycopg, for what most requests ask: who sends them, and lists of tasks.

Through the session of the ORM such a statement takes several times as long, and the transaction around it two
more exchanges with the database. Here each statement is a transaction of its own.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncEngine

from app.statement_spans import statement_span

Row = dict[str, Any]


class Statements:
    """Each takes a connection of the pool for as long as it runs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def rows(self, query: str, values: Mapping[str, Any]) -> list[Row]:
        """What the query returns, each row by the names of its columns. Raises psycopg.Error."""
        async with self._engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, psycopg.AsyncConnection)
            try:
                with statement_span(query):
                    async with driver.cursor(binary=True, row_factory=dict_row) as cursor:
                        await cursor.execute(query.encode(), values)
                        return await cursor.fetchall()
            finally:
                if driver.closed:
                    await connection.invalidate()
