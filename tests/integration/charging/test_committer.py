"""Group commit against a real PostgreSQL that is disturbed at the worst moments."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from tests.support.cutting_proxy import CuttingProxy
from tests.support.journaling_engine import JournalingEngine

from openmvno._core import Engine, Released
from openmvno.charging import ownership
from openmvno.charging.committer import Committer
from openmvno.charging.journal_session import JournalSession
from openmvno.charging.pacing import Pacer, PacingRule
from openmvno.database import connection_url, migrate
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.settings import Settings

OWNER, OTHER_OWNER = 77, 78
SHARDS = 4


class Rig:
    """A committer with everything a test wants to see of it."""

    def __init__(self, conninfo: str, owner: int = OWNER) -> None:
        self.conninfo = conninfo
        self.owner = owner
        self.engine = JournalingEngine(SHARDS)
        self.answered: list[int] = []
        self.fenced: list[str] = []
        self.session: JournalSession | None = None
        self.committer = Committer(
            engine=cast("Engine", self.engine),
            clock=lambda: time.time_ns() // 1_000_000,
            open_session=self.open_session,
            deliver=self._deliver,
            on_fenced=self.fenced.append,
            pacer=Pacer(PacingRule()),
        )

    async def open_session(self) -> JournalSession:
        connection = await ownership.connect(self.conninfo, "test committer")
        await ownership.installed_shards(connection, SHARDS)
        owns = await ownership.try_lock(connection, range(SHARDS))
        session = JournalSession(connection, self.owner, self.committer.session_lost, owns=owns)
        await session.open()
        self.session = session
        return session

    def _deliver(self, released: Released) -> None:
        self.answered += [token for token, _ in released.outcomes]

    def charge(self, *tokens: int) -> None:
        for token in tokens:
            self.engine.charge(token % SHARDS, token)
        self.committer.wake()

    async def answers(self, *tokens: int, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while set(tokens) - set(self.answered):
                await asyncio.sleep(0.005)
        assert len(self.answered) == len(set(self.answered)), "answered twice"

    def journal(self) -> list[Any]:
        return query(self.conninfo, "SELECT shard, seq, owner, payload FROM journal ORDER BY 1, 2")


def query(conninfo: str, statement: str, *parameters: object) -> list[Any]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    built = Rig(database_url)
    built.committer.start(await built.open_session())
    yield built
    await built.committer.stop()


async def test_answers_leave_after_their_rows_are_there(rig: Rig) -> None:
    rig.charge(1, 2, 3)
    assert rig.answered == []
    await rig.answers(1, 2, 3)
    rows = rig.journal()
    assert [(shard, seq, owner) for shard, seq, owner, _ in rows] == [
        (1, 1, OWNER),
        (2, 1, OWNER),
        (3, 1, OWNER),
    ]
    assert bytes(rows[0][3]) == b"record 1;"


async def test_what_piles_up_during_a_commit_is_one_batch(rig: Rig) -> None:
    rig.charge(0)
    await asyncio.sleep(0)
    for token in range(1, 200):
        rig.charge(token)
    await rig.answers(*range(200))
    assert rig.committer.statistics.commits <= 3
    assert rig.committer.statistics.records == 200


async def test_a_batch_without_rows_needs_no_commit(rig: Rig) -> None:
    rig.engine.answer_only(5)
    rig.committer.wake()
    await rig.answers(5)
    assert rig.journal() == []


@contextlib.contextmanager
def journal_blocked(conninfo: str) -> Any:
    """While inside, every INSERT into the journal waits."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("LOCK TABLE journal IN SHARE MODE")
        yield
        connection.rollback()


async def until_waiting(conninfo: str, pid: int) -> None:
    async with asyncio.timeout(5):
        while not query(conninfo, "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", pid):
            await asyncio.sleep(0.01)


async def test_a_commit_killed_in_flight_is_sent_again(rig: Rig) -> None:
    assert rig.session is not None
    pid = rig.session.backend_pid
    with journal_blocked(rig.conninfo):
        rig.charge(1, 2)
        await until_waiting(rig.conninfo, pid)
        query(rig.conninfo, "SELECT pg_terminate_backend(%s)", pid)
        async with asyncio.timeout(5):
            while rig.engine.storage != [False]:
                await asyncio.sleep(0.01)
        assert rig.answered == []
    await rig.answers(1, 2)
    assert rig.engine.storage == [False, True]
    assert len(rig.journal()) == 2
    rig.charge(3)
    await rig.answers(3)


async def test_a_commit_whose_answer_got_lost_is_not_sent_twice(
    database_url: str, tmp_path: Path
) -> None:
    proxy = CuttingProxy(database_url, tmp_path)
    await proxy.start()
    rig = Rig(proxy.conninfo)
    rig.committer.start(await rig.open_session())
    rig.charge(1)
    await rig.answers(1)
    proxy.cut_next_answer = True
    rig.charge(2, 3)
    await rig.answers(1, 2, 3)
    assert proxy.cuts == 1
    assert rig.committer.statistics.troubles == 1
    rows = query(database_url, "SELECT shard, seq FROM journal ORDER BY 1, 2")
    assert rows == [(1, 1), (2, 1), (3, 1)]
    await rig.committer.stop()
    await proxy.stop()


async def test_an_idle_session_that_ends_is_replaced(rig: Rig) -> None:
    assert rig.session is not None
    rig.charge(1)
    await rig.answers(1)
    query(rig.conninfo, "SELECT pg_terminate_backend(%s)", rig.session.backend_pid)
    async with asyncio.timeout(5):
        while rig.engine.storage != [False, True]:
            await asyncio.sleep(0.01)
    rig.charge(2)
    await rig.answers(2)


async def test_another_owners_row_fences_without_an_answer(rig: Rig) -> None:
    rig.charge(1)
    await rig.answers(1)
    query(
        rig.conninfo,
        "INSERT INTO journal (shard, seq, owner, payload) VALUES (2, 1, %s, 'theirs')",
        OTHER_OWNER,
    )
    rig.charge(2, 3)
    await until_fenced(rig)
    assert rig.answered == [1]
    assert [row[:3] for row in rig.journal()] == [(1, 1, OWNER), (2, 1, OTHER_OWNER)]
    rig.charge(4)
    await asyncio.sleep(0.05)
    assert rig.answered == [1], "a fenced engine answers nothing"


async def test_an_owner_that_took_over_meanwhile_fences(rig: Rig) -> None:
    """The session is lost while idle; before we are back another engine has begun."""
    assert rig.session is not None
    rig.charge(0, 1, 2, 3)
    await rig.answers(0, 1, 2, 3)
    other = await ownership.connect(rig.conninfo, "another engine")
    taking_over = asyncio.create_task(
        other.execute("SELECT pg_advisory_lock(%s, 2)", (ownership.SHARD_LOCKS,))
    )
    await until_waiting(rig.conninfo, other.info.backend_pid)
    query(rig.conninfo, "SELECT pg_terminate_backend(%s)", rig.session.backend_pid)
    await taking_over
    await other.execute(
        "INSERT INTO journal (shard, seq, owner, payload) VALUES (0, 2, %s, '')", (OTHER_OWNER,)
    )
    await until_fenced(rig)
    await other.close()


async def test_an_owner_that_went_on_from_our_batch_fences(rig: Rig) -> None:
    """The answer to a commit got lost with the session, and another engine has the lock."""
    assert rig.session is not None
    rig.charge(0, 1, 2, 3)
    await rig.answers(0, 1, 2, 3)
    other = await ownership.connect(rig.conninfo, "another engine")
    with journal_blocked(rig.conninfo):
        rig.charge(4)
        await until_waiting(rig.conninfo, rig.session.backend_pid)
        # What the backend would have written, had it been quicker, and what came after it.
        places = [(0, 2, OWNER, b"record 4;"), (1, 2, OTHER_OWNER, b"owner")]
        taking_over = asyncio.create_task(
            other.execute("SELECT pg_advisory_lock(%s, 1)", (ownership.SHARD_LOCKS,))
        )
        await until_waiting(rig.conninfo, other.info.backend_pid)
        query(rig.conninfo, "SELECT pg_terminate_backend(%s)", rig.session.backend_pid)
        await taking_over
    for place in places:
        await other.execute("INSERT INTO journal VALUES (%s, %s, %s, now(), %s)", place)
    await until_fenced(rig)
    assert rig.answered == [0, 1, 2, 3]
    await other.close()


async def until_fenced(rig: Rig) -> None:
    async with asyncio.timeout(10):
        while not rig.fenced:
            await asyncio.sleep(0.01)


async def test_a_server_that_lost_what_was_acknowledged_is_not_charged_on(rig: Rig) -> None:
    """Such as an asynchronous replica that was promoted by hand: memory is ahead of it."""
    assert rig.session is not None
    rig.charge(0, 4)
    await rig.answers(0, 4)
    rig.charge(8)
    await rig.answers(8)
    query(rig.conninfo, "DELETE FROM journal WHERE shard = 0 AND seq = 2")
    query(rig.conninfo, "SELECT pg_terminate_backend(%s)", rig.session.backend_pid)
    await until_fenced(rig)
    assert rig.fenced == ["PostgreSQL has lost journal rows that were acknowledged"]


async def test_a_frozen_server_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kernel goes on acknowledging, so that TCP notices nothing."""
    monkeypatch.setattr(ownership, "ANSWER_SECONDS", 0.5)
    assert rig.session is not None
    rig.charge(1)
    await rig.answers(1)
    pid = rig.session.backend_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        rig.charge(2)
        async with asyncio.timeout(10):
            while rig.engine.storage != [False]:
                rig.committer.give_up_frozen()
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # read back on other sessions meanwhile
        assert rig.answered == [1], "the frozen session may still commit"
    finally:
        os.kill(pid, signal.SIGCONT)
    await rig.answers(1, 2)
    assert len(rig.journal()) == 2


async def test_a_statement_that_is_not_answered_ends_its_session(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await ownership.connect(database_url, "test")
    monkeypatch.setattr(ownership, "ANSWER_SECONDS", 0.2)
    with pytest.raises(psycopg.OperationalError):
        await connection.execute("SELECT pg_sleep(20)")
    assert connection.broken
    await connection.close()


def test_what_is_unsafe_about_a_server() -> None:
    safe = {"fsync": "on", "synchronous_commit": "on", "synchronous_standby_names": ""}
    assert ownership.unsafe(safe) is None
    assert ownership.unsafe(safe | {"fsync": "off"}) == "fsync"
    assert ownership.unsafe(safe | {"synchronous_commit": "local"}) is None
    with_standby = {**safe, "synchronous_standby_names": "pg2"}
    assert ownership.unsafe(with_standby) is None
    assert ownership.unsafe(with_standby | {"synchronous_commit": "local"}) == "synchronous_commit"


async def test_shards_are_taken_and_given_back_between_commits(rig: Rig) -> None:
    other = await ownership.connect(rig.conninfo, "another engine")
    assert not await ownership.try_lock(other, [2])
    rig.charge(2)
    await rig.committer.settle()
    assert rig.answered == [2], "what was applied has left"
    await rig.committer.between_commits(lambda session: session.unlock([2]))
    assert await ownership.try_lock(other, [2])
    taken = await rig.committer.between_commits(lambda session: session.try_lock([2]))
    assert taken == []
    await other.close()
    rig.charge(*range(10, 100))
    taken = await rig.committer.between_commits(lambda session: session.try_lock([2]))
    assert taken == [2]
    await rig.answers(*range(10, 100))


async def test_an_engine_with_one_owner_for_all_shards_keeps_others_out(database_url: str) -> None:
    """A release before hand-overs holds this lock for itself."""
    old = await ownership.connect(database_url, "old engine")
    await old.execute("SELECT pg_try_advisory_lock(%s)", (ownership.ENGINE_LOCK,))
    new = await ownership.connect(database_url, "new engine")
    assert not await ownership.try_lock(new, [0, 1])
    await old.close()
    assert await ownership.try_lock(new, [0, 1])
    await new.close()


async def test_unsafe_storage_is_refused(database_url: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    query(database_url, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(ownership.UnsafeStorageError, match="synchronous_commit = off"):
        await ownership.connect(database_url, "test")


async def test_the_number_of_shards_is_fixed(database_url: str) -> None:
    connection = await ownership.connect(database_url, "test")
    assert await ownership.installed_shards(connection, 8) == 8
    with pytest.raises(ownership.EngineStartError, match="OPENMVNO_SHARDS=8"):
        await ownership.installed_shards(connection, 16)
    await connection.close()


def _immediate_shutdown(server: EmbeddedPostgres) -> None:
    """What `pg_ctl stop -m immediate` does."""
    process = server._process
    assert process is not None
    process.send_signal(signal.SIGQUIT)
    process.wait()


@pytest.mark.parametrize("crash", [_immediate_shutdown, EmbeddedPostgres.kill])
async def test_a_server_that_crashes_under_load(
    crash: Callable[[EmbeddedPostgres], None],
) -> None:
    with temporary_data_folder() as folder:
        settings = Settings(data_dir=folder)
        server = EmbeddedPostgres(settings, {"shared_buffers": "32MB"})
        server.start()
        conninfo = connection_url(settings)
        migrate.upgrade(conninfo)
        rig = Rig(conninfo)
        rig.committer.start(await rig.open_session())
        token = 0
        for _ in range(3):
            for _ in range(50):
                token += 1
                rig.charge(token)
                await asyncio.sleep(0.001)
            crash(server)
            for _ in range(20):
                token += 1
                rig.charge(token)
                await asyncio.sleep(0.001)
            await asyncio.to_thread(server.start)
            await rig.answers(*range(1, token + 1), seconds=30)
        payloads = b"".join(bytes(row[3]) for row in rig.journal())
        assert sorted(payloads.split(b";")[:-1]) == sorted(
            b"record %d" % number for number in range(1, token + 1)
        )
        await rig.committer.stop()
        server.stop()


async def test_a_cancelled_wait_for_a_standby_is_not_durable() -> None:
    """PostgreSQL then reports success, with a WARNING: committed here, perhaps nowhere else."""
    with temporary_data_folder() as folder:
        settings = Settings(data_dir=folder)
        server = EmbeddedPostgres(settings, {"shared_buffers": "32MB"})
        server.start()
        conninfo = connection_url(settings)
        migrate.upgrade(conninfo)
        rig = Rig(conninfo)
        rig.committer.start(await rig.open_session())
        rig.charge(1)
        await rig.answers(1)
        admin = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        await admin.execute("SET synchronous_commit = local")
        await admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        await admin.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.3)
        rig.charge(2, 3)
        for _ in range(2):  # the commit's wait first, then that of what makes sure of it
            await cancel_wait_for_standby(admin)
        assert rig.answered == [1]
        assert len(rig.journal()) == 3, "the rows are there all the same"
        await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await admin.execute("SELECT pg_reload_conf()")
        await rig.answers(2, 3)
        assert len(rig.journal()) == 3
        await admin.close()
        await rig.committer.stop()
        server.stop()


async def cancel_wait_for_standby(admin: psycopg.AsyncConnection[Any]) -> None:
    async with asyncio.timeout(10):
        while True:
            cursor = await admin.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
                " AND application_name = 'test committer'"
            )
            if await cursor.fetchall():
                await asyncio.sleep(0.2)
                return
            await asyncio.sleep(0.02)
