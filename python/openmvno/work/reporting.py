"""What ``work`` says of itself, so that others can show it: it is there, and what it alone sees."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openmvno.condition import WorkFigures, report_work
from openmvno.database import Pool, repeat
from openmvno.database.archiving import BACKUPS_FOLDER, MANIFEST
from openmvno.settings import Settings

log = logging.getLogger(__name__)

PERIOD_SECONDS: Final = 10.0


async def run(
    pool: Pool,
    settings: Settings,
    archive_waiting: Callable[[], int | None],
    books_mismatches: Callable[[], int],
    stop: asyncio.Event,
) -> None:
    """Report until ``stop`` is set."""
    started_at = datetime.now(UTC)
    folder = settings.absolute_backup_dir

    async def report() -> None:
        figures = WorkFigures(
            embedded=settings.embedded_database,
            backup_folder=folder is not None,
            last_backup_at=None if folder is None else await asyncio.to_thread(last_backup, folder),
            archive_waiting=archive_waiting(),
            books_mismatches=books_mismatches(),
        )
        async with pool.connection() as connection:
            await report_work(connection, started_at, figures)

    await repeat(report, PERIOD_SECONDS, stop, "the report waits for PostgreSQL")


def last_backup(folder: Path) -> str | None:
    """When the last complete base backup of a folder ended; None for none, or none to be read."""
    try:
        ends = [
            datetime.fromisoformat(json.loads(manifest.read_text())["finished_at"])
            for manifest in (folder / BACKUPS_FOLDER).glob(f"*/{MANIFEST}")
        ]
    except (OSError, ValueError, KeyError) as error:
        log.warning("the backup folder cannot be read: %s", error)
        return None
    return max(ends).isoformat() if ends else None
