"""The committer's PostgreSQL session, on the event loop's own thread without a thread beside it.

psycopg opens it; after that libpq's non-blocking calls (psycopg.pq) are driven by the loop's reader
and writer callbacks, so a commit costs no task switch and no future.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

import psycopg
from psycopg import pq

from openmvno._core import Batch
from openmvno.charging import ownership
from openmvno.charging.commit_decision import LastRows, ReadBack, SendResult
from openmvno.database.frozen import give_up, giving_up

log = logging.getLogger(__name__)

INT8_OID = 20
INT4_ARRAY_OID = 1007
INT8_ARRAY_OID = 1016
BYTEA_ARRAY_OID = 1001
BATCH_TYPES: Final = [INT8_OID, INT4_ARRAY_OID, INT8_ARRAY_OID, BYTEA_ARRAY_OID]
BINARY: Final = [1, 1, 1, 1]

INSERT = b"journal_insert"
READ_BACK = b"journal_read_back"
STATEMENTS: Final = {
    INSERT: b"INSERT INTO journal (shard, seq, owner, payload)"
    b" SELECT s, q, $1, p FROM unnest($2::int4[], $3::int8[], $4::bytea[]) AS t(s, q, p)",
    READ_BACK: b"SELECT count(*) FILTER (WHERE j.owner = $1 AND j.payload = t.p),"
    b" count(*) FILTER (WHERE j.owner <> $1 OR j.payload <> t.p)"
    b" FROM unnest($2::int4[], $3::int8[], $4::bytea[]) AS t(s, q, p)"
    b" JOIN journal j ON j.shard = t.s AND j.seq = t.q",
}
# Assigns a transaction id and writes WAL, so its commit waits for disk and synchronous standbys,
# and with it everything before it.
BARRIER = b"UPDATE installation SET shards = shards"
LAST_ROWS = (
    "SELECT last.owner, coalesce(last.seq, 0)"
    " FROM unnest(ARRAY[{}]::int4[]) WITH ORDINALITY AS wanted(s, place) LEFT JOIN LATERAL"
    " (SELECT owner, seq FROM journal WHERE shard = s ORDER BY seq DESC LIMIT 1) AS last ON true"
    " ORDER BY place"
)
UNLOCK = "SELECT pg_advisory_unlock({}, s) FROM unnest(ARRAY[{}]::int4[]) AS s"

Completion = Callable[[SendResult, "pq.abc.PGresult | None"], None]


class JournalSession:
    """One session; at most one statement at a time."""

    def __init__(
        self,
        connection: ownership.Connection,
        owner: int,
        on_lost: Callable[[JournalSession], None],
        *,
        owns: bool,
    ) -> None:
        """``on_lost`` is called once when the session ends while no statement is running."""
        self.owns = owns  # whether it holds the locks of all shards that are the engine's
        self._connection = connection
        self._pgconn = connection.pgconn
        self._owner = owner.to_bytes(8, "big", signed=True)
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._completion: Completion | None = None
        self._writing = False
        self._warning = ""
        self._last: pq.abc.PGresult | None = None

    @property
    def backend_pid(self) -> int:
        """Process id of the PostgreSQL backend."""
        return self._pgconn.backend_pid

    @property
    def is_lost(self) -> bool:
        """Whether it has ended."""
        return self._descriptor < 0

    @property
    def host(self) -> str:
        """Where the server is, as libpq sees it."""
        return self._connection.info.host

    async def open(self) -> None:
        """Prepare the statements and give the socket to the loop's callbacks."""
        self._connection.add_notice_handler(self._on_notice)
        self._descriptor = self._pgconn.socket
        self._loop.add_reader(self._descriptor, self._on_readable)
        for name, statement in STATEMENTS.items():
            await self._prepare(name, statement)

    async def _prepare(self, name: bytes, statement: bytes) -> None:
        result, _ = await self._run(lambda: self._pgconn.send_prepare(name, statement, BATCH_TYPES))
        if not result.committed:
            raise psycopg.OperationalError(result.message)

    async def close(self) -> None:
        """Give everything back; the advisory locks go with the session."""
        self._detach()
        await self._connection.close()

    # -- statements --------------------------------------------------------------------------

    def insert(self, batch: Batch, completion: Callable[[SendResult], None]) -> None:
        """Send a batch as one transaction; ``completion`` hears how it ended."""
        self._completion = lambda result, _: completion(result)
        self._warning = ""
        try:
            self._pgconn.send_query_prepared(INSERT, self._parameters(batch), BINARY, 0)
            self._flush()
        except psycopg.OperationalError as error:
            self._lost(str(error))

    async def insert_and_wait(self, batch: Batch) -> SendResult:
        """The same, for the way back after trouble."""
        result, _ = await self._run(
            lambda: self._pgconn.send_query_prepared(INSERT, self._parameters(batch), BINARY, 0)
        )
        return result

    async def read_back(self, batch: Batch) -> ReadBack | None:
        """What the journal holds in the batch's places; None when the session failed."""
        result, rows = await self._run(
            lambda: self._pgconn.send_query_prepared(READ_BACK, self._parameters(batch), BINARY, 0)
        )
        if not result.committed or rows is None:
            return None
        ours, foreign = (int(rows.get_value(0, column) or 0) for column in (0, 1))
        return ReadBack(expected=batch.rows, ours=ours, foreign=foreign)

    async def barrier(self) -> bool:
        """Whether everything visible so far is known to be as durable as a commit makes it."""
        result, _ = await self._run(lambda: self._pgconn.send_query(BARRIER))
        return result.committed and not result.warned

    async def last_rows(self, shards: Sequence[int]) -> LastRows | None:
        """How the journal of ``shards`` ends; None when the session failed."""
        query = LAST_ROWS.format(_numbers(shards)).encode()
        result, rows = await self._run(lambda: self._pgconn.send_query(query))
        if not result.committed or rows is None:
            return None
        ours = str(int.from_bytes(self._owner, "big", signed=True)).encode()
        owners = [rows.get_value(row, 0) for row in range(rows.ntuples)]
        return LastRows(
            others=any(owner is not None and owner != ours for owner in owners),
            seqs=[int(rows.get_value(row, 1) or 0) for row in range(rows.ntuples)],
        )

    def give_up(self) -> None:
        """The server does not answer: let the statement that is out end as unknown."""
        give_up(self._pgconn)

    async def try_lock(self, shards: Sequence[int]) -> list[int]:
        """Take shards for this session; those that no other session has."""
        query = ownership.TRY_LOCK.replace("%s", f"ARRAY[{_numbers(shards)}]").encode()
        result, rows = await self._run(lambda: self._pgconn.send_query(query))
        if not result.committed or rows is None:
            return []
        found = [(rows.get_value(row, 0), rows.get_value(row, 1)) for row in range(rows.ntuples)]
        return [int(shard) for shard, taken in found if shard is not None and taken == b"t"]

    async def unlock(self, shards: Sequence[int]) -> None:
        """Give shards back; a session that fails has given them back by that."""
        query = UNLOCK.format(ownership.SHARD_LOCKS, _numbers(shards)).encode()
        await self._run(lambda: self._pgconn.send_query(query))

    # -- the loop's callbacks ------------------------------------------------------------------

    def _parameters(self, batch: Batch) -> list[bytes]:
        return [self._owner, batch.shards, batch.seqs, batch.payloads]

    async def _run(self, send: Callable[[], None]) -> tuple[SendResult, pq.abc.PGresult | None]:
        future: asyncio.Future[tuple[SendResult, pq.abc.PGresult | None]]
        future = self._loop.create_future()

        def complete(result: SendResult, rows: pq.abc.PGresult | None) -> None:
            if not future.done():
                future.set_result((result, rows))

        self._completion = complete
        self._warning = ""
        try:
            send()
            self._flush()
        except psycopg.OperationalError as error:
            self._lost(str(error))
        with giving_up(self._pgconn, ownership.ANSWER_SECONDS):
            return await future

    def _flush(self) -> None:
        unsent = self._pgconn.flush()
        if unsent and not self._writing:
            self._loop.add_writer(self._descriptor, self._on_writable)
            self._writing = True
        elif not unsent and self._writing:
            self._loop.remove_writer(self._descriptor)
            self._writing = False

    def _on_writable(self) -> None:
        try:
            self._flush()
        except psycopg.OperationalError as error:
            self._lost(str(error))

    def _on_readable(self) -> None:
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            if self._writing:
                self._flush()
            if pgconn.is_busy():
                return
            self._collect()
        except psycopg.OperationalError as error:
            self._lost(str(error))

    def _collect(self) -> None:
        """All input of a statement has arrived: gather its results and report the last."""
        pgconn = self._pgconn
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                break
            # The first error tells the story; what follows it does not.
            if self._last is None or self._last.status != pq.ExecStatus.FATAL_ERROR:
                self._last = result
        else:
            return  # the result is here, ReadyForQuery is still on its way
        last, self._last = self._last, None
        if pgconn.status != pq.ConnStatus.OK:
            self._lost("the server closed the connection")
            return
        if last is None or self._completion is None:
            return  # a notice or parameter change while idle
        self._finish(_send_result(last, self._warning), last)

    def _finish(self, result: SendResult, rows: pq.abc.PGresult | None) -> None:
        completion = self._completion
        self._completion = None
        if completion is not None:
            completion(result, rows)

    def _lost(self, message: str) -> None:
        was_idle = self._completion is None
        self._detach()
        if was_idle:
            self._on_lost(self)
        else:
            self._finish(SendResult(committed=False, message=message.strip()), None)

    def _detach(self) -> None:
        if self._descriptor < 0:
            return
        self._loop.remove_reader(self._descriptor)
        if self._writing:
            self._loop.remove_writer(self._descriptor)
            self._writing = False
        self._descriptor = -1

    def _on_notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            self._warning = diagnostic.message_primary or "WARNING"
            log.warning("PostgreSQL says: %s", self._warning)


def _numbers(shards: Sequence[int]) -> str:
    return ",".join(str(int(shard)) for shard in shards)


def _send_result(result: pq.abc.PGresult, warning: str) -> SendResult:
    if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        return SendResult(committed=True, warned=bool(warning), message=warning)
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    message = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"unknown error"
    return SendResult(
        committed=False,
        sqlstate=state.decode() if state else None,
        message=message.decode(errors="replace"),
    )
