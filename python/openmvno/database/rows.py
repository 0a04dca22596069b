"""Rows as records of the business: a query's columns are named as the record's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row

T = TypeVar("T")

Values = Mapping[str, object] | Sequence[object]
"""The parameters of a query, by name or in order."""


async def fetch_one(
    connection: AsyncConnection[Any], kind: type[T], query: LiteralString, values: Values
) -> T | None:
    """The first row, None where there is none."""
    cursor = connection.cursor(row_factory=class_row(kind))
    await cursor.execute(query, values)
    return await cursor.fetchone()


async def fetch_all(
    connection: AsyncConnection[Any], kind: type[T], query: LiteralString, values: Values
) -> list[T]:
    """All rows."""
    cursor = connection.cursor(row_factory=class_row(kind))
    await cursor.execute(query, values)
    return await cursor.fetchall()


async def fetch_written(
    connection: AsyncConnection[Any], kind: type[T], query: LiteralString, values: Values
) -> T:
    """The row that a statement writes and returns; the caller knows that there is one."""
    written = await fetch_one(connection, kind, query, values)
    assert written is not None
    return written


async def insert_row(
    connection: AsyncConnection[Any], table: LiteralString, values: Mapping[str, object]
) -> None:
    """Insert a row; ``values`` by column."""
    await connection.execute(_insert(table, tuple(values)), list(values.values()))


@cache
def _insert(table: str, columns: tuple[str, ...]) -> bytes:
    """The statement that inserts a row; tables and their columns are few."""
    return (
        sql.SQL("INSERT INTO {} ({}) VALUES ({})")
        .format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        )
        .as_bytes(None)
    )


def newest_first(key: LiteralString) -> LiteralString:
    """How a listing by a time-ordered id ends: ``limit`` rows, older than the row ``before``."""
    return (
        f" AND (%(before)s::uuid IS NULL OR {key} < %(before)s) ORDER BY {key} DESC LIMIT %(limit)s"
    )
