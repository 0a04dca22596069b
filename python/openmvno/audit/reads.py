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
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolClosed, PoolTimeout

from openmvno.actor import Actor
from openmvno.audit.store import INSERT, entry_row

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 1.0
MOST_WAITING: Final = 10_000
"""Notes in memory; one more is written before its read is answered."""

LOOK_SECONDS: Final = 300.0
"""How long one entry stands for the same read again and again, such as of a page that renews
itself."""

MOST_LOOKS: Final = 100_000
"""Looks remembered; beyond that all are forgotten, which notes what goes on once more."""

ConnectionOf = Callable[[UUID], AbstractAsyncContextManager[AsyncConnection[Any]]]


@dataclass(frozen=True, slots=True)
class _Read:
    actor: Actor  # without the id of the request: reads repeated in a second are one note
    action: str
    subject_type: str
    subjects: tuple[str, ...]
    address: str


class ReadLog:
    """The notes of one process. ``clock``: seconds that only grow."""

    def __init__(
        self, connection_of: ConnectionOf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection_of = connection_of
        self._clock = clock
        self._looks: dict[_Read, float] = {}  # when each began, oldest first
        self._times: dict[_Read, int] = {}
        self._request_ids: dict[_Read, str] = {}
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
        read = _Read(
            replace(actor, request_id=""),
            action,
            subject_type,
            tuple(map(str, subjects)),
            address,
        )
        if read not in self._times and self._goes_on(read):
            return
        self._times[read] = self._times.get(read, 0) + 1
        self._request_ids.setdefault(read, actor.request_id)
        if len(self._times) > MOST_WAITING:
            await self.flush()

    def _goes_on(self, read: _Read) -> bool:
        """Whether it belongs to a look that is noted; else one begins with it."""
        now = self._clock()
        while self._looks:
            oldest = next(iter(self._looks))
            if now - self._looks[oldest] < LOOK_SECONDS:
                break
            del self._looks[oldest]
        if read in self._looks:
            return True
        if len(self._looks) >= MOST_LOOKS:
            self._looks.clear()
        self._looks[read] = now
        return False

    async def flush(self) -> None:
        """Write what is noted; what cannot be written stays noted."""
        async with self._writing:
            times, self._times = self._times, {}
            requests, self._request_ids = self._request_ids, {}
            by_tenant = sorted(times, key=lambda read: read.actor.tenant_id)
            try:
                for tenant_id, reads in groupby(by_tenant, lambda read: read.actor.tenant_id):
                    notes = [(read, times[read], requests[read]) for read in reads]
                    await self._write(tenant_id, notes)
                    for read, _, _ in notes:
                        del times[read]
            finally:
                for read, count in times.items():
                    self._times[read] = self._times.get(read, 0) + count
                    self._request_ids[read] = requests[read]

    async def _write(self, tenant_id: UUID, reads: list[tuple[_Read, int, str]]) -> None:
        entries, subjects = [], []
        for read, times, request_id in reads:
            one = read.subjects[0] if len(read.subjects) == 1 else ""
            seen: dict[str, Any] = {} if one else {"subjects": list(read.subjects)}
            row = entry_row(
                replace(read.actor, request_id=request_id),
                "read",
                read.action,
                read.subject_type,
                one,
                None,
                {"times": times, **seen},
            )
            entries.append(row)
            if not one:
                subjects += [(tenant_id, subject, row[1]) for subject in set(read.subjects)]
        async with self._connection_of(tenant_id) as connection, connection.cursor() as cursor:
            await cursor.executemany(INSERT, entries)
            await cursor.executemany(
                "INSERT INTO audit_read_subject (tenant_id, subject_id, entry_id)"
                " VALUES (%s, %s, %s)",
                subjects,
            )

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
