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
from typing import Any

import psycopg
from psycopg import AsyncConnection

from openmvno import _core

log = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0
# The refresh takes at most a tenth of the time: under load it comes less often, and writes each
# account once for more charges.
REST_FACTOR = 9
ROWS_A_TRANSACTION = 5_000

MOVE_WATERMARK = """
UPDATE materialiser_watermark AS w SET balances_seq = t.last
FROM unnest(%s::int4[], %s::int8[]) AS t(shard, last)
WHERE w.shard = t.shard AND w.balances_seq < t.last
"""
CREATE = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS arrived_balance (tenant_id uuid, account_id uuid,"
    " currency text, balance_micros bigint, as_of timestamptz) ON COMMIT DELETE ROWS"
)
COPY = (
    "COPY arrived_balance (tenant_id, account_id, currency, balance_micros, as_of)"
    " FROM STDIN (FORMAT binary)"
)
UPSERT = """
INSERT INTO account_balance (tenant_id, account_id, currency, balance_micros, as_of)
SELECT tenant_id, account_id, currency, balance_micros, as_of FROM arrived_balance
ON CONFLICT (tenant_id, account_id) DO UPDATE
SET currency = excluded.currency, balance_micros = excluded.balance_micros, as_of = excluded.as_of
WHERE account_balance.as_of <= excluded.as_of
"""


class BalanceProjection:
    """Balances that changed and are not written yet."""

    def __init__(self) -> None:
        self._changed = _core.LatestBalances()
        self._seqs: dict[int, int] = {}

    def clear(self) -> None:
        """Forget what was not written; the watermark remembers."""
        self._changed = _core.LatestBalances()
        self._seqs = {}

    def collect(self, expansion: _core.Expansion, last: dict[int, int]) -> None:
        """Note the balances of journal rows up to the seqs ``last`` (by shard)."""
        self._changed.collect(expansion)
        self._seqs.update(last)

    async def refresh(self, connection: AsyncConnection[Any]) -> None:
        """Write them, each account once. ``connection`` is in autocommit mode."""
        if not self._seqs:
            return
        changed, seqs = self._changed, self._seqs
        self.clear()
        try:
            await connection.execute(CREATE)
            for stream in changed.copies(ROWS_A_TRANSACTION):
                await upsert(connection, stream)
            await connection.execute(MOVE_WATERMARK, (list(seqs), list(seqs.values())))
        except BaseException:
            # What came meanwhile is newer.
            self._changed.collect_older(changed)
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


async def upsert(connection: AsyncConnection[Any], stream: bytes) -> None:
    """Write balances (COPY BINARY) unless newer ones are there, in one transaction."""
    async with connection.transaction():
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            await copy.write(stream)
        await connection.execute(UPSERT)
