"""Who read whose personal data: noted in memory, written in batches beside the requests.

A read never waits for its note, unless so many are waiting that memory would grow. What is noted is
written within a second, so a process that is killed loses the notes of its last second at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolClosed, PoolTimeout

from openmvno.actor import Actor
from openmvno.audit.store import entry_row, insert_entries, insert_read_subjects

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 1.0
MOST_WAITING: Final = 10_000
"""Notes in memory; one more is written before its read is answered."""

ConnectionOf = Callable[[UUID], AbstractAsyncContextManager[AsyncConnection[Any]]]


_Key = tuple[object, ...]
"""What reads have in common that become one entry: who, whence, what, of whom."""


@dataclass(slots=True)
class _Read:
    """Reads of one second that are one entry."""

    actor: Actor  # as in the first request
    action: str
    subject_type: str
    subjects: tuple[str, ...]
    times: int = 0


class ReadLog:
    """The notes of one process."""

    def __init__(self, connection_of: ConnectionOf) -> None:
        self._connection_of = connection_of
        self._noted: dict[_Key, _Read] = {}
        self._writing = asyncio.Lock()

    async def note(
        self, actor: Actor, action: str, subject_type: str, subjects: Sequence[object]
    ) -> None:
        """``actor`` was shown personal data of ``subjects``."""
        if not subjects:
            return
        self._add(_Read(actor, action, subject_type, tuple(map(str, subjects)), 1))
        if len(self._noted) > MOST_WAITING:
            await self.flush()

    def _add(self, read: _Read) -> None:
        actor = read.actor
        who = (actor.tenant_id, actor.name, actor.token_id, actor.user_id, actor.address)
        key = (*who, read.action, read.subject_type, read.subjects)
        known = self._noted.get(key)
        if known is None:
            self._noted[key] = read
        else:
            known.times += read.times

    async def flush(self) -> None:
        """Write what is noted; what cannot be written stays noted."""
        async with self._writing:
            waiting, self._noted = sorted(self._noted.values(), key=_tenant_of), {}
            written = 0
            try:
                for tenant_id, group in groupby(waiting, _tenant_of):
                    reads = list(group)
                    await self._write(tenant_id, reads)
                    written += len(reads)
            finally:
                for read in waiting[written:]:
                    self._add(read)

    async def _write(self, tenant_id: UUID, reads: list[_Read]) -> None:
        entries, subjects = [], []
        for read in reads:
            one = read.subjects[0] if len(read.subjects) == 1 else ""
            seen: dict[str, Any] = {} if one else {"subjects": list(read.subjects)}
            row = entry_row(
                read.actor,
                "read",
                read.action,
                read.subject_type,
                one,
                None,
                {"times": read.times, **seen},
            )
            entries.append(row)
            if not one:
                subjects += [(tenant_id, subject, row[1]) for subject in set(read.subjects)]
        async with self._connection_of(tenant_id) as connection:
            await insert_entries(connection, entries)
            if subjects:
                await insert_read_subjects(connection, subjects)

    async def run(self) -> None:
        """Write every second until cancelled, and then what is left."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self._try_to_flush()
        finally:
            await self._try_to_flush()

    async def _try_to_flush(self) -> None:
        try:
            await self.flush()
        except (psycopg.Error, PoolTimeout, PoolClosed, OSError) as error:
            log.warning("reads of personal data wait to be noted: %s", str(error).strip())


def _tenant_of(read: _Read) -> UUID:
    return read.actor.tenant_id
