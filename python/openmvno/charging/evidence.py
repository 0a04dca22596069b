"""Questions of the core that only the database can answer, such as whether a session that memory
has forgotten was charged. The request waits in the core meanwhile; everything else goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import psycopg

from openmvno._core import Engine
from openmvno.charging import ownership

log = logging.getLogger(__name__)

POLL_SECONDS = 0.02

# One Session-Id may hold several events, told apart by their number.
SESSION_CHARGED = (
    "SELECT 1 FROM cdr WHERE session_id = %(session)s AND tenant_id = %(tenant)s"
    " AND (%(number)s::bigint IS NULL OR (kind = 'event' AND request_number = %(number)s::bigint))"
    " LIMIT 1"
)
# A debit that was refunded already has nothing left to give back.
DEBIT = (
    "SELECT d.cdr_id, CASE WHEN EXISTS (SELECT 1 FROM cdr r WHERE r.tenant_id = d.tenant_id"
    "  AND r.account_id = d.account_id AND r.cdr_id > d.cdr_id AND r.refers_to = d.cdr_id"
    "  AND r.kind = 'refund')"
    " THEN 0 ELSE d.amount_micros - d.overrun_micros END"
    " FROM cdr d WHERE d.tenant_id = %(tenant)s AND d.account_id = %(account)s"
    " AND d.kind = 'event' AND (d.cdr_id = %(cdr)s::uuid"
    "  OR (%(cdr)s::uuid IS NULL AND d.correlation = %(correlation)s))"
    " ORDER BY d.cdr_id DESC LIMIT 1"
)

# The card of a line in use; tenants may have loaded the same card, one at most serves it.
CARD = "SELECT imsi FROM sim WHERE iccid = %(iccid)s AND state = 'in_use' LIMIT 1"

Finding = dict[str, Any]


class Evidence:
    """Asks the database what the core wants to know."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        conninfo: str,
        batch_pending: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._conninfo = conninfo
        self._batch_pending = batch_pending
        self._open: list[tuple[int, bytes]] = []

    async def run(self) -> None:
        """Answer questions until cancelled; one that is open when the database fails stays open."""
        while True:
            try:
                async with await ownership.connect(
                    self._conninfo, "openmvno charge evidence"
                ) as connection:
                    while True:
                        await self._answer(connection)
                        await asyncio.sleep(POLL_SECONDS)
            except (psycopg.Error, ownership.EngineStartError, OSError) as error:
                log.warning("evidence waits for PostgreSQL: %s", str(error).strip())
                await asyncio.sleep(1)

    async def _answer(self, connection: ownership.Connection) -> None:
        self._open += self._engine.lookups()
        while self._open:
            identifier, question = self._open[0]
            finding = await find(connection, json.loads(question))
            self._engine.resume(identifier, json.dumps(finding).encode(), self._clock())
            del self._open[0]
            self._batch_pending()


async def find(connection: psycopg.AsyncConnection[Any], question: dict[str, Any]) -> Finding:
    """The database's answer to one question."""
    if question["about"] == "session":
        cursor = await connection.execute(
            SESSION_CHARGED, {name: question[name] for name in ("session", "tenant", "number")}
        )
        return {"found": "nothing" if await cursor.fetchone() is None else "charged"}
    if question["about"] == "card":
        cursor = await connection.execute(CARD, {"iccid": question["iccid"]})
        card = await cursor.fetchone()
        return {"found": "nothing"} if card is None else {"found": "card", "imsi": card[0]}
    cursor = await connection.execute(
        DEBIT,
        {name: question[name] for name in ("tenant", "account", "cdr", "correlation")},
    )
    row = await cursor.fetchone()
    if row is None:
        return {"found": "nothing"}
    return {"found": "debit", "cdr": str(row[0]), "refundable": row[1]}
