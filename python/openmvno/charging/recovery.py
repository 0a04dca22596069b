"""From the database to a running engine: catalogues, snapshot slices, journal.

Effects are replayed, never rated again, so a new release cannot change what was acknowledged.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from openmvno._core import Engine
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.scheduling import make_backend_realtime

log = logging.getLogger(__name__)

# One native call for so many rows or bytes, whichever comes first.
CHUNK_ROWS = 5_000
CHUNK_BYTES = 4 << 20
# Rows libpq hands over at a time.
FETCH_ROWS = 200
# Database sessions that read the journal at the same time.
SESSIONS = 8

Row = tuple[int, int, bytes]


@dataclass(frozen=True)
class Recovered:
    """What recovery found."""

    catalogs: int
    slices: int
    rows: int
    records: int
    milliseconds: int


def recover(
    engine: Engine, catalogs: Catalogs, conninfo: str, shards: int, *, realtime: bool = False
) -> Recovered:
    """Bring ``engine`` to the end of the journal. Blocks: nothing else runs yet.

    ``realtime``: the database's part of it comes before other work on the machine, too.
    """
    started = time.monotonic_ns()
    # One snapshot for all of it, so that housekeeping cannot drop a partition in between.
    with _reading(conninfo, realtime) as connection:
        versions = catalogs.load_all(connection)
        slices = _restore_slices(engine, connection)
        rows, records = _replay_all(engine, connection, (conninfo, realtime), shards)
    found = Recovered(
        catalogs=versions,
        slices=slices,
        rows=rows,
        records=records,
        milliseconds=(time.monotonic_ns() - started) // 1_000_000,
    )
    log.info("recovered", extra=asdict(found))
    return found


@contextmanager
def _reading(conninfo: str, realtime: bool) -> Iterator[psycopg.Connection[TupleRow]]:
    """A session that sees one snapshot."""
    with psycopg.connect(conninfo, application_name="openmvno charge recovery") as connection:
        if realtime:
            make_backend_realtime(connection.info.backend_pid, connection.info.host)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _replay_all(
    engine: Engine,
    connection: psycopg.Connection[TupleRow],
    database: tuple[str, bool],
    shards: int,
) -> tuple[int, int]:
    """Replay every shard, one on each processor at a time: reading and applying overlap."""
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    snapshot: str = row[0]
    waiting: SimpleQueue[int] = SimpleQueue()
    for shard in range(shards):
        waiting.put(shard)
    workers = min(shards, os.cpu_count() or 1, SESSIONS)
    with ThreadPoolExecutor(workers, "recovery") as executor:
        parts = [
            executor.submit(_replay_some, engine, database, snapshot, waiting)
            for _ in range(workers)
        ]
        counts = [part.result() for part in parts]
    return sum(rows for rows, _ in counts), sum(records for _, records in counts)


def _replay_some(
    engine: Engine, database: tuple[str, bool], snapshot: str, waiting: SimpleQueue[int]
) -> tuple[int, int]:
    rows = records = 0
    with _reading(*database) as connection:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        while True:
            try:
                shard = waiting.get_nowait()
            except Empty:
                return rows, records
            for chunk in journal_chunks(connection, shard, engine.replay_from(shard)):
                rows += len(chunk)
                records += engine.replay(chunk)


def _restore_slices(engine: Engine, connection: psycopg.Connection[TupleRow]) -> int:
    count = 0
    with connection.cursor(binary=True) as cursor:
        query = "SELECT shard, slice, seq, payload FROM snapshot_slice ORDER BY shard, slice"
        for shard, number, seq, payload in cursor.stream(query):
            engine.restore_slice(shard, number, seq, payload)
            count += 1
    return count


def journal_chunks(
    connection: psycopg.Connection[TupleRow], shard: int, first: int
) -> Iterator[list[Row]]:
    """A shard's journal rows from seq ``first`` on, in seq order."""
    chunk: list[Row] = []
    size = 0
    query = "SELECT shard, seq, payload FROM journal WHERE shard = %s AND seq >= %s ORDER BY seq"
    with connection.cursor(binary=True) as cursor:
        for row in cursor.stream(query, (shard, first), size=_fetch_size()):
            chunk.append(row)
            size += len(row[2])
            if size >= CHUNK_BYTES or len(chunk) >= CHUNK_ROWS:
                yield chunk
                chunk = []
                size = 0
    if chunk:
        yield chunk


def _fetch_size() -> int:
    # Chunked rows came with libpq 17; the wheel of psycopg brings it, an old system's may not.
    return FETCH_ROWS if psycopg.capabilities.has_stream_chunked() else 1
