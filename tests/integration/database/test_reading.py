"""Reads in one round trip: by a tenant's own rules, and never on a session that is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from openmvno import tenants
from openmvno.database import Pool, ReadingPool, create_reading_pool, reading, reading_of_tenant
from openmvno.settings import Settings


@pytest.fixture
async def two(pool: Pool) -> list[UUID]:
    """Two tenants, each with a role of its own by the tenant's name."""
    found = []
    async with pool.connection() as connection:
        for code in ("ours", "theirs"):
            tenant = await tenants.ensure_tenant(connection, code, code, "EUR")
            await connection.execute(
                "INSERT INTO role (tenant_id, name, realm, scopes, note)"
                " VALUES (%s, %s, 'admin', '{}', '')",
                (tenant.tenant_id, code),
            )
            found.append(tenant.tenant_id)
    return found


@pytest.fixture
async def one_session(settings: Settings) -> AsyncIterator[ReadingPool]:
    """A pool in which everything goes by the same session."""
    async with create_reading_pool(settings, "test", maximum=1) as opened:
        yield opened


async def roles(readers: ReadingPool, tenant: UUID) -> list[str]:
    """The tenant's roles, asked without naming the tenant in the statement."""
    async with reading_of_tenant(readers, tenant) as connection:
        cursor = await connection.execute("SELECT name FROM role WHERE name <> %s", ("",))
        return [row[0] for row in await cursor.fetchall()]


async def test_a_tenant_sees_its_own_rows(one_session: ReadingPool, two: list[UUID]) -> None:
    for _ in range(4):
        assert await roles(one_session, two[0]) == ["ours"]
        assert await roles(one_session, two[1]) == ["theirs"]


async def test_nobody_sees_nothing(one_session: ReadingPool, two: list[UUID]) -> None:
    assert await roles(one_session, two[0]) == ["ours"]
    async with one_session.connection() as connection:
        for statement in ("SELECT name FROM role", "SELECT name FROM role WHERE name <> ''"):
            assert await (await connection.execute(statement)).fetchall() == []
        # Not even what passes by the cursor that names the tenant.
        plain = psycopg.AsyncCursor(connection)
        await plain.execute("SELECT name FROM role")
        assert await plain.fetchall() == []
        await plain.execute("SELECT current_setting('openmvno.tenant', true)")
        assert (await plain.fetchone() or ("?",))[0] in (None, "")


async def test_a_statement_that_fails_leaves_nothing_behind(
    one_session: ReadingPool, two: list[UUID]
) -> None:
    async with reading_of_tenant(one_session, two[0]) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await connection.execute("SELECT 1 FROM there_is_none")
        cursor = await connection.execute("SELECT name FROM role")
        assert await cursor.fetchall() == [("ours",)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            await connection.execute("SELECT 1 / %s", (0,))
    assert await roles(one_session, two[1]) == ["theirs"]


async def test_many_at_once(settings: Settings, two: list[UUID]) -> None:
    async with create_reading_pool(settings, "test", maximum=3) as readers:
        found = await asyncio.gather(*(roles(readers, two[number % 2]) for number in range(60)))
    assert found == [["ours"], ["theirs"]] * 30


async def test_a_session_that_has_ended_is_replaced(
    one_session: ReadingPool, pool: Pool, two: list[UUID]
) -> None:
    async with reading_of_tenant(one_session, two[0]) as connection:
        pid = connection.info.backend_pid
    async with pool.connection() as owner:
        await owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert await roles(one_session, two[0]) == ["ours"]


async def test_a_frozen_session_is_given_up(
    one_session: ReadingPool, two: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ANSWER_SECONDS", 0.3)
    async with reading_of_tenant(one_session, two[0]) as connection:
        pid = connection.info.backend_pid
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            await roles(one_session, two[0])
        assert time.monotonic() - began < 5
        assert await roles(one_session, two[0]) == ["ours"]
    finally:
        os.kill(pid, signal.SIGCONT)
