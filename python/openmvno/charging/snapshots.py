"""Fuzzy snapshots: dirty slices of the engine's state, some at a time, so that replay stays short.

A slice is cut at the batch just taken and written once that batch is durable, on a session of its
own; it never holds a commit up.
"""

from __future__ import annotations

import asyncio
import logging

import psycopg

from openmvno._core import Batch, Engine
from openmvno.charging import ownership

log = logging.getLogger(__name__)

PASS_SECONDS = 30.0
PASS_RECORDS = 1_000_000
# Of up to 2,000 accounts: cutting more at a time would be felt by the requests behind it.
SLICES_AT_A_TIME = 1
SHARD_SLICE = -1  # the shard's own, the last of its part of a pass
UPSERT = (
    "INSERT INTO snapshot_slice (shard, slice, seq, payload) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (shard, slice) DO UPDATE"
    " SET seq = excluded.seq, payload = excluded.payload, written_at = now()"
    " WHERE snapshot_slice.seq < excluded.seq"
)

Slice = tuple[int, int, int, bytes]


class Snapshots:
    """Cuts and writes slices while a pass is on; rests between passes."""

    def __init__(self, engine: Engine, conninfo: str) -> None:
        self._engine = engine
        self._conninfo = conninfo
        self._loop = asyncio.get_running_loop()
        self._finished: set[int] = set()
        self._pass_on = False
        self._next_pass = self._loop.time() + PASS_SECONDS
        self._records = 0
        self._cut: list[Slice] = []
        self._cut_batch = -1
        self._ready = asyncio.Event()
        self.written = 0

    # -- called by the committer, so kept short --------------------------------------------------

    def batch_taken(self, batch: Batch) -> None:
        """Cut a few dirty slices at this batch when a pass is on and nothing is being written."""
        self._records += batch.records
        if not self._pass_on:
            if self._records < PASS_RECORDS and self._loop.time() < self._next_pass:
                return
            self._pass_on = True
        if self._cut or batch.rows == 0:
            return
        self._cut = self._engine.snapshot_due(SLICES_AT_A_TIME)
        self._cut_batch = batch.number
        self._finished.update(shard for shard, number, _, _ in self._cut if number == SHARD_SLICE)
        if self._finished.issuperset(self._engine.owned_shards()):
            self._finished.clear()
            self._pass_on = False
            self._records = 0
            self._next_pass = self._loop.time() + PASS_SECONDS

    def batch_durable(self, number: int) -> None:
        """The batch the slices were cut at is in the journal: they may be written."""
        if self._cut and number >= self._cut_batch:
            self._ready.set()

    # -- its own task ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write what was cut, until cancelled."""
        while True:
            try:
                await self._write_until_lost()
            except (psycopg.Error, ownership.EngineStartError, OSError) as error:
                log.warning("snapshots wait for PostgreSQL: %s", str(error).strip())
                await asyncio.sleep(1)

    async def _write_until_lost(self) -> None:
        connection = await ownership.connect(self._conninfo, "openmvno charge snapshots")
        async with connection:
            # Written as durably as the journal: the core counts a slice it handed over as clean,
            # and the next pass moves the start of replay past it.
            while True:
                await self._ready.wait()
                async with connection.transaction(), connection.cursor() as cursor:
                    await cursor.executemany(UPSERT, self._cut)
                self.written += len(self._cut)
                self._cut = []
                self._ready.clear()
