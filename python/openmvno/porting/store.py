"""Table ``port_request``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from openmvno.database.rows import fetch_all, fetch_one, fetch_written, newest_first
from openmvno.porting.errors import PortUnderWay
from openmvno.porting.model import Port

_PORT = (
    "port_id, direction, reference, number, other, line_id, state, scheduled_at, deadline_at,"
    " reason, version, created_at, updated_at"
)


async def insert(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    port_id: UUID,
    direction: str,
    reference: str,
    number: str,
    other: str,
    line_id: UUID | None,
    state: str,
    scheduled_at: datetime | None,
    deadline_at: datetime | None,
    reason: str | None = None,
) -> Port:
    """A new port.

    Raises:
        PortUnderWay: another one of the number is open.
    """
    values = {
        "tenant_id": tenant_id,
        "port_id": port_id,
        "direction": direction,
        "reference": reference,
        "number": number,
        "other": other,
        "line_id": line_id,
        "state": state,
        "scheduled_at": scheduled_at,
        "deadline_at": deadline_at,
        "reason": reason,
    }
    try:
        return await fetch_written(
            connection,
            Port,
            "INSERT INTO port_request (tenant_id, port_id, direction, reference, number, other,"
            " line_id, state, scheduled_at, deadline_at, reason)"
            " VALUES (%(tenant_id)s, %(port_id)s, %(direction)s, %(reference)s, %(number)s,"
            " %(other)s, %(line_id)s, %(state)s, %(scheduled_at)s, %(deadline_at)s, %(reason)s)"
            f" RETURNING {_PORT}",
            values,
        )
    except UniqueViolation as error:
        raise PortUnderWay(f"{number} is being ported already.", field="msisdn") from error


async def update(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    port_id: UUID,
    changes: Mapping[str, object],
) -> Port:
    """Write what changed of a locked port, by column (names of our own)."""
    assignments = ", ".join(f"{column} = %({column})s" for column in changes)
    return await fetch_written(
        connection,
        Port,
        f"UPDATE port_request SET {assignments}, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %(tenant)s AND port_id = %(port)s RETURNING {_PORT}",
        {**changes, "tenant": tenant_id, "port": port_id},
    )


async def find(
    connection: AsyncConnection[Any], tenant_id: UUID, port_id: UUID, *, lock: bool = False
) -> Port | None:
    """One port; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Port,
        f"SELECT {_PORT} FROM port_request WHERE tenant_id = %s AND port_id = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, port_id),
    )


async def find_by_reference(
    connection: AsyncConnection[Any], tenant_id: UUID, reference: str
) -> Port | None:
    """One port by what the clearing house calls it, locked until the transaction ends."""
    return await fetch_one(
        connection,
        Port,
        f"SELECT {_PORT} FROM port_request WHERE tenant_id = %s AND reference = %s FOR UPDATE",
        (tenant_id, reference),
    )


async def due(connection: AsyncConnection[Any], limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, port) of those whose next step is due, of any tenant."""
    cursor = await connection.execute(
        "SELECT tenant_id, port_id FROM port_request"
        " WHERE state IN ('requested', 'validated', 'scheduled') AND deadline_at <= now()"
        " ORDER BY deadline_at LIMIT %s",
        (limit,),
    )
    return list(await cursor.fetchall())


async def gone_back(connection: AsyncConnection[Any], limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, port) of numbers that had come to us and whose line is no more."""
    cursor = await connection.execute(
        "SELECT port.tenant_id, port_id FROM port_request AS port JOIN msisdn"
        " ON msisdn.tenant_id = port.tenant_id AND msisdn.number = port.number"
        " WHERE port.direction = 'in' AND port.state = 'activated'"
        " AND msisdn.state = 'ported_out' LIMIT %s",
        (limit,),
    )
    return list(await cursor.fetchall())


async def list_ports(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    number: str | None,
    before: UUID | None,
    limit: int,
) -> list[Port]:
    """Ports from the newest on."""
    return await fetch_all(
        connection,
        Port,
        f"SELECT {_PORT} FROM port_request WHERE tenant_id = %(tenant)s"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(number)s::text IS NULL OR number = %(number)s)"
        f"{newest_first('port_id')}",
        {"tenant": tenant_id, "state": state, "number": number, "before": before, "limit": limit},
    )
