"""Is the audit log what was sealed? Names the first entry that is not."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.audit.chain import CONTENT, START, Anchor, Content, link_hash

BATCH: Final = 5_000
SEALED_WITHIN: Final = timedelta(minutes=5)
"""An entry older than this that nobody sealed and none waits for was put in by the side."""

ANCHORED_WITHIN: Final = timedelta(hours=3)

_LINKS: Final = (
    f"SELECT l.number, l.entry_id, l.hash, {CONTENT}"
    " FROM audit_link l LEFT JOIN audit_entry e USING (tenant_id, entry_id)"
    " WHERE l.tenant_id = %s AND l.number > %s ORDER BY l.number LIMIT %s"
)
_NEVER_SEALED: Final = (
    "SELECT e.entry_id, e.action, e.at FROM audit_entry e"
    " LEFT JOIN audit_link l USING (tenant_id, entry_id)"
    " LEFT JOIN audit_unsealed u USING (tenant_id, entry_id)"
    " WHERE e.tenant_id = %s AND l.entry_id IS NULL"
    " AND (u.entry_id IS NULL OR e.at < now() - %s::interval)"
    " ORDER BY e.entry_id LIMIT 1"
)
_REMOVED_BEFORE: Final = (
    "SELECT u.entry_id FROM audit_unsealed u LEFT JOIN audit_entry e USING (tenant_id, entry_id)"
    " WHERE u.tenant_id = %s AND e.entry_id IS NULL ORDER BY 1 LIMIT 1"
)
_ANCHORS: Final = (
    "SELECT tenant_id, number, hash, anchored_at, signature FROM audit_anchor"
    " WHERE tenant_id = %s ORDER BY number"
)
_OVERDUE: Final = (
    "SELECT number, entry_id FROM audit_link WHERE tenant_id = %s"
    " AND sealed_at < now() - %s::interval"
    " AND number > %s ORDER BY number LIMIT 1"
)

Progress = Callable[[int], None]
"""Told how many entries have been checked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were checked, and what is wrong with the first that is not as sealed."""

    checked: int
    head: bytes
    fault: str | None


async def verify(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    key: bytes,
    progress: Progress,
    kept: list[Anchor] | None = None,
) -> Verdict:
    """Check a tenant's chain from its beginning. ``kept``: anchors from outside the database."""
    anchors, fault = await _anchors(connection, tenant_id, key)
    if fault is not None:
        return Verdict(0, START, fault)
    expected = {anchor.number: anchor.hash for anchor in [*anchors, *(kept or [])]}
    number, previous = 0, START
    async for row in _links(connection, tenant_id):
        fault = _fault(row, number, previous, tenant_id)
        if fault is None and expected.get(row[0], row[2]) != row[2]:
            fault = (
                f"the chain up to entry {row[1]} (number {row[0]}) is another one than the anchor"
                " says: it was written anew"
            )
        if fault is not None:
            return Verdict(number, previous, fault)
        number, previous = row[0], row[2]
        if number % BATCH == 0:
            progress(number)
    progress(number)
    fault = await _fault_at_the_end(connection, tenant_id, number, expected)
    return Verdict(number, previous, fault)


async def _links(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> AsyncIterator[tuple[Any, ...]]:
    after = 0
    while True:
        cursor = await connection.execute(_LINKS, (tenant_id, after, BATCH))
        rows = await cursor.fetchall()
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _fault(row: tuple[Any, ...], before: int, previous: bytes, tenant_id: UUID) -> str | None:
    number, entry_id, sealed = row[:3]
    if number != before + 1:
        return (
            f"the link of entry number {before + 1} is missing (the next is {number}, entry"
            f" {entry_id})"
        )
    if row[3] is None:
        return f"entry {entry_id} (number {number}) is missing: it was removed after it was sealed"
    content = Content(*row[3:])
    if link_hash(previous, tenant_id, content) != sealed:
        return (
            f"entry {entry_id} (number {number}, {content.action} of {content.subject_type}"
            f" {content.subject_id}, {content.at:%Y-%m-%d %H:%M:%S} UTC) is not what was sealed in"
            " its place: it was changed or moved"
        )
    return None


async def anchors_of(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> list[tuple[Anchor, bytes]]:
    """The anchors of a tenant's chain with their signatures, the oldest first."""
    cursor = await connection.execute(_ANCHORS, (tenant_id,))
    return [(Anchor(*fields), signature) for *fields, signature in await cursor.fetchall()]


async def _anchors(
    connection: AsyncConnection[Any], tenant_id: UUID, key: bytes
) -> tuple[list[Anchor], str | None]:
    anchors = []
    for anchor, signature in await anchors_of(connection, tenant_id):
        if not hmac.compare_digest(anchor.signature(key), signature):
            return [], (
                f"the anchor at number {anchor.number} was not signed with this installation's key"
            )
        anchors.append(anchor)
    return anchors, None


async def _fault_at_the_end(
    connection: AsyncConnection[Any], tenant_id: UUID, last: int, expected: dict[int, bytes]
) -> str | None:
    newest = max(expected, default=0)
    if newest > last:
        return f"the chain ends at number {last}, and an anchor knows number {newest}: cut off"
    cursor = await connection.execute(_OVERDUE, (tenant_id, ANCHORED_WITHIN, newest))
    overdue = await cursor.fetchone()
    if overdue is not None:
        return (
            f"entry {overdue[1]} (number {overdue[0]}) and those after it have no anchor: anchors"
            " were removed, or `work` has not run for hours"
        )
    cursor = await connection.execute(_REMOVED_BEFORE, (tenant_id,))
    removed = await cursor.fetchone()
    if removed is not None:
        return f"entry {removed[0]} is missing: it was removed before it was sealed"
    cursor = await connection.execute(_NEVER_SEALED, (tenant_id, SEALED_WITHIN))
    unsealed = await cursor.fetchone()
    if unsealed is not None:
        return (
            f"entry {unsealed[0]} ({unsealed[1]}, {unsealed[2]:%Y-%m-%d %H:%M:%S} UTC) was never"
            " sealed: it was put in by the side, or `work` does not run"
        )
    return None
