"""account_balance: the engine's balances as a table, refreshed every few seconds.

Each changed account is written once for many charges, on a session of its own: scattered updates
of a large table are slow, and CDRs must not wait for them. Its own watermark tells after a restart
which balances had been read from the journal but not written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from openmvno import _core

log = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0
# The refresh takes at most this part of the time: under load it comes less often, for more at once.
REST_FACTOR = 4
ROWS_A_TRANSACTION = 5_000

MOVE_WATERMARK = """
UPDATE materialiser_watermark AS w SET balances_seq = t.last
FROM unnest(%s::int4[], %s::int8[]) AS t(shard, last)
WHERE w.shard = t.shard AND w.balances_seq < t.last
"""
UPSERT = """
INSERT INTO account_balance (tenant_id, account_id, currency, balance_micros, as_of)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int8[], %s::timestamptz[])
ON CONFLICT (tenant_id, account_id) DO UPDATE
SET currency = excluded.currency, balance_micros = excluded.balance_micros, as_of = excluded.as_of
WHERE account_balance.as_of <= excluded.as_of
"""

Key = tuple[bytes, bytes]  # tenant, account
Balance = tuple[str, int, int]  # currency, micros, as-of ms


class BalanceProjection:
    """Balances that changed and are not written yet."""

    def __init__(self) -> None:
        self._changed: dict[Key, Balance] = {}
        self._seqs: dict[int, int] = {}

    def clear(self) -> None:
        """Forget what was not written; the watermark remembers."""
        self._changed = {}
        self._seqs = {}

    def collect(self, expansion: _core.Expansion, last: dict[int, int]) -> None:
        """Note the balances of journal rows up to the seqs ``last`` (by shard)."""
        for tenant, account, currency, micros, as_of in expansion.balances:
            self._changed[tenant, account] = (currency, micros, as_of)
        self._seqs.update(last)

    async def refresh(self, connection: AsyncConnection[Any]) -> None:
        """Write them, each account once. ``connection`` is in autocommit mode."""
        if not self._seqs:
            return
        changed, seqs = self._changed, self._seqs
        self.clear()
        try:
            rows = sorted(changed.items())
            for start in range(0, len(rows), ROWS_A_TRANSACTION):
                await upsert(connection, rows[start : start + ROWS_A_TRANSACTION])
            await connection.execute(MOVE_WATERMARK, (list(seqs), list(seqs.values())))
        except BaseException:
            # What came meanwhile is newer.
            self._changed = changed | self._changed
            self._seqs = seqs | self._seqs
            raise

    @asynccontextmanager
    async def refreshing(self, conninfo: str) -> AsyncIterator[None]:
        """While inside, the table is refreshed again and again on a session of its own."""
        task = asyncio.create_task(self._run(conninfo), name="balances")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, conninfo: str) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo, autocommit=True, application_name="openmvno balances"
                ) as connection:
                    await connection.execute("SET synchronous_commit = off")
                    while True:
                        begun = loop.time()
                        await self.refresh(connection)
                        spent = loop.time() - begun
                        await asyncio.sleep(max(PERIOD_SECONDS, REST_FACTOR * spent))
            except (psycopg.Error, OSError) as error:
                log.warning("balances wait for PostgreSQL: %s", str(error).strip())
                await asyncio.sleep(1)


async def upsert(connection: AsyncConnection[Any], rows: list[tuple[Key, Balance]]) -> None:
    """Write balances unless newer ones are there."""
    await connection.execute(
        UPSERT,
        (
            [UUID(bytes=tenant) for (tenant, _), _ in rows],
            [UUID(bytes=account) for (_, account), _ in rows],
            [currency for _, (currency, _, _) in rows],
            [micros for _, (_, micros, _) in rows],
            [datetime.fromtimestamp(as_of / 1000, UTC) for _, (_, _, as_of) in rows],
        ),
    )
