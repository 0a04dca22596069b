"""The transactional outbox: events are written with the change they tell of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.database.copying import copy_rows
from openmvno.identifiers import new_id


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to ``subject_id`` (a line) and other systems have to know.

    It leaves once the engine command at ``command`` (shard, seq) is applied; a refused command
    cancels it.
    """

    subject_id: UUID
    name: str
    payload: dict[str, Any]
    command: tuple[int, int] | None


async def emit(
    connection: AsyncConnection[Any], tenant_id: UUID, event: Event, *, only: str | None = None
) -> UUID:
    """Write an event for every enabled target, or the one named ``only``; the subject's row must be
    locked or new."""
    event_id = new_id()
    shard, seq = event.command or (None, None)
    await connection.execute(
        "WITH written AS (INSERT INTO outbox"
        " (tenant_id, event_id, subject_id, sequence, event, payload, shard, command_seq)"
        " SELECT %(tenant)s, %(event_id)s, %(subject)s, coalesce(max(sequence), 0) + 1, %(event)s,"
        " %(payload)s, %(shard)s, %(seq)s FROM outbox"
        " WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s"
        " RETURNING tenant_id, event_id, subject_id, sequence)"
        " INSERT INTO outbox_delivery (tenant_id, target, event_id, subject_id, sequence)"
        " SELECT tenant_id, name, event_id, subject_id, sequence"
        " FROM written JOIN provisioning_target USING (tenant_id) WHERE enabled"
        f" AND (name = %(only)s OR %(only)s::text IS NULL AND {_wanted('%(event)s')})",
        {
            "only": only,
            "tenant": tenant_id,
            "event_id": event_id,
            "subject": event.subject_id,
            "event": event.name,
            "payload": Jsonb(event.payload),
            "shard": shard,
            "seq": seq,
        },
    )
    return event_id


async def emit_notices(connection: AsyncConnection[Any], query: str) -> None:
    """Write things that already are so, of any tenants, for every enabled target of theirs.

    ``query`` (a constant) gives tenant_id, event_id, subject_id, event (its name), payload (jsonb)
    and place, the order in which those of a subject leave. The caller must be the only writer of
    events of these subjects.
    """
    await connection.execute(
        f"WITH given AS ({query}),"
        " written AS (INSERT INTO outbox"
        "  (tenant_id, event_id, subject_id, sequence, event, payload)"
        "  SELECT tenant_id, event_id, subject_id, row_number() OVER ("
        "   PARTITION BY tenant_id, subject_id ORDER BY place) + (SELECT coalesce(max(sequence), 0)"
        "    FROM outbox WHERE outbox.tenant_id = given.tenant_id"
        "    AND outbox.subject_id = given.subject_id), event, payload FROM given"
        "  RETURNING tenant_id, event_id, subject_id, sequence, event)"
        " INSERT INTO outbox_delivery (tenant_id, target, event_id, subject_id, sequence)"
        " SELECT tenant_id, name, event_id, subject_id, sequence"
        " FROM written JOIN provisioning_target USING (tenant_id)"
        f" WHERE enabled AND {_wanted('written.event')}"
    )


async def copy_events(
    connection: AsyncConnection[Any], tenant_id: UUID, events: Iterable[Event]
) -> None:
    """Load the first event of many new subjects."""
    rows = [(new_id(), event) for event in events]
    await copy_rows(
        connection,
        "outbox",
        (
            "tenant_id",
            "event_id",
            "subject_id",
            "sequence",
            "event",
            "payload",
            "shard",
            "command_seq",
        ),
        (
            (
                tenant_id,
                event_id,
                event.subject_id,
                1,
                event.name,
                Jsonb(event.payload),
                *(event.command or (None, None)),
            )
            for event_id, event in rows
        ),
    )
    targets = await _enabled_targets(connection, tenant_id)
    await copy_rows(
        connection,
        "outbox_delivery",
        ("tenant_id", "target", "event_id", "subject_id", "sequence"),
        (
            (tenant_id, target, event_id, event.subject_id, 1)
            for target, wanted in targets
            for event_id, event in rows
            if not wanted or event.name.startswith(wanted)
        ),
    )


async def has_target(connection: AsyncConnection[Any], tenant_id: UUID, kind: str) -> bool:
    """Whether the tenant has an enabled target of a kind."""
    cursor = await connection.execute(
        "SELECT FROM provisioning_target WHERE tenant_id = %s AND kind = %s AND enabled LIMIT 1",
        (tenant_id, kind),
    )
    return await cursor.fetchone() is not None


async def target_url(connection: AsyncConnection[Any], tenant_id: UUID, kind: str) -> str | None:
    """The address of the tenant's first enabled target of a kind."""
    cursor = await connection.execute(
        "SELECT url FROM provisioning_target WHERE tenant_id = %s AND kind = %s AND enabled"
        " ORDER BY name LIMIT 1",
        (tenant_id, kind),
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


def _wanted(event: str) -> str:
    """SQL: whether a target wants to hear of an event."""
    return (
        "(events = '{}' OR EXISTS (SELECT FROM unnest(events) AS beginning"
        f" WHERE starts_with({event}::text, beginning)))"
    )


async def _enabled_targets(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> Sequence[tuple[str, tuple[str, ...]]]:
    """(name, beginnings of the events it wants) of each."""
    cursor = await connection.execute(
        "SELECT name, events FROM provisioning_target WHERE tenant_id = %s AND enabled",
        (tenant_id,),
    )
    return [(name, tuple(events)) for name, events in await cursor.fetchall()]
