"""Table ``process_report``, and what PostgreSQL says of itself."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from openmvno.condition.model import Database, ProcessReport, TargetQueue
from openmvno.database.rows import fetch_all, fetch_one

RELEASE: Final = version("openmvno")

FORGOTTEN: Final = "1 hour"
"""A process that has not reported for so long is gone for good."""


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """What only ``work`` can see: it alone may look at the archive and the backup folder.

    ``embedded``: the database is ours, so backups are, too; ``backup_folder``: there is one;
    ``archive_waiting``: WAL files not archived yet, None where nobody looks.
    """

    embedded: bool
    backup_folder: bool
    last_backup_at: str | None
    archive_waiting: int | None
    books_mismatches: int


async def report_work(
    connection: AsyncConnection[Any], started_at: datetime, figures: WorkFigures
) -> None:
    """Say that this ``work`` process is there, and what it sees."""
    await connection.execute(
        "INSERT INTO process_report (process, host, pid, version, started_at, figures)"
        " VALUES ('work', %s, %s, %s, %s, %s) ON CONFLICT (process, host, pid) DO UPDATE"
        " SET version = excluded.version, started_at = excluded.started_at,"
        " figures = excluded.figures, reported_at = now()",
        (socket.gethostname(), os.getpid(), RELEASE, started_at, Jsonb(asdict(figures))),
    )
    await connection.execute(
        "DELETE FROM process_report WHERE reported_at < now() - %s::interval", (FORGOTTEN,)
    )


async def reports(connection: AsyncConnection[Any]) -> list[ProcessReport]:
    """Processes that have reported within the hour, the latest report first."""
    return await fetch_all(
        connection,
        ProcessReport,
        "SELECT process, host, pid, version, started_at, reported_at, figures"
        " FROM process_report ORDER BY reported_at DESC",
        (),
    )


async def shard_count(connection: AsyncConnection[Any]) -> int:
    """Shards of the installation."""
    cursor = await connection.execute("SELECT coalesce(max(shards), 0) FROM installation")
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def target_queues(connection: AsyncConnection[Any]) -> list[TargetQueue]:
    """What waits for each target of every tenant, for those with something."""
    return await fetch_all(
        connection,
        TargetQueue,
        "SELECT tenant, target, waiting, dead, oldest_waiting_at FROM deliveries_waiting()"
        " ORDER BY tenant, target",
        (),
    )


async def database(connection: AsyncConnection[Any]) -> Database:
    """What PostgreSQL says of itself."""
    found = await fetch_one(
        connection,
        Database,
        "SELECT current_setting('server_version') AS version,"
        " pg_database_size(current_database()) AS size_bytes,"
        " (SELECT coalesce(sum(numbackends), 0)::int FROM pg_stat_database) AS connections,"
        " current_setting('max_connections')::int AS most_connections,"
        " (SELECT version_num FROM alembic_version) AS schema,"
        " current_setting('archive_mode') <> 'off' AS archives,"
        " last_archived_time AS last_archived_at, last_failed_wal AS failed_wal,"
        " last_failed_time AS failed_at,"
        " coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)"
        " AS archive_fails FROM pg_stat_archiver",
        (),
    )
    assert found is not None
    return found
