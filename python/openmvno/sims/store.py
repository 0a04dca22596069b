"""Tables ``sim`` and ``sim_imsi``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written
from openmvno.sims.errors import SimNotAvailable, SimNotFound
from openmvno.sims.model import Policy, Sim

_SIM = (
    "iccid, imsi, state, form, algorithm, sealed_codes IS NOT NULL AS has_codes, smdp, hlr,"
    " description, allocated_to, line_id, import_id, version, updated_at,"
    " coalesce((SELECT jsonb_agg(jsonb_build_object('imsi', more.imsi, 'algorithm', more.algorithm)"
    "  ORDER BY more.ordinal) FROM sim_imsi AS more WHERE more.tenant_id = sim.tenant_id"
    "  AND more.iccid = sim.iccid), '[]') AS further"
)


async def imsis_in_stock(
    connection: AsyncConnection[Any], tenant_id: UUID, imsis: Sequence[str]
) -> frozenset[str]:
    """Which of the IMSIs are those of cards of the tenant."""
    cursor = await connection.execute(
        "SELECT imsi FROM sim WHERE tenant_id = %(tenant)s AND imsi = ANY(%(imsis)s) UNION ALL"
        " SELECT imsi FROM sim_imsi WHERE tenant_id = %(tenant)s AND imsi = ANY(%(imsis)s)",
        {"tenant": tenant_id, "imsis": list(imsis)},
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def iccid_of(connection: AsyncConnection[Any], tenant_id: UUID, imsi: str) -> str | None:
    """The card of the tenant that has an IMSI, its first or a further one."""
    cursor = await connection.execute(
        "SELECT iccid FROM sim WHERE tenant_id = %(tenant)s AND imsi = %(imsi)s UNION ALL"
        " SELECT iccid FROM sim_imsi WHERE tenant_id = %(tenant)s AND imsi = %(imsi)s",
        {"tenant": tenant_id, "imsi": imsi},
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


class Taken(NamedTuple):
    """A card given to a line. ``imsi``: its first one."""

    iccid: str
    imsi: str
    further_imsis: list[str]


# A reserved card waits for the customer who names it.
_NAMED = (
    "SELECT iccid FROM sim WHERE tenant_id = %(tenant)s AND iccid = %(iccid)s"
    " AND state IN ('available', 'reserved')"
)
_FIRST_AVAILABLE = (
    "SELECT iccid FROM sim WHERE tenant_id = %(tenant)s AND state = 'available'"
    " AND allocated_to IS NULL ORDER BY iccid"
)


async def take(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str | None, line_id: UUID
) -> Taken:
    """Give the card ``iccid``, or the first available one that nobody else has to hand out, to a
    line.

    Raises:
        SimNotFound, SimNotAvailable.
    """
    cursor = await connection.execute(
        "UPDATE sim SET state = 'in_use', line_id = %(line)s, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %(tenant)s AND iccid = ("
        + (_FIRST_AVAILABLE if iccid is None else _NAMED)
        + " LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING iccid, imsi, ARRAY(SELECT more.imsi"
        " FROM sim_imsi AS more WHERE more.tenant_id = sim.tenant_id AND more.iccid = sim.iccid"
        " ORDER BY more.ordinal)",
        {"tenant": tenant_id, "iccid": iccid, "line": line_id},
    )
    row = await cursor.fetchone()
    if row is not None:
        return Taken(*row)
    if iccid is None:
        raise SimNotAvailable(
            "No SIM card of the inventory is available.",
            field="iccid",
            accepted="this once cards were imported",
        )
    cursor = await connection.execute(
        "SELECT state FROM sim WHERE tenant_id = %s AND iccid = %s", (tenant_id, iccid)
    )
    known = await cursor.fetchone()
    if known is None:
        raise SimNotFound(f"The inventory has no SIM card {iccid[:30]}.", field="iccid")
    state = "being taken" if known[0] in ("available", "reserved") else known[0]
    raise SimNotAvailable(f"The SIM card {iccid} is {state}.", field="iccid")


async def give_up(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str, state: str
) -> None:
    """Take a card out of use that its line has no more: lost or disposed."""
    await connection.execute(
        "UPDATE sim SET state = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND iccid = %s AND state = 'in_use'",
        (state, tenant_id, iccid),
    )


async def policy_of(connection: AsyncConnection[Any], tenant_id: UUID) -> Policy:
    """The tenant's rules of its cards; those there are until it sets some have version 0."""
    found = await fetch_one(
        connection,
        Policy,
        "SELECT swap_cooling_hours, puk_to_subscribers, version FROM sim_policy"
        " WHERE tenant_id = %s",
        (tenant_id,),
    )
    return found or Policy()


async def put_policy(connection: AsyncConnection[Any], tenant_id: UUID, policy: Policy) -> None:
    """Set them."""
    await connection.execute(
        "INSERT INTO sim_policy AS present (tenant_id, swap_cooling_hours, puk_to_subscribers)"
        " VALUES (%s, %s, %s) ON CONFLICT (tenant_id) DO UPDATE"
        " SET swap_cooling_hours = excluded.swap_cooling_hours,"
        " puk_to_subscribers = excluded.puk_to_subscribers, version = present.version + 1",
        (tenant_id, policy.swap_cooling_hours, policy.puk_to_subscribers),
    )


async def put_back(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """The card of a line that never was is available again."""
    await connection.execute(
        "UPDATE sim SET state = 'available', line_id = NULL, version = version + 1,"
        " updated_at = now() WHERE tenant_id = %s AND line_id = %s AND state = 'in_use'",
        (tenant_id, line_id),
    )


async def retire(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """Dispose of the card of a closed line."""
    await connection.execute(
        "UPDATE sim SET state = 'disposed', version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND line_id = %s AND state = 'in_use'",
        (tenant_id, line_id),
    )


async def sim_by_iccid(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str, *, lock: bool = False
) -> Sim | None:
    """One card; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Sim,
        f"SELECT {_SIM} FROM sim WHERE tenant_id = %s AND iccid = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, iccid),
    )


async def update_sim(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    iccid: str,
    changes: Mapping[str, str | None],
) -> Sim:
    """Write what staff changed of a locked card, by column."""
    return await fetch_written(
        connection,
        Sim,
        f"UPDATE sim SET {_assignments(changes)}, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %(tenant)s AND iccid = %(iccid)s RETURNING {_SIM}",
        {**changes, "tenant": tenant_id, "iccid": iccid},
    )


async def put_profile(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str, smdp: str, sealed_codes: bytes
) -> Sim:
    """Write where the profile of a locked eSIM is."""
    return await fetch_written(
        connection,
        Sim,
        "UPDATE sim SET smdp = %s, sealed_codes = %s, version = version + 1, updated_at = now()"
        f" WHERE tenant_id = %s AND iccid = %s RETURNING {_SIM}",
        (smdp, sealed_codes, tenant_id, iccid),
    )


async def update_range(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    first: str,
    last: str,
    changes: Mapping[str, str | None],
    states: Sequence[str] | None,
) -> tuple[int, int]:
    """Write what staff changed of a range, of cards in one of ``states``; returns (there,
    changed)."""
    inside = (
        " tenant_id = %(tenant)s AND iccid BETWEEN %(first)s AND %(last)s"
        " AND length(iccid) = length(%(first)s)"
    )
    values = {**changes, "tenant": tenant_id, "first": first, "last": last, "states": states}
    cursor = await connection.execute(f"SELECT count(*) FROM sim WHERE{inside}", values)
    row = await cursor.fetchone()
    assert row is not None
    cursor = await connection.execute(
        f"UPDATE sim SET {_assignments(changes)}, version = version + 1, updated_at = now()"
        f" WHERE{inside} AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))",
        values,
    )
    return row[0], cursor.rowcount


def _assignments(changes: Mapping[str, str | None]) -> str:
    """``changes`` has names of our own, never a client's."""
    return ", ".join(f"{column} = %({column})s" for column in changes)


async def list_sims(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    state: str | None,
    named: str | None,
    begins_with: str | None,
    first: str | None,
    last: str | None,
    allocated_to: str | None,
    after: str | None,
    limit: int,
) -> list[Sim]:
    """Cards by ICCID, from ``first`` to ``last``; of those that begin so, a range as well.
    ``named``: that one alone."""
    # No digit is above 9, so what begins so lies between the digits alone and a colon after them.
    at_least = [each for each in (first, begins_with, named) if each is not None]
    at_most = [
        each for each in (last, begins_with and f"{begins_with}:", named) if each is not None
    ]
    return await fetch_all(
        connection,
        Sim,
        f"SELECT {_SIM} FROM sim"
        " WHERE tenant_id = %(tenant)s AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(allocated_to)s::text IS NULL OR allocated_to = %(allocated_to)s)"
        " AND (%(least)s::text IS NULL OR iccid >= %(least)s)"
        " AND (%(most)s::text IS NULL OR iccid <= %(most)s)"
        " AND (%(after)s::text IS NULL OR iccid > %(after)s) ORDER BY iccid LIMIT %(limit)s",
        {
            "tenant": tenant_id,
            "state": state,
            "least": max(at_least, default=None),
            "most": min(at_most, default=None),
            "allocated_to": allocated_to,
            "after": after,
            "limit": limit,
        },
    )


async def copy_in_use(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[str, str, UUID]]
) -> None:
    """Load new cards already in use, as (ICCID, IMSI, line)."""
    await copy_rows(
        connection,
        "sim",
        ("tenant_id", "iccid", "imsi", "state", "line_id"),
        ((tenant_id, iccid, imsi, "in_use", line_id) for iccid, imsi, line_id in rows),
    )
