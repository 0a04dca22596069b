"""The pool comes back with its PostgreSQL, and does not wait for one that is frozen."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from openmvno.database import Pool, create_pool, pool
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.settings import Settings


async def test_a_frozen_session_is_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "CHECK_SECONDS", 0.3)
    async with create_pool(settings, "test", maximum=1) as opened:
        async with opened.connection() as connection:
            pid = connection.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            async with opened.connection() as connection:
                assert connection.info.backend_pid != pid
                await connection.execute("SELECT 1")
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_requests_are_served_soon_after_a_long_outage() -> None:
    """The pauses between attempts to connect would be 16 s by then."""
    with temporary_data_folder() as folder:
        settings = Settings(data_dir=folder)
        server = EmbeddedPostgres(settings, {"shared_buffers": "32MB"})
        server.start()
        async with create_pool(settings, "test", wait_seconds=0.5) as opened:
            await answered(opened)
            server.kill()
            began = time.monotonic()
            while time.monotonic() - began < 8:
                with pytest.raises((psycopg.OperationalError, PoolTimeout)):
                    await answered(opened)
            await asyncio.to_thread(server.start)
            back = time.monotonic()
            while True:
                try:
                    await answered(opened)
                except (psycopg.OperationalError, PoolTimeout):
                    assert time.monotonic() - back < 5
                else:
                    break
        server.stop()


async def answered(opened: Pool) -> None:
    async with opened.connection() as connection:
        await connection.execute("SELECT 1")
