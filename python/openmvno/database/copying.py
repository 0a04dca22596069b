"""Loading many rows at once by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from psycopg import AsyncConnection, sql

STAGE: Final = "openmvno_arrived"
"""Name of the temporary table in front of a table with row security."""


async def copy_rows(
    connection: AsyncConnection[Any],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """COPY ``rows`` into ``table`` in the caller's transaction.

    PostgreSQL does not COPY into a table whose row security binds us: there the rows go through a
    temporary table, and each is checked.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    cursor = await connection.execute("SELECT row_security_active(%s)", (table,))
    row = await cursor.fetchone()
    if row is None or not row[0]:
        await _copy(connection, table, names, rows)
        return
    target, stage = sql.Identifier(table), sql.Identifier(STAGE)
    await connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            stage, names, target
        )
    )
    await _copy(connection, STAGE, names, rows)
    await connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, names, names, stage)
    )
    await connection.execute(sql.SQL("DROP TABLE {}").format(stage))


async def _copy(
    connection: AsyncConnection[Any],
    table: str,
    names: sql.Composed,
    rows: Iterable[Sequence[object]],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    async with connection.cursor().copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
