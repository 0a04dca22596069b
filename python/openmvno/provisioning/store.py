"""Tables ``provisioning_target`` and ``outbox_delivery``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.charging import command_of
from openmvno.database.rows import fetch_all, fetch_one, fetch_written
from openmvno.provisioning.model import Delivery, OpenTarget, Queue, Target

_TARGET = "name, kind, url, events, template, enabled, version, created_at, updated_at"
_OPEN = "kind, url, sealed_secret, template"
_DELIVERY = (
    "delivery.tenant_id, target, delivery.event_id, delivery.subject_id, delivery.sequence, state,"
    " attempts, next_attempt_at, last_error, delivered_at, event, payload, outbox.created_at"
)


async def put_target(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    name: str,
    kind: str,
    url: str,
    events: Sequence[str],
    template: object,
    sealed_secret: bytes | None,
    enabled: bool,
) -> Target:
    """Create or replace a target."""
    given = None if template is None else Jsonb(msgspec.to_builtins(template))
    return await fetch_written(
        connection,
        Target,
        "INSERT INTO provisioning_target AS present"
        " (tenant_id, name, kind, url, events, template, sealed_secret, enabled)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant_id, name) DO UPDATE"
        " SET kind = excluded.kind, url = excluded.url, events = excluded.events,"
        " template = excluded.template, sealed_secret = excluded.sealed_secret,"
        " enabled = excluded.enabled, version = present.version + 1, updated_at = now()"
        f" RETURNING {_TARGET}",
        (tenant_id, name, kind, url, list(events), given, sealed_secret, enabled),
    )


async def target_by_name(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> Target | None:
    """One target; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Target,
        f"SELECT {_TARGET} FROM provisioning_target WHERE tenant_id = %s AND name = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, name),
    )


async def list_targets(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Target]:
    """All targets of a tenant."""
    return await fetch_all(
        connection,
        Target,
        f"SELECT {_TARGET} FROM provisioning_target WHERE tenant_id = %s ORDER BY name",
        (tenant_id,),
    )


async def open_targets(connection: AsyncConnection[Any]) -> dict[tuple[UUID, str], OpenTarget]:
    """Every enabled target, by tenant and name."""
    cursor = await connection.execute(
        f"SELECT tenant_id, name, {_OPEN} FROM provisioning_target WHERE enabled"
    )
    return {
        (tenant_id, name): OpenTarget(*values)
        for tenant_id, name, *values in await cursor.fetchall()
    }


async def open_target(connection: AsyncConnection[Any], tenant_id: UUID, name: str) -> OpenTarget:
    """One target that is there, enabled or not."""
    return await fetch_written(
        connection,
        OpenTarget,
        f"SELECT {_OPEN} FROM provisioning_target WHERE tenant_id = %s AND name = %s",
        (tenant_id, name),
    )


async def list_deliveries(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    subject_id: UUID | None,
    target: str | None = None,
    after: tuple[UUID, str] | None,
    limit: int,
) -> list[Delivery]:
    """Deliveries from the newest event on, ``after`` the one to (event, target)."""
    return await fetch_all(
        connection,
        Delivery,
        f"SELECT {_DELIVERY} FROM outbox_delivery AS delivery JOIN outbox"
        " USING (tenant_id, event_id) WHERE delivery.tenant_id = %(tenant)s"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(subject)s::uuid IS NULL OR delivery.subject_id = %(subject)s)"
        " AND (%(aim)s::text IS NULL OR target = %(aim)s)"
        " AND (%(event)s::uuid IS NULL OR event_id < %(event)s"
        "  OR (event_id = %(event)s AND target > %(target)s))"
        " ORDER BY event_id DESC, target LIMIT %(limit)s",
        {
            "tenant": tenant_id,
            "state": state,
            "subject": subject_id,
            "aim": target,
            "event": after[0] if after else None,
            "target": after[1] if after else None,
            "limit": limit,
        },
    )


async def queues_of(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Queue]:
    """What waits for each target of a tenant, and the least event id of it: the oldest."""
    return await fetch_all(
        connection,
        Queue,
        "SELECT name AS target, coalesce(pending, 0) AS pending, coalesce(dead, 0) AS dead,"
        " oldest::uuid AS oldest FROM provisioning_target LEFT JOIN ("
        "  SELECT target AS name, count(*) FILTER (WHERE state = 'pending') AS pending,"
        "  count(*) FILTER (WHERE state = 'dead') AS dead, min(event_id::text) AS oldest"
        "  FROM outbox_delivery WHERE tenant_id = %(tenant)s AND state IN ('pending', 'dead')"
        "  GROUP BY target) AS open USING (name)"
        " WHERE tenant_id = %(tenant)s ORDER BY name",
        {"tenant": tenant_id},
    )


async def delivery_of(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    target: str,
    event_id: UUID,
    *,
    lock: bool = False,
) -> Delivery | None:
    """One delivery; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Delivery,
        f"SELECT {_DELIVERY} FROM outbox_delivery AS delivery JOIN outbox"
        " USING (tenant_id, event_id) WHERE delivery.tenant_id = %s AND target = %s"
        " AND event_id = %s" + (" FOR UPDATE OF delivery" if lock else ""),
        (tenant_id, target, event_id),
    )


async def revive(
    connection: AsyncConnection[Any], tenant_id: UUID, target: str, event_id: UUID
) -> None:
    """Try a dead letter again, from the first attempt on."""
    await connection.execute(
        "UPDATE outbox_delivery SET state = 'pending', attempts = 0, next_attempt_at = now()"
        " WHERE tenant_id = %s AND target = %s AND event_id = %s",
        (tenant_id, target, event_id),
    )


async def revive_all(connection: AsyncConnection[Any], tenant_id: UUID, target: str) -> int:
    """Try every dead letter of a target again; returns how many there were."""
    cursor = await connection.execute(
        "UPDATE outbox_delivery SET state = 'pending', attempts = 0, next_attempt_at = now()"
        " WHERE tenant_id = %s AND target = %s AND state = 'dead'",
        (tenant_id, target),
    )
    return cursor.rowcount


async def hasten(connection: AsyncConnection[Any], tenant_id: UUID, target: str) -> None:
    """A target answers again: what failed before and waits for its next attempt is due."""
    await connection.execute(
        "UPDATE outbox_delivery SET next_attempt_at = now() WHERE tenant_id = %s AND target = %s"
        " AND state = 'pending' AND attempts > 0 AND next_attempt_at > now()",
        (tenant_id, target),
    )


async def open_subjects(
    connection: AsyncConnection[Any], tenant_id: UUID, target: str
) -> dict[UUID, str]:
    """The subjects a target has not heard everything of yet: pending, or dead where one is."""
    cursor = await connection.execute(
        "SELECT subject_id, min(state) FROM outbox_delivery WHERE tenant_id = %s AND target = %s"
        " AND state IN ('pending', 'dead') GROUP BY subject_id",
        (tenant_id, target),
    )
    return dict(await cursor.fetchall())


async def discard_dead(
    connection: AsyncConnection[Any], tenant_id: UUID, target: str, subject_id: UUID
) -> None:
    """Give up the dead letters of a subject: something that says it all follows."""
    await connection.execute(
        "UPDATE outbox_delivery SET state = 'discarded' WHERE tenant_id = %s AND target = %s"
        " AND subject_id = %s AND state = 'dead'",
        (tenant_id, target, subject_id),
    )


async def discard(
    connection: AsyncConnection[Any], tenant_id: UUID, target: str, event_id: UUID
) -> None:
    """Give a dead letter up for good, so that what follows can go."""
    await connection.execute(
        "UPDATE outbox_delivery SET state = 'discarded'"
        " WHERE tenant_id = %s AND target = %s AND event_id = %s",
        (tenant_id, target, event_id),
    )


async def claim_due(
    connection: AsyncConnection[Any], limit: int, lease_seconds: float
) -> list[Delivery]:
    """Take deliveries whose turn it is: the first open one of each subject and target, its engine
    command applied. Nobody else takes them for ``lease_seconds``; a worker that dies lets them go
    again after that, so an event may arrive twice but is never lost."""
    claimed = await fetch_all(
        connection,
        Delivery,
        f"SELECT {_DELIVERY} FROM outbox_delivery AS delivery JOIN outbox"
        " USING (tenant_id, event_id)"
        " JOIN provisioning_target AS aim ON aim.tenant_id = delivery.tenant_id"
        "  AND aim.name = target AND aim.enabled"
        f"{command_of('outbox')}"
        " WHERE state = 'pending' AND next_attempt_at <= now()"
        " AND (outbox.shard IS NULL OR command.outcome ? 'ok')"
        " AND NOT EXISTS (SELECT FROM outbox_delivery AS earlier"
        "  WHERE earlier.tenant_id = delivery.tenant_id AND earlier.target = delivery.target"
        "  AND earlier.subject_id = delivery.subject_id AND earlier.state IN ('pending', 'dead')"
        "  AND earlier.sequence < delivery.sequence)"
        " ORDER BY next_attempt_at LIMIT %s FOR UPDATE OF delivery SKIP LOCKED",
        (limit,),
    )
    await connection.execute(
        "UPDATE outbox_delivery SET next_attempt_at = now() + make_interval(secs => %s)"
        " FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS taken (tenant_id, target, event_id)"
        " WHERE outbox_delivery.tenant_id = taken.tenant_id"
        " AND outbox_delivery.target = taken.target"
        " AND outbox_delivery.event_id = taken.event_id",
        (
            lease_seconds,
            [each.tenant_id for each in claimed],
            [each.target for each in claimed],
            [each.event_id for each in claimed],
        ),
    )
    return claimed


async def cancel_refused(connection: AsyncConnection[Any]) -> int:
    """Cancel events of changes the engine refused; returns how many."""
    cursor = await connection.execute(
        "UPDATE outbox_delivery AS delivery SET state = 'cancelled',"
        " last_error = command.outcome ->> 'error' FROM outbox JOIN engine_command AS command"
        " ON command.shard = outbox.shard AND command.seq = outbox.command_seq"
        " WHERE outbox.tenant_id = delivery.tenant_id AND outbox.event_id = delivery.event_id"
        " AND delivery.state = 'pending' AND command.outcome ? 'error'"
    )
    return cursor.rowcount


async def mark_delivered(connection: AsyncConnection[Any], delivery: Delivery) -> None:
    """The target has it."""
    await connection.execute(
        "UPDATE outbox_delivery SET state = 'delivered', attempts = attempts + 1,"
        " delivered_at = now(), last_error = NULL"
        " WHERE tenant_id = %s AND target = %s AND event_id = %s",
        (delivery.tenant_id, delivery.target, delivery.event_id),
    )


async def mark_failed(
    connection: AsyncConnection[Any], delivery: Delivery, error: str, delay: float | None
) -> None:
    """The attempt failed: again after ``delay`` seconds, or None for a dead letter."""
    await connection.execute(
        "UPDATE outbox_delivery SET state = %s, attempts = attempts + 1, last_error = %s,"
        " next_attempt_at = now() + make_interval(secs => %s)"
        " WHERE tenant_id = %s AND target = %s AND event_id = %s",
        (
            "dead" if delay is None else "pending",
            error[:500],
            delay or 0,
            delivery.tenant_id,
            delivery.target,
            delivery.event_id,
        ),
    )
