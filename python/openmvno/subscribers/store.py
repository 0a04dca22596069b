"""Tables ``subscriber_line`` and ``identity_map``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace, waits_for
from openmvno.database.copying import copy_rows
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, insert_row, newest_first
from openmvno.subscribers.model import Line

_LINE: LiteralString = (
    "line_id, account_id, product, msisdn, imsi, iccid, status, version, created_at, updated_at,"
    " spending_cap_micros, spending_cap_currency, spending_cap_renew, own_balance,"
    " toll_free_barred, zero_rated_allowed, sim_swapped_at, blocked_by, barred, moving,"
    " further_imsis"
)


async def claim_identities(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line
) -> tuple[str, str] | None:
    """Make the identities of a new line its own in the whole installation; (kind, identity) of one
    that is taken, else None."""
    wanted = [("msisdn", line.msisdn), *(("imsi", imsi) for imsi in line.imsis)]
    cursor = await connection.execute(
        "INSERT INTO identity_map (kind, identity, tenant_id, account_id, line_id)"
        " SELECT kind, identity, %s, %s, %s FROM unnest(%s::text[], %s::text[])"
        " AS wanted (kind, identity) ON CONFLICT DO NOTHING RETURNING kind, identity",
        (
            tenant_id,
            line.account_id,
            line.line_id,
            [kind for kind, _ in wanted],
            [identity for _, identity in wanted],
        ),
    )
    claimed = set(await cursor.fetchall())
    return next((each for each in wanted if each not in claimed), None)


async def claim_identity(
    connection: AsyncConnection[Any],
    kind: str,
    identity: str,
    tenant_id: UUID,
    account_id: UUID,
    line_id: UUID,
) -> bool:
    """Make an identity the line's own in the whole installation; False when it is taken."""
    cursor = await connection.execute(
        "INSERT INTO identity_map (kind, identity, tenant_id, account_id, line_id)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (kind, identity, tenant_id, account_id, line_id),
    )
    return cursor.rowcount == 1


async def release_identities(connection: AsyncConnection[Any], line: Line) -> None:
    """Free the identities of a line that closes."""
    await connection.execute(
        "DELETE FROM identity_map WHERE line_id = %s AND (kind, identity) IN"
        " (SELECT 'msisdn', %s UNION ALL SELECT 'imsi', unnest(%s::text[]))",
        (line.line_id, line.msisdn, line.imsis),
    )


async def release_identity(
    connection: AsyncConnection[Any], line: Line, kind: str, identity: str
) -> None:
    """Free one identity of a line that has got another."""
    await connection.execute(
        "DELETE FROM identity_map WHERE line_id = %s AND kind = %s AND identity = %s",
        (line.line_id, kind, identity),
    )


async def insert_line(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line, place: CommandPlace
) -> None:
    """Insert a line without limits; ``place`` is that of its open_line command."""
    await insert_row(
        connection,
        "subscriber_line",
        {
            "tenant_id": tenant_id,
            "line_id": line.line_id,
            "account_id": line.account_id,
            "product": line.product,
            "msisdn": line.msisdn,
            "imsi": line.imsi,
            "iccid": line.iccid,
            "further_imsis": list(line.further_imsis),
            "status": line.status,
            "version": line.version,
            "created_at": line.created_at,
            "updated_at": line.updated_at,
            **waits_for(place),
        },
    )


async def delete_sign_up(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line: Line,
    *,
    top_up_id: UUID | None,
    customer_is_new: bool,
) -> None:
    """Delete a line that never was, with its account, its first top-up and, if it is new, its
    customer."""
    cursor = await connection.execute(
        "SELECT customer_id FROM account WHERE tenant_id = %s AND account_id = %s",
        (tenant_id, line.account_id),
    )
    row = await cursor.fetchone()
    await delete_line(connection, tenant_id, line.line_id)
    for statement, key in (
        ("DELETE FROM top_up WHERE tenant_id = %s AND top_up_id = %s", top_up_id),
        ("DELETE FROM account WHERE tenant_id = %s AND account_id = %s", line.account_id),
    ):
        await connection.execute(statement, (tenant_id, key))
    if customer_is_new and row is not None:
        await connection.execute(
            "DELETE FROM customer WHERE tenant_id = %s AND customer_id = %s", (tenant_id, row[0])
        )


async def delete_line(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """Delete a line that never was, with its add-ons."""
    for statement in (
        "DELETE FROM line_product WHERE tenant_id = %s AND line_id = %s",
        "DELETE FROM subscriber_line WHERE tenant_id = %s AND line_id = %s",
    ):
        await connection.execute(statement, (tenant_id, line_id))


async def is_used_otherwise(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line, top_up_id: UUID | None
) -> bool:
    """Whether a line's account has more than its sign-up gave it: another line or top-up."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM subscriber_line WHERE tenant_id = %(tenant)s"
        "  AND account_id = %(account)s AND line_id <> %(line)s)"
        " OR EXISTS (SELECT FROM top_up WHERE tenant_id = %(tenant)s"
        "  AND account_id = %(account)s AND top_up_id IS DISTINCT FROM %(top_up)s)",
        {
            "tenant": tenant_id,
            "account": line.account_id,
            "line": line.line_id,
            "top_up": top_up_id,
        },
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def line_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, *, lock: bool = False
) -> Line | None:
    """One line; ``lock`` keeps it from changing until the transaction ends."""
    return await fetch_one(
        connection,
        Line,
        f"SELECT {_LINE} FROM subscriber_line WHERE tenant_id = %s AND line_id = %s"
        + (" FOR UPDATE" if lock else ""),
        (tenant_id, line_id),
    )


async def line_by_identity(
    connection: AsyncConnection[Any], tenant_id: UUID, kind: str, identity: str
) -> Line | None:
    """The live line of the tenant with an MSISDN or IMSI."""
    columns = ", ".join(f"subscriber_line.{column.strip()}" for column in _LINE.split(","))
    return await fetch_one(
        connection,
        Line,
        f"SELECT {columns} FROM identity_map JOIN subscriber_line USING (tenant_id, line_id)"
        " WHERE kind = %s AND identity = %s AND tenant_id = %s",
        (kind, identity, tenant_id),
    )


async def line_by_card(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str
) -> Line | None:
    """The line of the tenant that a SIM card in use serves."""
    columns = ", ".join(f"subscriber_line.{column.strip()}" for column in _LINE.split(","))
    return await fetch_one(
        connection,
        Line,
        f"SELECT {columns} FROM sim JOIN subscriber_line USING (tenant_id, line_id)"
        " WHERE sim.tenant_id = %s AND sim.iccid = %s AND sim.state = 'in_use'",
        (tenant_id, iccid),
    )


async def lines_by_identities(
    connection: AsyncConnection[Any], tenant_id: UUID, kind: str, identities: Sequence[str]
) -> dict[str, tuple[UUID, UUID]]:
    """(account, line) by identity, of the tenant's live lines."""
    cursor = await connection.execute(
        "SELECT identity, account_id, line_id FROM identity_map"
        " WHERE kind = %s AND identity = ANY(%s) AND tenant_id = %s",
        (kind, list(identities), tenant_id),
    )
    return {identity: (account, line) for identity, account, line in await cursor.fetchall()}


async def update_line(
    connection: AsyncConnection[Any], tenant_id: UUID, line: Line, place: CommandPlace
) -> Line:
    """Write what may change of a locked line; ``place`` is that of its change_line."""
    return await fetch_written(
        connection,
        Line,
        "UPDATE subscriber_line SET status = %s, product = %s, msisdn = %s, imsi = %s, iccid = %s,"
        " sim_swapped_at = %s, blocked_by = %s, spending_cap_micros = %s,"
        " spending_cap_currency = %s, spending_cap_renew = %s, own_balance = %s,"
        " toll_free_barred = %s, zero_rated_allowed = %s, further_imsis = %s,"
        " version = version + 1,"
        " updated_at = now(), shard = %s, command_seq = %s"
        f" WHERE tenant_id = %s AND line_id = %s RETURNING {_LINE}",
        (
            line.status,
            line.product,
            line.msisdn,
            line.imsi,
            line.iccid,
            line.sim_swapped_at,
            line.blocked_by,
            line.spending_cap_micros,
            line.spending_cap_currency,
            line.spending_cap_renew,
            line.own_balance,
            line.toll_free_barred,
            line.zero_rated_allowed,
            list(line.further_imsis),
            *place,
            tenant_id,
            line.line_id,
        ),
    )


async def lock_lines(
    connection: AsyncConnection[Any], tenant_id: UUID, line_ids: Sequence[UUID]
) -> list[Line]:
    """Lines that are not closed, kept from changing until the transaction ends."""
    return await fetch_all(
        connection,
        Line,
        f"SELECT {_LINE} FROM subscriber_line WHERE tenant_id = %s AND line_id = ANY (%s)"
        " AND status <> 'closed' ORDER BY line_id FOR UPDATE",
        (tenant_id, list(line_ids)),
    )


async def set_barred(
    connection: AsyncConnection[Any], tenant_id: UUID, lines: Sequence[Line]
) -> None:
    """Write whether locked lines are barred."""
    await connection.execute(
        "UPDATE subscriber_line AS l SET barred = t.barred, version = version + 1,"
        " updated_at = now() FROM unnest(%s::uuid[], %s::boolean[]) AS t (line_id, barred)"
        " WHERE l.tenant_id = %s AND l.line_id = t.line_id",
        ([line.line_id for line in lines], [line.barred for line in lines], tenant_id),
    )


async def set_moving(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, moving: bool
) -> None:
    """Write whether a line is on its way to another account."""
    await connection.execute(
        "UPDATE subscriber_line SET moving = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND line_id = %s",
        (moving, tenant_id, line_id),
    )


async def set_payer(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, account_id: UUID
) -> None:
    """Write which account a line is on, and its identities with it."""
    line = await line_by_id(connection, tenant_id, line_id, lock=True)
    assert line is not None
    await connection.execute(
        "UPDATE subscriber_line SET account_id = %s, version = version + 1, updated_at = now()"
        " WHERE tenant_id = %s AND line_id = %s",
        (account_id, tenant_id, line_id),
    )
    for kind, identity in (("msisdn", line.msisdn), *(("imsi", imsi) for imsi in line.imsis)):
        await connection.execute(
            "UPDATE identity_map SET account_id = %s WHERE kind = %s AND identity = %s"
            " AND tenant_id = %s AND line_id = %s",
            (account_id, kind, identity, tenant_id, line_id),
        )


async def set_places(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_ids: Sequence[UUID],
    places: Sequence[CommandPlace],
) -> None:
    """Write which command each locked line waits for."""
    await connection.execute(
        "UPDATE subscriber_line AS l SET shard = t.shard, command_seq = t.seq"
        " FROM unnest(%s::uuid[], %s::int[], %s::bigint[]) AS t (line_id, shard, seq)"
        " WHERE l.tenant_id = %s AND l.line_id = t.line_id",
        (
            list(line_ids),
            [shard for shard, _ in places],
            [seq for _, seq in places],
            tenant_id,
        ),
    )


async def open_lines_after(
    connection: AsyncConnection[Any], tenant_id: UUID, after: UUID | None, limit: int
) -> list[Line]:
    """Lines that are not closed, from the oldest on, after the line ``after``."""
    return await fetch_all(
        connection,
        Line,
        f"SELECT {_LINE} FROM subscriber_line WHERE tenant_id = %(tenant)s AND status <> 'closed'"
        " AND (%(after)s::uuid IS NULL OR line_id > %(after)s) ORDER BY line_id LIMIT %(limit)s",
        {"tenant": tenant_id, "after": after, "limit": limit},
    )


async def live_identities(
    connection: AsyncConnection[Any], kind: str, identities: Sequence[str]
) -> frozenset[str]:
    """Which of the identities belong to a live line, of any tenant."""
    cursor = await connection.execute(
        "SELECT identity FROM identity_map WHERE kind = %s AND identity = ANY(%s)",
        (kind, list(identities)),
    )
    return frozenset(row[0] for row in await cursor.fetchall())


async def list_lines(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    account_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Line]:
    """Lines from the newest on."""
    return await fetch_all(
        connection,
        Line,
        f"SELECT {_LINE} FROM subscriber_line WHERE tenant_id = %(tenant)s"
        " AND (%(account)s::uuid IS NULL OR account_id = %(account)s)"
        f"{newest_first('line_id')}",
        {"tenant": tenant_id, "account": account_id, "before": before, "limit": limit},
    )


_LINES_OF_ACCOUNTS: Final = f"""
JOIN account a ON a.tenant_id = %(tenant)s AND a.customer_id = tree.customer_id
CROSS JOIN LATERAL (
    SELECT {_LINE} FROM subscriber_line
    WHERE tenant_id = %(tenant)s AND account_id = a.account_id
      AND (%(before)s::uuid IS NULL OR line_id < %(before)s)
    ORDER BY line_id DESC LIMIT %(limit)s) AS l
ORDER BY l.line_id DESC LIMIT %(limit)s
"""
# Of each account as many as the page has: however many lines there are, no more are read.
_LINES_OF_CUSTOMER: Final = (
    f"SELECT {', '.join(f'l.{column.strip()}' for column in _LINE.split(','))}"
    f" FROM (SELECT %(customer)s::uuid AS customer_id) AS tree {_LINES_OF_ACCOUNTS}"
)
_LINES_BELOW: Final = f"""
WITH RECURSIVE tree AS (
    SELECT customer_id FROM customer
    WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
    UNION ALL
    SELECT c.customer_id FROM tree
    JOIN customer c ON c.tenant_id = %(tenant)s AND c.parent_id = tree.customer_id)
SELECT {", ".join(f"l.{column.strip()}" for column in _LINE.split(","))} FROM tree
{_LINES_OF_ACCOUNTS}"""


async def list_lines_of(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID,
    before: UUID | None,
    limit: int,
) -> list[Line]:
    """Lines of a customer's accounts, from the newest on."""
    return await fetch_all(
        connection,
        Line,
        _LINES_OF_CUSTOMER,
        {"tenant": tenant_id, "customer": customer_id, "before": before, "limit": limit},
    )


async def list_lines_below(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    customer_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> list[Line]:
    """Lines of a customer and of all below it, from the newest on."""
    return await fetch_all(
        connection,
        Line,
        _LINES_BELOW,
        {"tenant": tenant_id, "customer": customer_id, "before": before, "limit": limit},
    )


async def copy_lines(
    connection: AsyncConnection[Any], tenant_id: UUID, rows: Iterable[tuple[object, ...]]
) -> None:
    """Load new lines, as (line, account, product, MSISDN, IMSI, ICCID, status, shard, seq)."""
    await copy_rows(
        connection,
        "subscriber_line",
        (
            "tenant_id",
            "line_id",
            "account_id",
            "product",
            "msisdn",
            "imsi",
            "iccid",
            "status",
            "shard",
            "command_seq",
        ),
        ((tenant_id, *row) for row in rows),
    )


async def copy_identities(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    rows: Iterable[tuple[str, str, UUID, UUID]],
) -> None:
    """Load identities, as (kind, identity, account, line)."""
    await copy_rows(
        connection,
        "identity_map",
        ("tenant_id", "kind", "identity", "account_id", "line_id"),
        ((tenant_id, *row) for row in rows),
    )
