"""Tables ``msisdn`` and ``number_policy``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written
from openmvno.numbers.errors import NumberNotAvailable, NumberNotInPool
from openmvno.numbers.model import Msisdn, NumberClass, NumberPolicy
from openmvno.numbers.rules import DEFAULT_POLICY, STANDARD

_NUMBER = (
    "number, state, class AS number_class, line_id, until, reservation_id, donor, recipient,"
    " version, updated_at"
)

# What is over may be taken before anybody has noted that it is.
_FREE = (
    "(state = 'available' OR state IN ('reserved', 'quarantined') AND until <= now()"
    " OR state = 'reserved' AND reservation_id = %(reservation)s OR state = 'ported_in')"
)
_NAMED = (
    f"SELECT number FROM msisdn WHERE tenant_id = %(tenant)s AND number = %(number)s AND {_FREE}"
)
_RESERVABLE = (
    "SELECT number FROM msisdn WHERE tenant_id = %(tenant)s AND number = %(number)s"
    " AND (state = 'available' OR state IN ('reserved', 'quarantined') AND until <= now())"
)
_OF_RESERVATION = (
    "SELECT number FROM msisdn WHERE tenant_id = %(tenant)s AND state = 'reserved'"
    " AND reservation_id = %(reservation)s ORDER BY number"
)
_FIRST_AVAILABLE = (
    "SELECT number FROM msisdn WHERE tenant_id = %(tenant)s AND state = 'available'"
    " AND class = %(class)s ORDER BY number"
)


async def insert_numbers(
    connection: AsyncConnection[Any], tenant_id: UUID, numbers: Sequence[tuple[str, str]]
) -> int:
    """Add the (number, class) that are not in the pool yet; returns how many."""
    cursor = await connection.execute(
        "INSERT INTO msisdn (tenant_id, number, class, state)"
        " SELECT %s, number, class, 'available' FROM unnest(%s::text[], %s::text[])"
        " AS added (number, class) ON CONFLICT DO NOTHING",
        (tenant_id, [number for number, _ in numbers], [name for _, name in numbers]),
    )
    return cursor.rowcount


async def take(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    number: str | None,
    line_id: UUID,
    *,
    number_class: str = STANDARD,
    reservation_id: UUID | None = None,
) -> str:
    """Assign to a line the number named, else one of a reservation, else the first available one of
    a class.

    Raises:
        NumberNotInPool, NumberNotAvailable.
    """
    if number is not None:
        choice = _NAMED
    elif reservation_id is not None:
        choice = _OF_RESERVATION
    else:
        choice = _FIRST_AVAILABLE
    cursor = await connection.execute(
        "UPDATE msisdn SET state = 'assigned', line_id = %(line)s, until = NULL,"
        " reservation_id = NULL, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %(tenant)s AND number = ({choice} LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING number",
        {
            "tenant": tenant_id,
            "number": number,
            "line": line_id,
            "class": number_class,
            "reservation": reservation_id,
        },
    )
    row = await cursor.fetchone()
    if row is not None:
        return str(row[0])
    if number is None:
        field = "number_class" if number_class != STANDARD else "msisdn"
        what, instead = f"No {number_class} number of the pool is available.", "another class"
        if reservation_id:
            field = "reservation"
            what, instead = "No number of the reservation is left.", "one that has numbers left"
        raise NumberNotAvailable(what, field=field, accepted=instead)
    known = await find(connection, tenant_id, number)
    if known is None:
        raise NumberNotInPool(f"{number} is not in the pool; add it first.", field="msisdn")
    state = "being taken" if known.state in ("available", "ported_in") else known.state
    raise NumberNotAvailable(f"{number} is {state}.", field="msisdn")


async def release(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    quarantine_days: int,
    number: str | None = None,
) -> None:
    """Quarantine the numbers of a line, or one of them, so that its callers do not reach a
    stranger; a number that came by porting goes back to the operator it came from."""
    await connection.execute(
        "UPDATE msisdn SET line_id = NULL, version = version + 1, updated_at = now(),"
        " state = CASE WHEN donor IS NULL THEN 'quarantined' ELSE 'ported_out' END,"
        " until = CASE WHEN donor IS NULL THEN now() + make_interval(days => %(days)s) END,"
        " recipient = donor WHERE tenant_id = %(tenant)s AND line_id = %(line)s"
        " AND (%(number)s::text IS NULL OR number = %(number)s)",
        {"days": quarantine_days, "tenant": tenant_id, "line": line_id, "number": number},
    )


async def put_back(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """The number of a line that never was is free at once."""
    await connection.execute(
        "UPDATE msisdn SET line_id = NULL, version = version + 1, updated_at = now(),"
        " state = CASE WHEN donor IS NULL THEN 'available' ELSE 'ported_in' END"
        " WHERE tenant_id = %s AND line_id = %s",
        (tenant_id, line_id),
    )


async def find(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, *, lock: bool = False
) -> Msisdn | None:
    """One number; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Msisdn,
        f"SELECT {_NUMBER} FROM msisdn WHERE tenant_id = %s AND number = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, number),
    )


async def update(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, changes: Mapping[str, object]
) -> Msisdn:
    """Write what changed of a locked number, by column (names of our own)."""
    assignments = ", ".join(f"{column} = %({column})s" for column in changes)
    return await fetch_written(
        connection,
        Msisdn,
        f"UPDATE msisdn SET {assignments}, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %(tenant)s AND number = %(number)s RETURNING {_NUMBER}",
        {**changes, "tenant": tenant_id, "number": number},
    )


async def put_ported_in(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, donor: str, number_class: str
) -> Msisdn | None:
    """A number of another operator is ours now, with no line yet; None when it was ours already."""
    return await fetch_one(
        connection,
        Msisdn,
        "INSERT INTO msisdn AS present (tenant_id, number, class, state, donor)"
        " VALUES (%s, %s, %s, 'ported_in', %s) ON CONFLICT (tenant_id, number) DO UPDATE"
        # One of ours that went away and comes home is not ported any more.
        " SET state = CASE WHEN present.donor IS NULL THEN 'available' ELSE 'ported_in' END,"
        " donor = CASE WHEN present.donor IS NULL THEN NULL ELSE excluded.donor END,"
        " recipient = NULL, until = NULL, line_id = NULL, version = present.version + 1,"
        f" updated_at = now() WHERE present.state = 'ported_out' RETURNING {_NUMBER}",
        (tenant_id, number, number_class, donor),
    )


async def come_home(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, quarantine_days: int
) -> None:
    """Quarantine a number that had gone to another operator."""
    await connection.execute(
        "UPDATE msisdn SET state = 'quarantined', recipient = NULL, version = version + 1,"
        " until = now() + make_interval(days => %s), updated_at = now()"
        " WHERE tenant_id = %s AND number = %s AND state = 'ported_out'",
        (quarantine_days, tenant_id, number),
    )


async def reserve(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    reservation_id: UUID,
    minutes: int,
    *,
    number: str | None,
    number_class: str,
    count: int,
) -> list[Msisdn]:
    """Reserve the number named, or the first available ones of a class."""
    choice = _RESERVABLE if number is not None else _FIRST_AVAILABLE
    return await fetch_all(
        connection,
        Msisdn,
        "UPDATE msisdn SET state = 'reserved', reservation_id = %(new)s,"
        " until = now() + make_interval(mins => %(minutes)s), version = version + 1,"
        " updated_at = now() WHERE tenant_id = %(tenant)s AND number IN"
        f" ({choice} LIMIT %(count)s FOR UPDATE SKIP LOCKED) RETURNING {_NUMBER}",
        {
            "tenant": tenant_id,
            "new": reservation_id,
            "minutes": minutes,
            "number": number,
            "class": number_class,
            "count": count,
        },
    )


async def end_reservation(
    connection: AsyncConnection[Any], tenant_id: UUID, reservation_id: UUID
) -> int:
    """Make the numbers of a reservation available again; returns how many."""
    cursor = await connection.execute(
        "UPDATE msisdn SET state = 'available', reservation_id = NULL, until = NULL,"
        " version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND reservation_id = %s AND state = 'reserved'",
        (tenant_id, reservation_id),
    )
    return cursor.rowcount


async def end_what_is_over(connection: AsyncConnection[Any]) -> int:
    """Housekeeping: reservations and quarantines whose time has come; returns how many."""
    cursor = await connection.execute(
        "UPDATE msisdn SET state = 'available', reservation_id = NULL, until = NULL,"
        " version = version + 1, updated_at = now()"
        " WHERE state IN ('reserved', 'quarantined') AND until <= now()"
    )
    return cursor.rowcount


async def list_numbers(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    number_class: str | None,
    ends_with: str | None,
    after: str | None,
    limit: int,
) -> list[Msisdn]:
    """Numbers in order."""
    return await fetch_all(
        connection,
        Msisdn,
        f"SELECT {_NUMBER} FROM msisdn"
        " WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(class)s::text IS NULL OR class = %(class)s)"
        " AND (%(end)s::text IS NULL OR right(number, length(%(end)s)) = %(end)s)"
        " AND (%(after)s::text IS NULL OR number > %(after)s) ORDER BY number LIMIT %(limit)s",
        {
            "tenant": tenant_id,
            "state": state,
            "class": number_class,
            "end": ends_with,
            "after": after,
            "limit": limit,
        },
    )


async def copy_assigned(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[str, UUID]]
) -> None:
    """Load new numbers already assigned, as (number, line)."""
    await copy_rows(
        connection,
        "msisdn",
        ("tenant_id", "number", "state", "line_id"),
        ((tenant_id, number, "assigned", line_id) for number, line_id in rows),
    )


async def policy_of(connection: AsyncConnection[Any], tenant_id: UUID) -> NumberPolicy:
    """The rules of a tenant's pool."""
    cursor = await connection.execute(
        "SELECT quarantine_days, reservation_minutes, classes, version FROM number_policy"
        " WHERE tenant_id = %s",
        (tenant_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return DEFAULT_POLICY
    classes = tuple(NumberClass(each["class"], tuple(each["patterns"])) for each in row[2])
    return NumberPolicy(row[0], row[1], classes, row[3])


async def put_policy(
    connection: AsyncConnection[Any], tenant_id: UUID, policy: NumberPolicy
) -> None:
    """Set the rules of a tenant's pool."""
    await connection.execute(
        "INSERT INTO number_policy AS present"
        " (tenant_id, quarantine_days, reservation_minutes, classes) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (tenant_id) DO UPDATE SET quarantine_days = excluded.quarantine_days,"
        " reservation_minutes = excluded.reservation_minutes, classes = excluded.classes,"
        " version = present.version + 1",
        (
            tenant_id,
            policy.quarantine_days,
            policy.reservation_minutes,
            Jsonb(policy.as_json()),
        ),
    )
