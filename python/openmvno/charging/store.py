"""Reading CDRs, the projection the materialiser writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class Cdr:
    """One priced piece of usage.

    ``parts``: who paid which stretch of it; ``partners``: what each partner charges for it; both
    with the members they have in a quote. ``inputs``: what else the price depended on.
    """

    cdr_id: UUID
    account_id: UUID
    line_id: UUID
    recorded_at: datetime
    session_id: str
    kind: str
    service: str
    direction: str
    destination: str
    rating_group: int | None
    started_at: datetime
    ended_at: datetime
    usage: int
    currency: str
    amount_micros: int
    overrun_micros: int
    balance_after_micros: int
    catalog_version: int
    product: str
    rate: str
    cause: str
    refers_to: UUID | None
    correlation: str
    parts: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    inputs: dict[str, Any]


_COLUMNS = (
    "cdr_id, account_id, line_id, recorded_at, session_id, kind, service, direction, destination,"
    " rating_group, started_at, ended_at, usage, currency, amount_micros, overrun_micros,"
    " balance_after_micros, catalog_version, product, rate, cause, refers_to, correlation, parts,"
    " partners, inputs"
)


# CDRs have an index by account and none by line, which would cost the materialiser at every CDR: a
# line's are looked for with the accounts that have paid for it.
_OF_LINE: Final = f"""
SELECT {", ".join(f"found.{column.strip()}" for column in _COLUMNS.split(","))}
FROM (SELECT account_id FROM subscriber_line
      WHERE tenant_id = %(tenant_id)s AND line_id = %(line_id)s
      UNION SELECT from_account_id FROM payer_change
      WHERE tenant_id = %(tenant_id)s AND line_id = %(line_id)s) AS payer
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM cdr WHERE tenant_id = %(tenant_id)s
      AND cdr.account_id = payer.account_id AND line_id = %(line_id)s
      AND (%(before)s::uuid IS NULL OR cdr_id < %(before)s)
    ORDER BY cdr_id DESC LIMIT %(limit)s) AS found
ORDER BY found.cdr_id DESC LIMIT %(limit)s
"""


async def list_cdrs(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    *,
    account_id: UUID | None,
    line_id: UUID | None,
    session_id: str | None,
    before: UUID | None,
    limit: int,
) -> list[Cdr]:
    """CDRs from the newest on, older than the CDR ``before``."""
    if line_id is not None and account_id is None and session_id is None:
        wanted = {"tenant_id": tenant_id, "line_id": line_id, "before": before, "limit": limit}
        return await fetch_all(connection, Cdr, _OF_LINE, wanted)
    conditions = ["tenant_id = %(tenant_id)s"]
    for column, value in (
        ("account_id", account_id),
        ("line_id", line_id),
        ("session_id", session_id),
    ):
        if value is not None:
            conditions.append(f"{column} = %({column})s")
    if before is not None:
        conditions.append("cdr_id < %(before)s")
    return await fetch_all(
        connection,
        Cdr,
        f"SELECT {_COLUMNS} FROM cdr WHERE {' AND '.join(conditions)}"
        " ORDER BY cdr_id DESC LIMIT %(limit)s",
        {
            "tenant_id": tenant_id,
            "account_id": account_id,
            "line_id": line_id,
            "session_id": session_id,
            "before": before,
            "limit": limit,
        },
    )


async def cdr_by_id(connection: AsyncConnection[Any], tenant_id: UUID, cdr_id: UUID) -> Cdr | None:
    """One CDR."""
    query = f"SELECT {_COLUMNS} FROM cdr WHERE tenant_id = %s AND cdr_id = %s"
    return await fetch_one(connection, Cdr, query, (tenant_id, cdr_id))
