"""The part of `work` that reads SIM files which were put aside."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import psycopg

from openmvno.actor import Actor
from openmvno.provisioning import Sealer
from openmvno.settings import Settings
from openmvno.sims import import_store
from openmvno.sims.importing import Progress, open_file, run_import
from openmvno.sims.model import ImportTerms, SimImport

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 0.5
TROUBLE_SECONDS: Final = 5.0
ABANDONED: Final = "The command that was reading it ended before the file did; import it again."


async def run(conninfo: str, settings: Settings, stop: asyncio.Event) -> None:
    """Read what waits, one file after the other, until ``stop`` is set."""
    sealer = Sealer.from_settings(settings)
    while not stop.is_set():
        pause = IDLE_SECONDS
        try:
            async with await psycopg.AsyncConnection.connect(
                conninfo, application_name="openmvno SIM imports"
            ) as connection:
                while not stop.is_set():
                    await read_waiting(connection, sealer)
                    await _wait(stop, IDLE_SECONDS)
        except (psycopg.Error, OSError) as error:
            log.warning("SIM imports wait for PostgreSQL: %s", str(error).strip())
            pause = TROUBLE_SECONDS
        await _wait(stop, pause)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def read_waiting(connection: psycopg.AsyncConnection[Any], sealer: Sealer) -> None:
    """Read every file that waits, or that another process was reading when it ended."""
    waiting = await import_store.open_imports(connection)
    await connection.commit()
    for tenant_id, import_id, terms in waiting:
        await read_one(connection, sealer, tenant_id, import_id, terms)


async def read_one(
    connection: psycopg.AsyncConnection[Any],
    sealer: Sealer,
    tenant_id: UUID,
    import_id: UUID,
    terms: ImportTerms,
) -> None:
    """Read a file that was put aside, unless somebody does already."""
    if not await _lock(connection, import_id):
        await connection.rollback()
        return
    try:
        waiting = await import_store.find(connection, tenant_id, import_id)
        content = await import_store.content_of(connection, tenant_id, import_id, sealer)
        if waiting.finished_at is not None:
            return
        if not content:
            await import_store.fail(connection, tenant_id, import_id, ABANDONED)
            return
        actor = Actor(tenant_id, "SIM import", str(import_id))
        await run_import(connection, actor, sealer, waiting, content, terms)
    finally:
        await connection.commit()
        await connection.execute("SELECT pg_advisory_unlock(%s)", (_lock_key(import_id),))
        await connection.commit()


async def import_here(
    connection: psycopg.AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    file_name: str,
    content: bytes,
    terms: ImportTerms,
    progress: Progress,
) -> SimImport:
    """Read a file in this process, on a connection of its own that is closed afterwards.

    Raises:
        SimFileInvalid, TransportKeyUnknown: nothing is kept.
    """
    reader = await open_file(connection, actor.tenant_id, sealer, content, terms)
    begun = await import_store.begin(
        connection, actor.tenant_id, file_name, content, terms, reader.table
    )
    await _lock(connection, begun.import_id)  # before others can see it
    await connection.commit()
    return await run_import(connection, actor, sealer, begun, content, terms, progress)


async def _lock(connection: psycopg.AsyncConnection[Any], import_id: UUID) -> bool:
    """Make an import this connection's own until it is closed; False when it is another's."""
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_lock_key(import_id),))
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


def _lock_key(import_id: UUID) -> int:
    return int.from_bytes(import_id.bytes[:8], signed=True)
