"""Who read whose personal data: noted in memory, written in batches beside the requests.

A read never waits for its note, unless so many are waiting that memory would grow. What is noted is
written within a second, so a process that is killed loses the notes of its last second at most.

Whoever watches something live is noted once a look: the same caller, asking the same address and
shown the same subjects, is not noted again until :data:`LOOK_SECONDS` have passed. So of everything
that was seen there is an entry not older than that, and a client can bring about more entries,
never fewer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import groupby, islice
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

AT_ONCE: Final = 40
"""Notes of one statement: while they are put into rows, no request is served."""

LOOK_SECONDS: Final = 300.0
"""How long one entry stands for the same read again and again, such as of a page that renews
itself."""

MOST_LOOKS: Final = 100_000
"""Looks remembered; beyond that all are forgotten, which notes what goes on once more."""

ConnectionOf = Callable[[UUID], AbstractAsyncContextManager[AsyncConnection[Any]]]


_Key = tuple[object, ...]
"""What reads have in common that become one entry: who, whence, what, of whom, by what address."""


@dataclass(slots=True)
class _Read:
    """Reads of one second that are one entry."""

    actor: Actor  # as in the first request
    action: str
    subject_type: str
    subjects: tuple[str, ...]
    address: str
    times: int = 0

    def key(self) -> _Key:
        actor = self.actor
        who = (actor.tenant_id, actor.name, actor.token_id, actor.user_id, actor.address)
        return (*who, self.action, self.subject_type, self.subjects, self.address)


class ReadLog:
    """The notes of one process. ``clock``: seconds that only grow."""

    def __init__(
        self, connection_of: ConnectionOf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection_of = connection_of
        self._clock = clock
        self._looks: dict[_Key, float] = {}  # when each began, oldest first
        self._noted: dict[_Key, _Read] = {}
        self._writing = asyncio.Lock()

    async def note(
        self,
        actor: Actor,
        action: str,
        subject_type: str,
        subjects: Sequence[object],
        address: str,
    ) -> None:
        """``actor`` was shown personal data of ``subjects`` by what it asked at ``address``."""
        if not subjects:
            return
        read = _Read(actor, action, subject_type, tuple(map(str, subjects)), address, 1)
        key = read.key()
        if key not in self._noted and self._goes_on(key):
            return
        self._add(key, read)
        if len(self._noted) > MOST_WAITING:
            await self.flush()

    def _add(self, key: _Key, read: _Read) -> None:
        known = self._noted.get(key)
        if known is None:
            self._noted[key] = read
        else:
            known.times += read.times

    def _goes_on(self, key: _Key) -> bool:
        """Whether it belongs to a look that is noted; else one begins with it."""
        now = self._clock()
        while self._looks:
            oldest = next(iter(self._looks))
            if now - self._looks[oldest] < LOOK_SECONDS:
                break
            del self._looks[oldest]
        if key in self._looks:
            return True
        if len(self._looks) >= MOST_LOOKS:
            self._looks.clear()
        self._looks[key] = now
        return False

    async def flush(self) -> None:
        """Write what is noted; what cannot be written stays noted."""
        async with self._writing:
            waiting, self._noted = sorted(self._noted.values(), key=_tenant_of), {}
            written = 0
            try:
                for tenant_id, group in groupby(waiting, _tenant_of):
                    while reads := list(islice(group, AT_ONCE)):
                        await self._write(tenant_id, reads)
                        written += len(reads)
            finally:
                for read in waiting[written:]:
                    self._add(read.key(), read)

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
