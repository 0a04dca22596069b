"""Table ``ledger_entry``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import CommandPlace
from openmvno.identifiers import new_id
from openmvno.ledger.model import Leg

COUNTS: Final = (
    "(ledger_entry.shard IS NULL OR EXISTS (SELECT FROM engine_command AS done"
    " WHERE done.shard = ledger_entry.shard AND done.seq = ledger_entry.command_seq"
    " AND done.outcome IS NOT NULL AND NOT done.outcome ? 'error'))"
)
"""A condition on rows of ``ledger_entry``: the engine has done what they belong to. The outcome is
written with the engine's own postings, so both sides of a cause count from the same moment on."""


async def post(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    cause: str,
    cause_id: UUID,
    currency: str,
    legs: Sequence[Leg],
    place: CommandPlace | None = None,
) -> None:
    """Write the legs of a cause; those of zero are left out.

    ``place``: the engine command they belong to; they count once it is done.

    Raises:
        ValueError: they do not sum to zero.
    """
    if sum(leg.amount_micros for leg in legs):
        raise ValueError(f"the legs of {cause} {cause_id} do not balance: {legs}")
    moved = [leg for leg in legs if leg.amount_micros]
    shard, seq = place or (None, None)
    await connection.execute(
        "INSERT INTO ledger_entry (tenant_id, entry_id, cause_id, cause, ledger_account,"
        " account_id, currency, amount_micros, shard, command_seq)"
        " SELECT %(tenant)s, entry_id, %(cause_id)s, %(cause)s, ledger_account, account_id,"
        " %(currency)s, amount_micros, %(shard)s, %(seq)s"
        " FROM unnest(%(ids)s::uuid[], %(ledger_accounts)s::text[], %(accounts)s::uuid[],"
        " %(amounts)s::bigint[]) AS leg (entry_id, ledger_account, account_id, amount_micros)",
        {
            "tenant": tenant_id,
            "cause": cause,
            "cause_id": cause_id,
            "currency": currency,
            "shard": shard,
            "seq": seq,
            "ids": [new_id() for _ in moved],
            "ledger_accounts": [leg.ledger_account for leg in moved],
            "accounts": [leg.account_id for leg in moved],
            "amounts": [leg.amount_micros for leg in moved],
        },
    )
