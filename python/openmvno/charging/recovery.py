"""From the database to a running engine: catalogues, snapshot slices, journal.

Effects are replayed, never rated again, so a new release cannot change what was acknowledged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from openmvno._core import Engine

log = logging.getLogger(__name__)

# One native call for so many rows or bytes, whichever comes first.
CHUNK_ROWS = 5_000
CHUNK_BYTES = 4 << 20
# Rows libpq hands over at a time.
FETCH_ROWS = 200

Row = tuple[int, int, bytes]


@dataclass(frozen=True)
class Recovered:
    """What recovery found."""

    catalogs: int
    slices: int
    rows: int
    records: int
    milliseconds: int


def recover(engine: Engine, conninfo: str, shards: int) -> Recovered:
    """Bring ``engine`` to the end of the journal. Blocks: nothing else runs yet."""
    started = time.monotonic_ns()
    with psycopg.connect(conninfo, application_name="openmvno charge recovery") as connection:
        connection.read_only = True
        # One snapshot for all of it, so that housekeeping cannot drop a partition in between.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        catalogs = load_catalogs(engine, connection)
        slices = _restore_slices(engine, connection)
        rows = records = 0
        for chunk in journal_chunks(connection, engine, shards):
            rows += len(chunk)
            records += engine.replay(chunk)
    elapsed_ms = (time.monotonic_ns() - started) // 1_000_000
    found = Recovered(catalogs, slices, rows, records, elapsed_ms)
    log.info(
        "recovered %d journal records (%d rows), %d snapshot slices and %d catalogue versions"
        " in %d ms",
        records,
        rows,
        slices,
        catalogs,
        elapsed_ms,
    )
    return found


def load_catalogs(engine: Engine, connection: psycopg.Connection[TupleRow]) -> int:
    """Load every catalogue version an activation may have named.

    Versions are immutable and kept while any journal, snapshot or CDR names them.
    """
    count = 0
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            "SELECT tenant_id, id, convert_to(document::text, 'UTF8') FROM catalog_version"
            " WHERE state <> 'draft' ORDER BY id"
        )
        for tenant, version, document in cursor:
            engine.load_catalog(tenant.bytes, version, document)
            count += 1
    return count


def _restore_slices(engine: Engine, connection: psycopg.Connection[TupleRow]) -> int:
    count = 0
    with connection.cursor(binary=True) as cursor:
        query = "SELECT shard, slice, seq, payload FROM snapshot_slice ORDER BY shard, slice"
        for shard, number, seq, payload in cursor.stream(query):
            engine.restore_slice(shard, number, seq, payload)
            count += 1
    return count


def journal_chunks(
    connection: psycopg.Connection[TupleRow], engine: Engine, shards: int
) -> Iterator[list[Row]]:
    """The journal rows behind the snapshots, in seq order for each shard."""
    chunk: list[Row] = []
    size = 0
    query = "SELECT shard, seq, payload FROM journal WHERE shard = %s AND seq >= %s ORDER BY seq"
    for shard in range(shards):
        with connection.cursor(binary=True) as cursor:
            rows = cursor.stream(query, (shard, engine.replay_from(shard)), size=_fetch_size())
            for row in rows:
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
