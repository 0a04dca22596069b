"""A base backup, taken while charging goes on."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from openmvno.backup.audit import note_backup
from openmvno.backup.copying import CHECKSUMS
from openmvno.backup.data_folder import not_included, write_secrets
from openmvno.backup.errors import BackupError
from openmvno.backup.folder import (
    CLUSTER,
    SECRETS,
    Backup,
    BackupFolder,
    size_of,
    sync_folder,
    write_manifest,
)
from openmvno.backup.tools import Progress, Rarely, Tools, wheel_tools
from openmvno.database import connection_url, schema
from openmvno.database.account import make_private_folder, server_account
from openmvno.database.archiving import WAL_FOLDER, make_backup_folder
from openmvno.database.location import cluster_folders
from openmvno.settings import Settings

# A copy that waits for an ordinary checkpoint would take a quarter of an hour to begin.
ARGUMENTS = (
    "--checkpoint=fast",
    "--format=plain",
    "--wal-method=stream",
    f"--manifest-checksums={CHECKSUMS}",
    "--progress",
)

SERVER = """
SELECT clock_timestamp(), (SELECT system_identifier FROM pg_control_system()),
       current_setting('server_version_num')::int / 10000,
       pg_size_bytes(current_setting('wal_segment_size')), current_database(), current_user,
       current_setting('archive_mode') <> 'off',
       (SELECT count(*) FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')),
       (SELECT shards FROM installation)
"""


def refuse_absent(settings: Settings) -> None:
    """Raise BackupError unless there is an installation, so that none is made by mistake."""
    if settings.embedded_database and not cluster_folders(settings).cluster.exists():
        raise BackupError(
            f"There is no installation in {settings.absolute_data_dir}: set OPENMVNO_DATA_DIR, or"
            " OPENMVNO_DATABASE_URL."
        )


def create_backup(
    settings: Settings, folder: BackupFolder, say: Progress, max_rate: str | None = None
) -> Backup:
    """Take a base backup of the running server into ``folder``; charging goes on.

    ``max_rate``: of the copy, as pg_basebackup takes it (``20M``); None: as fast as it goes.

    Raises:
        BackupError: it cannot be taken; what was begun is removed.
        DataFolderError: the folder cannot be used.
    """
    url = connection_url(settings)
    current = schema.current_revision(url)
    if current is None:
        raise BackupError("The database is empty: there is nothing to back up yet.")
    account = server_account(settings.absolute_data_dir / "postgres")
    before = _look_at_server(url)
    make_backup_folder(folder.path, account)
    place = folder.place(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    if place.exists():
        raise BackupError(f"{place} exists already: another backup is being made just now.")
    make_private_folder(place, account)
    try:
        _copy_cluster(wheel_tools(account), url, place / CLUSTER, say, max_rate)
        made = _complete(settings, folder, place, before, _look_at_server(url), current, say)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    note_backup(url, made)
    return made


def _look_at_server(url: str) -> tuple[Any, ...]:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(SERVER).fetchone()
    except psycopg.Error as error:
        raise BackupError(f"The server cannot be asked what it is: {str(error).strip()}") from error
    assert row is not None
    if row[7]:
        raise BackupError(
            "This PostgreSQL has tablespaces of its own, which `openmvno backup` does not place: "
            "use pgBackRest or WAL-G (docs/operations/backup.md)."
        )
    return row


def _copy_cluster(
    tools: Tools, url: str, target: Path, say: Progress, max_rate: str | None
) -> None:
    parts: dict[str, Any] = conninfo_to_dict(url)
    # Not on the command line, where every user of the machine reads it.
    environment = {"PGPASSWORD": str(parts.pop("password"))} if "password" in parts else {}
    parts.setdefault("application_name", "openmvno backup")
    arguments = [*ARGUMENTS, f"--pgdata={target}", f"--dbname={make_conninfo(**parts)}"]
    if max_rate is not None:
        arguments.append(f"--max-rate={max_rate}")
    try:
        tools.follow(_copied(say), environment, "pg_basebackup", *arguments)
    except BackupError as error:
        raise BackupError(
            f"{error}. It needs a role with REPLICATION and a line `replication` in pg_hba.conf; "
            "the server's log says more."
        ) from error


def _copied(say: Progress) -> Progress:
    """What pg_basebackup says of its progress, shorter and less often."""
    rarely = Rarely(say)

    def hand_on(line: str) -> None:
        found = re.match(r"(\d+)/(\d+) kB \((\d+)%\)", line)
        if found is not None:
            rarely(f"{int(found[1]) >> 10} of {int(found[2]) >> 10} MiB ({found[3]} %)")

    return hand_on


def _complete(
    settings: Settings,
    folder: BackupFolder,
    place: Path,
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    current: str,
    say: Progress,
) -> Backup:
    ranges = json.loads((place / CLUSTER / "backup_manifest").read_text())["WAL-Ranges"]
    files = write_secrets(place / SECRETS, settings)
    say(f"secrets kept apart: {', '.join(files) or 'none there'}")
    backup = Backup(
        id=place.name,
        started_at=before[0],
        finished_at=after[0],
        system_identifier=str(after[1]),
        postgresql=after[2],
        timeline=ranges[-1]["Timeline"],
        first_wal=ranges[0]["Start-LSN"],
        last_wal=ranges[-1]["End-LSN"],
        segment_bytes=after[3],
        schema=current,
        shards=after[8],
        database=after[4],
        role=after[5],
        archived=after[6] and _archives_here(settings, folder),
        cluster_bytes=size_of(place / CLUSTER),
        not_included=not_included(settings),
    )
    write_manifest(place, backup)
    sync_folder(folder.backups)
    return backup


def _archives_here(settings: Settings, folder: BackupFolder) -> bool:
    if settings.embedded_database:
        return settings.absolute_backup_dir == folder.path
    # Somebody else's archive_command: whether it comes here shows in the folder.
    return any(os.scandir(folder.path / WAL_FOLDER))
