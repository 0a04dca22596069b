"""Whose a thing is, and whether that is within the reach of who asks.

A subscriber reaches its line and that line's account; a customer, reseller or distributor reaches
itself and every customer below it, with their accounts and lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.actor import Actor
from openmvno.charging import CdrNotFound
from openmvno.customers import AccountNotFound, CustomerNotFound
from openmvno.database import Pool, of_tenant
from openmvno.errors import NotFound
from openmvno.payments import PaymentNotFound
from openmvno.rest.errors import SubjectMissing
from openmvno.rest.reach import Look, Named, Within
from openmvno.sims import SimUnknown
from openmvno.subscribers import LineNotFound
from openmvno.transfers import TransferNotFound

# Each finds (account, line, customer) of a thing by its name; the line where it is of one.
_OWNERS: Final[dict[str, LiteralString]] = {
    "line": "SELECT account_id, line_id, NULL::uuid FROM subscriber_line"
    " WHERE tenant_id = %(tenant)s AND line_id = %(name)s::uuid",
    "account": "SELECT account_id, NULL::uuid, customer_id FROM account"
    " WHERE tenant_id = %(tenant)s AND account_id = %(name)s::uuid",
    "customer": "SELECT NULL::uuid, NULL::uuid, customer_id FROM customer"
    " WHERE tenant_id = %(tenant)s AND customer_id = %(name)s::uuid",
    "payment": "SELECT account_id, NULL::uuid, NULL::uuid FROM payment"
    " WHERE tenant_id = %(tenant)s AND payment_id = %(name)s::uuid",
    "transfer": "SELECT unnest(ARRAY[from_account_id, to_account_id]), NULL::uuid, NULL::uuid"
    " FROM transfer WHERE tenant_id = %(tenant)s AND transfer_id = %(name)s::uuid",
    "cdr": "SELECT account_id, line_id, NULL::uuid FROM cdr"
    " WHERE tenant_id = %(tenant)s AND cdr_id = %(name)s::uuid",
    "sim": "SELECT l.account_id, l.line_id, NULL::uuid FROM sim s"
    " JOIN subscriber_line l ON l.tenant_id = %(tenant)s AND l.line_id = s.line_id"
    " WHERE s.tenant_id = %(tenant)s AND s.iccid = %(name)s AND s.state = 'in_use'",
    "number": "SELECT account_id, line_id, NULL::uuid FROM identity_map"
    " WHERE kind = 'msisdn' AND identity = %(name)s AND tenant_id = %(tenant)s",
    "imsi": "SELECT account_id, line_id, NULL::uuid FROM identity_map"
    " WHERE kind = 'imsi' AND identity = %(name)s AND tenant_id = %(tenant)s",
}
_BY_ID: Final = frozenset({"line", "account", "customer", "payment", "transfer", "cdr"})

# What the other routes say of what is not there: outside and nowhere are told alike.
_MISSING: Final[dict[str, tuple[type[NotFound], str]]] = {
    "line": (LineNotFound, "There is no line {}."),
    "account": (AccountNotFound, "There is no account {}."),
    "customer": (CustomerNotFound, "There is no customer {}."),
    "payment": (PaymentNotFound, "There is no payment {}."),
    "transfer": (TransferNotFound, "There is no transfer {}."),
    "cdr": (CdrNotFound, "There is no CDR {}."),
    "sim": (SimUnknown, "There is no SIM card {}."),
    "number": (LineNotFound, "There is no live line with the number {}."),
    "imsi": (LineNotFound, "There is no live line with the IMSI {}."),
}

OUTSIDE: Final = tuple(error for error, _ in _MISSING.values())
"""What an operation that is open outside the staff answers to an id outside the reach."""

# Upwards, so as many rows as the tree is high.
_IS_BELOW: Final[LiteralString] = """
WITH RECURSIVE above AS (
    SELECT customer_id, parent_id FROM customer
    WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
    UNION ALL
    SELECT c.customer_id, c.parent_id FROM above
    JOIN customer c ON c.tenant_id = %(tenant)s AND c.customer_id = above.parent_id)
SELECT EXISTS (SELECT FROM above WHERE customer_id = %(subject)s)
"""


def finder(pool: Pool) -> Look:
    """What :mod:`openmvno.rest.reach` asks, on connections of the tenant's role."""

    async def look(actor: Actor, named: Iterator[Named]) -> Within:
        async with of_tenant(pool, actor.tenant_id) as connection:
            within = await subject_of(connection, actor)
            for each in named:
                await _check(connection, actor, within, each)
            return within

    return look


async def subject_of(connection: AsyncConnection[Any], actor: Actor) -> Within:
    """What the caller acts for.

    Raises:
        SubjectMissing: it has none, or it is gone.
    """
    kind = "line" if actor.realm == "subscriber" else "customer"
    owners = []
    if actor.subject_id is not None:
        owners = await _owners(connection, actor.tenant_id, kind, str(actor.subject_id))
    if not owners:
        raise SubjectMissing
    account_id, line_id, customer_id = owners[0]
    return Within(customer_id, account_id, line_id)


async def _check(
    connection: AsyncConnection[Any], actor: Actor, within: Within, named: Named
) -> None:
    kind, name, field = named
    if kind in _BY_ID and (identifier := _uuid(name)) is None:
        if kind != "line":
            return  # it names nothing, and the schema refuses it
        kind, name = "number", name.removeprefix("+")  # a quote takes either
    elif kind in _BY_ID:
        name = str(identifier)
    for owner in await _owners(connection, actor.tenant_id, kind, name):
        if await _reaches(connection, actor.tenant_id, within, owner):
            return
    missing, text = _MISSING[kind]
    raise missing(text.format(name[:40]), field=field)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


async def _owners(
    connection: AsyncConnection[Any], tenant_id: UUID, kind: str, name: str
) -> list[tuple[UUID | None, UUID | None, UUID | None]]:
    cursor = await connection.execute(_OWNERS[kind], {"tenant": tenant_id, "name": name})
    return await cursor.fetchall()


async def _reaches(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    within: Within,
    owner: tuple[UUID | None, UUID | None, UUID | None],
) -> bool:
    account_id, line_id, customer_id = owner
    if within.line_id is not None:
        # Another line of the same account is somebody else's.
        return line_id == within.line_id if line_id else account_id == within.account_id
    if customer_id is None and account_id is not None:
        cursor = await connection.execute(
            "SELECT customer_id FROM account WHERE tenant_id = %s AND account_id = %s",
            (tenant_id, account_id),
        )
        row = await cursor.fetchone()
        customer_id = row[0] if row else None
    if customer_id is None:
        return False
    cursor = await connection.execute(
        _IS_BELOW,
        {"tenant": tenant_id, "customer": customer_id, "subject": within.customer_id},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])
