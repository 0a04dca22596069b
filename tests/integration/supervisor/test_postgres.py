"""The supervisor brings the embedded PostgreSQL back when it is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import psycopg

from openmvno.database import connection_url
from openmvno.database.embedded import EmbeddedPostgres, running_postmaster, temporary_data_folder
from openmvno.settings import Settings
from openmvno.supervisor.process import PostgresProcess
from openmvno.supervisor.supervisor import Supervisor

OVERRIDES = {"shared_buffers": "16MB", "max_wal_size": "128MB", "min_wal_size": "32MB"}


def _numbers(settings: Settings) -> list[int]:
    with psycopg.connect(connection_url(settings)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


async def test_a_killed_server_comes_back_with_everything_committed() -> None:
    with temporary_data_folder() as folder:
        settings = Settings(data_dir=folder)
        supervisor = Supervisor(lambda _: None)
        process = PostgresProcess(EmbeddedPostgres(settings, OVERRIDES))
        await supervisor.start(process)
        with psycopg.connect(connection_url(settings)) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
            connection.execute("INSERT INTO kept VALUES (1), (2)")
        killed = process.pid
        assert killed is not None

        os.kill(killed, signal.SIGKILL)

        deadline = time.monotonic() + 30
        numbers: list[int] = []
        while not numbers:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
            if process.pid not in (None, killed):
                try:
                    numbers = await asyncio.to_thread(_numbers, settings)
                except psycopg.OperationalError:
                    continue
        assert numbers == [1, 2]
        await supervisor.stop()
        assert running_postmaster(EmbeddedPostgres(settings).folders.cluster) is None
