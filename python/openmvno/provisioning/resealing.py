"""Sealing what the database holds anew, after the key has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database import Pool
from openmvno.provisioning.sealing import Sealer

BATCH: Final = 500
"""Rows of one transaction: nobody waits long for a row."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where secrets lie. ``sealed_as``: tenant and name of a row by its key."""

    table: LiteralString
    column: LiteralString
    key: tuple[LiteralString, ...]
    sealed_as: Callable[..., tuple[UUID, str]]


SEALED_COLUMNS: Final = (
    SealedColumn(
        "provisioning_target",
        "sealed_secret",
        ("tenant_id", "name"),
        lambda tenant_id, name: (tenant_id, name),
    ),
)


async def seal_anew(
    pool: Pool, sealer: Sealer, columns: Iterable[SealedColumn], told: Callable[[int], None]
) -> int:
    """Seal every secret under the key of now; returns how many were under another one.

    ``told`` hears of the rows looked at, batch by batch. Cut short it can be begun again.

    Raises:
        cryptography.exceptions.InvalidTag: a secret opens with none of the keys.
    """
    changed = 0
    for column in columns:
        last: tuple[Any, ...] | None = None
        while True:
            async with pool.connection() as connection:
                rows = await _rows(connection, column, last)
                for *key, sealed in rows:
                    changed += await _seal_row(connection, sealer, column, key, bytes(sealed))
            if not rows:
                break
            last = rows[-1][:-1]
            told(len(rows))
    return changed


async def _rows(
    connection: AsyncConnection[Any], column: SealedColumn, last: tuple[Any, ...] | None
) -> list[tuple[Any, ...]]:
    key = ", ".join(column.key)
    places = ", ".join("%s" for _ in column.key)
    beyond = "" if last is None else f" AND ({key}) > ({places})"
    cursor = await connection.execute(
        f"SELECT {key}, {column.column} FROM {column.table}"
        f" WHERE {column.column} IS NOT NULL{beyond}"
        f" ORDER BY {key} LIMIT {BATCH} FOR UPDATE",
        last or (),
    )
    return await cursor.fetchall()


async def _seal_row(
    connection: AsyncConnection[Any],
    sealer: Sealer,
    column: SealedColumn,
    key: list[Any],
    sealed: bytes,
) -> int:
    anew = sealer.sealed_anew(*column.sealed_as(*key), sealed)
    if anew is None:
        return 0
    named = " AND ".join(f"{part} = %s" for part in column.key)
    await connection.execute(
        f"UPDATE {column.table} SET {column.column} = %s WHERE {named}", (anew, *key)
    )
    return 1
