"""Whose an MSISDN or IMSI is, for what the gateway checks before it asks the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from openmvno.database import Pool, of_tenant


@dataclass(frozen=True)
class Payer:
    """The account that pays for a subscriber."""

    account_id: UUID
    currency: str


# (tenant, "msisdn" or "imsi", digits) -> the payer, None when the tenant has no such subscriber.
FindPayer = Callable[[UUID, str, str], Awaitable[Payer | None]]


def payer_finder(pool: Pool) -> FindPayer:
    """Finds payers in the identity map."""

    async def find(tenant_id: UUID, kind: str, identity: str) -> Payer | None:
        async with of_tenant(pool, tenant_id) as connection:
            cursor = await connection.execute(
                "SELECT a.account_id, a.currency FROM identity_map i"
                " JOIN account a USING (tenant_id, account_id)"
                " WHERE i.kind = %s AND i.identity = %s AND i.tenant_id = %s",
                (kind, identity, tenant_id),
            )
            row = await cursor.fetchone()
        return None if row is None else Payer(*row)

    return find
