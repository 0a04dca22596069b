"""CDRs as the materialiser would have written them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from openmvno.database.copying import copy_rows
from openmvno.identifiers import new_id

START: Final = datetime(2026, 10, 1, tzinfo=UTC)

_COLUMNS = {
    "session_id": "s",
    "request_number": 0,
    "kind": "session",
    "service": "voice",
    "direction": "originating",
    "destination": "385980000001",
    "rating_group": None,
    "currency": "EUR",
    "overrun_micros": 0,
    "balance_after_micros": 0,
    "catalog_version": 1,
    "product": "basic",
    "rate": "",
    "cause": "normal",
    "refers_to": None,
    "correlation": "",
    "origin_host": "gw",
    "shard": 0,
    "journal_seq": 1,
}


async def write_cdrs(
    connection: AsyncConnection[Any],
    tenant: UUID,
    line: UUID,
    usages: Sequence[int],
    **changes: object,
) -> None:
    """One CDR a minute from START, each charged 0.41; a refund and a money debit beside them."""
    common = {**_COLUMNS, **changes}
    rows = [_row(tenant, line, number, usage, common) for number, usage in enumerate(usages)]
    rows.append(_row(tenant, line, 0, 60, {**common, "kind": "refund"}))
    rows.append(_row(tenant, line, 0, 410_000, {**common, "kind": "event", "rate": "money"}))
    await copy_rows(connection, "cdr", list(rows[0]), [list(row.values()) for row in rows])


def _row(
    tenant: UUID, line: UUID, number: int, usage: int, common: dict[str, Any]
) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    return {
        **common,
        "tenant_id": tenant,
        "cdr_id": new_id(),
        "account_id": uuid4(),
        "line_id": line,
        "recorded_at": at,
        "started_at": at,
        "ended_at": at,
        "usage": usage,
        "amount_micros": 410_000,
    }
