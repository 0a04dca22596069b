"""Reading a SIM file into the stock: at once when it is small, else by `work`, with progress.

Each batch of lines is one transaction together with how far the file has been read, so that an
import that is interrupted goes on where it was and says the same in the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.provisioning import Sealer
from openmvno.sims import import_store
from openmvno.sims.codes import transport_key
from openmvno.sims.errors import SimFileInvalid, TransportKeyUnknown
from openmvno.sims.loading import Sealed, load, seal
from openmvno.sims.model import Card, ImportTerms, Rejected, SimImport
from openmvno.sims.rules import CardReader, open_table, transport_key_name

AT_ONCE_OCTETS: Final = 256 << 10
"""A file up to this size (some two thousand cards) is read while the request waits."""

LINES_A_BATCH: Final = 5_000

Progress = Callable[[SimImport], None]


async def take_file(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    file_name: str,
    content: bytes,
    terms: ImportTerms,
) -> SimImport:
    """Import a file: read it in the caller's transaction, or put it aside for `work`.

    Raises:
        SimFileInvalid, TransportKeyUnknown: nothing is kept.
    """
    reader = await open_file(connection, actor.tenant_id, sealer, content, terms)
    result = await import_store.begin(
        connection, actor.tenant_id, file_name, content, terms, reader.table
    )
    if len(content) > AT_ONCE_OCTETS:
        await import_store.put_aside(connection, actor.tenant_id, result.import_id, sealer, content)
        await _record(connection, actor, "sim_import.taken", result)
        return result
    run = ImportRun(actor.tenant_id, sealer, result.import_id, reader)
    while await run.batch(connection):
        continue
    return await finish(connection, actor, result.import_id)


async def open_file(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    sealer: Sealer,
    content: bytes,
    terms: ImportTerms,
) -> CardReader:
    """A file ready to be read, with the key its keys are encrypted under.

    Raises:
        SimFileInvalid, TransportKeyUnknown.
    """
    table = await asyncio.to_thread(open_table, content)
    name = transport_key_name(table, terms)
    if name is None:
        return CardReader(table, terms)
    key = await transport_key(connection, tenant_id, sealer, name)
    if key is None:
        raise TransportKeyUnknown(
            f"The keys in this file are encrypted under the transport key {name[:60]!r}, which is"
            " not set.",
            field="transport_key",
        )
    return CardReader(table, terms, key)


async def run_import(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    waiting: SimImport,
    content: bytes,
    terms: ImportTerms,
    progress: Progress | None = None,
) -> SimImport:
    """Read a file from where it was left, committing batch by batch on a connection of its own; a
    file that turns out not to be readable is marked failed."""
    tenant_id, import_id = actor.tenant_id, waiting.import_id
    try:
        reader = await open_file(connection, tenant_id, sealer, content, terms)
        run = ImportRun(tenant_id, sealer, import_id, reader, waiting.lines_read)
        while await run.batch(connection):
            await connection.commit()
            if progress is not None:
                progress(await import_store.find(connection, tenant_id, import_id))
        result = await finish(connection, actor, import_id)
    except (SimFileInvalid, TransportKeyUnknown) as error:
        await connection.rollback()
        result = await import_store.fail(connection, tenant_id, import_id, error.detail)
        await _record(connection, actor, "sim_import.failed", result)
    await connection.commit()
    return result


async def finish(connection: AsyncConnection[Any], actor: Actor, import_id: UUID) -> SimImport:
    """Every line has been read."""
    result = await import_store.finish(connection, actor.tenant_id, import_id)
    await _record(connection, actor, "sims.imported", result)
    return result


class ImportRun:
    """A file being read. ``skip``: lines of it that have been dealt with already."""

    def __init__(
        self, tenant_id: UUID, sealer: Sealer, import_id: UUID, reader: CardReader, skip: int = 0
    ) -> None:
        self._tenant_id = tenant_id
        self._sealer = sealer
        self._import_id = import_id
        self._entries = (entry for entry in reader.cards() if entry.line_number > skip)

    async def batch(self, connection: AsyncConnection[Any]) -> bool:
        """The next lines into the stock; False when there are none. The caller commits."""
        # Reading and sealing keep a processor busy: not on the event loop.
        entries, cards = await asyncio.to_thread(self._next)
        if not entries:
            return False
        done = await load(connection, self._tenant_id, self._import_id, cards)
        rejected = [entry for entry in entries if isinstance(entry, Rejected)] + done.rejected
        await import_store.advance(
            connection, self._tenant_id, self._import_id, entries[-1].line_number, done, rejected
        )
        return True

    def _next(self) -> tuple[list[Card | Rejected], list[Sealed]]:
        entries = list(islice(self._entries, LINES_A_BATCH))
        cards = [
            seal(self._sealer, self._tenant_id, entry)
            for entry in entries
            if isinstance(entry, Card)
        ]
        return entries, cards


async def _record(
    connection: AsyncConnection[Any], actor: Actor, action: str, result: SimImport
) -> None:
    await audit.record(
        connection,
        actor,
        action,
        "sim_import",
        result.import_id,
        after={
            "file_name": result.file_name,
            "loaded": result.loaded,
            "already_known": result.already_known,
            "removed": result.removed,
            "rejected": result.rejected,
        },
    )
