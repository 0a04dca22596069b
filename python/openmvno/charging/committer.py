"""Group commit: makes batches durable one after the other and only then lets their answers leave.

One commit at a time; what piled up meanwhile is the next batch. When the end of a commit is unknown
the batch stays held, new requests are refused by the core, and a new session finds out, see
:mod:`openmvno.charging.commit_decision`. Memory is never rolled back: the batch is durable in the
end, or this engine has been fenced and stops without having answered.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg

from openmvno._core import Batch, Engine, Released
from openmvno.charging import ownership
from openmvno.charging.commit_decision import (
    LastRows,
    SendResult,
    Verdict,
    after_read_back,
    after_send,
    needs_new_session,
    without_the_lock,
)
from openmvno.charging.commit_statistics import CommitStatistics
from openmvno.charging.journal_session import JournalSession
from openmvno.charging.pacing import Pacer

log = logging.getLogger(__name__)

BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)

Result = TypeVar("Result")

OpenSession = Callable[[], Awaitable[JournalSession]]


class Committer:
    """Takes batches from the core, commits them, releases them."""

    def __init__(
        self,
        *,
        engine: Engine,
        clock: Callable[[], int],
        open_session: OpenSession,
        deliver: Callable[[Released], None],
        on_fenced: Callable[[str], None],
        pacer: Pacer,
    ) -> None:
        """``deliver`` gets what may leave; ``on_fenced`` is called once, with the reason."""
        self._engine = engine
        self._clock = clock
        self._open_session = open_session
        self._deliver = deliver
        self._on_fenced = on_fenced
        self._pacer = pacer
        self._loop = asyncio.get_running_loop()
        self._session: JournalSession | None = None
        self._out: Batch | None = None
        self._started_ns = 0  # of the commit that is out
        self._out_since_ns = 0  # of its oldest answer
        self._waiting_since_ns = 0  # of the oldest answer behind it
        self._scheduled = False
        self._paused = 0
        self._taken = 0  # batches so far
        self._released = 0
        self._stopped = False
        self._wrote = False  # our fence rows are in the journal
        self._recovery: asyncio.Task[None] | None = None
        self._reason = "another engine wrote the journal after this one"
        self._before_commit: Callable[[Batch], None] | None = None
        self._durable: Callable[[int], None] | None = None
        self.statistics = CommitStatistics()
        # Told (records, nanoseconds) of every commit, where telemetry is exported.
        self.on_commit: Callable[[int, int], None] | None = None

    def observe(
        self, before_commit: Callable[[Batch], None], durable: Callable[[int], None]
    ) -> None:
        """Who is told about each batch: right after it was taken, and once it is durable."""
        self._before_commit = before_commit
        self._durable = durable

    @property
    def storage_available(self) -> bool:
        """Whether commits go through at the moment."""
        return self._session is not None

    def start(self, session: JournalSession) -> None:
        """Commit through ``session``."""
        self._session = session

    async def drain(self) -> None:
        """Commit what is pending and wait until nothing is out, or this engine is fenced."""
        self.wake()
        # Only at start and end, so looking again is good enough.
        while self._is_busy():
            await asyncio.sleep(0.001)

    def _is_busy(self) -> bool:
        return not self._stopped and (self._scheduled or self._out is not None)

    async def settle(self) -> None:
        """Wait until everything applied so far is durable and its answers have left."""
        before = self._taken
        self.wake()
        while self._released <= before and self._is_busy():
            await asyncio.sleep(0.001)

    async def between_commits(
        self, work: Callable[[JournalSession], Awaitable[Result]]
    ) -> Result | None:
        """Do something on the session while no commit runs; None when there is no session."""
        self._paused += 1
        try:
            while self._out is not None and not self._stopped:
                await asyncio.sleep(0.001)
            session = self._session
            result = None if session is None else await work(session)
            if session is not None and session.is_lost:
                self.session_lost(session)
            return result
        finally:
            self._paused -= 1
            self.wake()

    async def stop(self) -> None:
        """Take no more batches and end the session, which gives the shards back."""
        self._stopped = True
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    # -- the ordinary way ----------------------------------------------------------------------

    def queue_age_ms(self) -> int:
        """How long the oldest answer has been held, milliseconds; 0 when none is."""
        since = self._out_since_ns if self._out is not None else self._waiting_since_ns
        return (time.monotonic_ns() - since) // 1_000_000 if since else 0

    def wake(self) -> None:
        """Something is pending: commit it after this turn of the loop has read what there is."""
        if not self._waiting_since_ns:
            self._waiting_since_ns = time.monotonic_ns()
        if not self._scheduled and self._out is None:
            self._scheduled = True
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        if self._out is None and self._session is not None and not self._stopped:
            wait_ns = self._pacer.wait_ns(time.monotonic_ns())
            # The loop's timers count whole milliseconds: less than half of one is not worth it.
            if wait_ns > 500_000:
                self._loop.call_later(wait_ns / 1e9, self._begin)
                return
        self._scheduled = False
        self._take()

    def _take(self) -> None:
        while self._out is None and self._session is not None and not self._stopped:
            if self._paused:
                return
            batch = self._engine.take_batch(self._clock())
            if batch is None:
                self._waiting_since_ns = 0
                break
            self._taken += 1
            if self._before_commit is not None:
                self._before_commit(batch)
            if batch.rows == 0:
                self._release(batch)
                continue
            self._out = batch
            self._started_ns = time.monotonic_ns()
            self._out_since_ns = self._waiting_since_ns or self._started_ns
            self._waiting_since_ns = 0
            self._pacer.started(batch.records, self._started_ns)
            self._session.insert(batch, self._sent)
            return

    def _sent(self, result: SendResult) -> None:
        if self._out is None:
            raise RuntimeError("a commit ended that was never started")
        if after_send(result) is Verdict.DURABLE:
            self._finish()
            self.wake()
        else:
            self._start_recovery(result)

    def _finish(self) -> None:
        batch, self._out = self._out, None
        if batch is None:
            return
        self._wrote = True
        elapsed_ns = time.monotonic_ns() - self._started_ns
        self.statistics.committed(batch.records, elapsed_ns)
        if self.on_commit is not None:
            self.on_commit(batch.records, elapsed_ns)
        self._release(batch)

    def _release(self, batch: Batch) -> None:
        number = batch.number
        self._released += 1
        self._deliver(self._engine.release(number, self._clock()))
        if self._durable is not None:
            self._durable(number)

    # -- trouble -------------------------------------------------------------------------------

    def give_up_frozen(self) -> None:
        """A commit that has no answer for too long is as unknown as one whose connection broke:
        there may be another primary meanwhile. Called now and then."""
        out_ns = time.monotonic_ns() - self._started_ns if self._out is not None else 0
        if self._session is not None and out_ns > ownership.ANSWER_SECONDS * 1e9:
            self._session.give_up()

    def session_lost(self, session: JournalSession) -> None:
        """The session ended while nothing was out."""
        if session is self._session and not self._stopped:
            self._start_recovery(SendResult(committed=False, message="the server closed it"))

    def _start_recovery(self, result: SendResult) -> None:
        if self._stopped or self._recovery is not None:
            return
        session, self._session = self._session, None
        self._engine.set_storage(False, self._clock())
        self.statistics.troubles += 1
        log.warning(
            "commit not confirmed (%s %s); answers are held until the journal has been read back",
            result.sqlstate or "connection lost",
            result.message,
        )
        self._recovery = self._loop.create_task(self._recover(session, result))

    async def _recover(self, session: JournalSession | None, result: SendResult) -> None:
        if session is not None and needs_new_session(result):
            await session.close()
            session = None
        attempt = 0
        while not self._stopped:
            if session is None:
                session = await self._reopen(attempt)
            if session is not None:
                verdict = await self._settle(session)
                if verdict is Verdict.DURABLE:
                    self._resume(session)
                    return
                if verdict is Verdict.FENCED:
                    self._fenced(session)
                    return
                await session.close()
                session = None
            await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
            attempt += 1

    async def _reopen(self, attempt: int) -> JournalSession | None:
        try:
            return await self._open_session()
        except (psycopg.Error, ownership.EngineStartError, OSError) as error:
            if attempt in (0, 10) or attempt % 60 == 0:
                log.warning("PostgreSQL is not usable yet: %s", str(error).strip())
            return None

    async def _settle(self, session: JournalSession) -> Verdict:
        """Find out about the batch that is out, sending it again where it is missing."""
        shards = self._engine.owned_shards()
        last = await session.last_rows(shards)
        if last is None:
            return Verdict.READ_BACK
        if self._rewound(shards, last):
            return Verdict.FENCED
        if self._out is None:
            return self._still_owner(session, last)
        found = await session.read_back(self._out)
        verdict = after_read_back(found) if found is not None else Verdict.READ_BACK
        if not session.owns:
            verdict = without_the_lock(verdict, last)
        if verdict is Verdict.SEND_AGAIN:
            return after_send(await session.insert_and_wait(self._out))
        if verdict is Verdict.DURABLE and not await session.barrier():
            return Verdict.READ_BACK
        return verdict

    def _still_owner(self, session: JournalSession, last: LastRows) -> Verdict:
        """Nothing is out: whether the journal still ends with our own rows."""
        if not self._wrote:
            return Verdict.DURABLE if session.owns else Verdict.READ_BACK
        if last.others:
            return Verdict.FENCED
        return Verdict.DURABLE if session.owns else Verdict.READ_BACK

    def _rewound(self, shards: Sequence[int], last: LastRows) -> bool:
        """Whether the journal ends before what was durable: this is not the PostgreSQL it was, or
        it was brought back to an earlier time."""
        out = self._out is not None  # at most one row of each shard
        if not last.lack([self._engine.journal_seq(shard) - out for shard in shards]):
            return False
        self._reason = "PostgreSQL has lost journal rows that were acknowledged"
        return True

    def _resume(self, session: JournalSession) -> None:
        self._session = session
        self._recovery = None
        self._finish()
        self._engine.set_storage(True, self._clock())
        log.info("the journal is settled; charging goes on")
        self.wake()

    def _fenced(self, session: JournalSession) -> None:
        self._stopped = True
        self._session = session  # closed by stop()
        self._recovery = None
        self._on_fenced(self._reason)
