"""Backups and restores without an engine; those under load are in tests/crash/test_restored.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from openmvno.backup import BackupError, BackupFolder, create_backup, plan_restore, restore
from openmvno.database import connection_url, migrate
from openmvno.database.account import server_account
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.database.installation import ensure_installation
from openmvno.settings import Settings
from openmvno.supervisor.doctor import examine

OVERRIDES = {"shared_buffers": "16MB", "max_wal_size": "128MB", "min_wal_size": "32MB"}


class Site:
    """Data folders that share one backup folder."""

    def __init__(self, folder: Path) -> None:
        self.place = folder
        self.folder = BackupFolder(folder / "backup")
        self.said: list[str] = []

    def settings(self, data: str) -> Settings:
        return Settings(data_dir=self.place / data, backup_dir=self.folder.path, database_url=None)

    @contextmanager
    def serving(self, data: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection to the installation in a data folder."""
        server = EmbeddedPostgres(self.settings(data), OVERRIDES)
        server.start()
        try:
            url = connection_url(self.settings(data))
            migrate.upgrade(url)
            ensure_installation(url, 2)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS mark (number integer)")
                yield connection
                connection.execute("SELECT pg_switch_wal()")
        finally:
            server.stop()  # archives what it has

    def restored(self, data: str, to: datetime | None, timeline: int | None = None) -> None:
        into = self.place / data
        account = server_account(into / "postgres")
        plan = plan_restore(self.folder, account, to, timeline)
        assert restore(self.folder, plan, into, self.said.append).books.balance

    def marks(self, data: str) -> list[int]:
        with self.serving(data) as connection:
            found = connection.execute("SELECT number FROM mark ORDER BY number").fetchall()
        return [number for (number,) in found]


@pytest.fixture
def site() -> Iterator[Site]:
    with temporary_data_folder() as folder:
        yield Site(folder)


def mark(connection: psycopg.Connection[Any], number: int) -> datetime:
    """Write a mark; a moment at which it is there and the next one is not."""
    connection.execute("INSERT INTO mark VALUES (%s)", [number])
    time.sleep(0.05)
    moment = datetime.now(UTC)
    time.sleep(0.05)
    return moment


def test_restored_again_and_again_along_its_timelines(site: Site) -> None:
    with site.serving("first") as connection:
        mark(connection, 1)
        create_backup(site.settings("first"), site.folder, site.said.append)
        moment = mark(connection, 2)
        mark(connection, 3)
        [backup] = [each for each in examine(site.settings("first")) if each.subject == "backup"]
        assert backup.is_good, backup.detail
    site.restored("second", moment)
    with site.serving("second") as connection:
        mark(connection, 4)

    site.restored("newest", None)
    site.restored("abandoned", None, timeline=1)

    assert site.marks("newest") == [1, 2, 4]
    assert site.marks("abandoned") == [1, 2, 3]
    with pytest.raises(BackupError, match="leads to timeline 7"):
        site.restored("nothing", None, timeline=7)


def test_a_damaged_backup_is_not_restored_and_nothing_is_left(site: Site) -> None:
    with site.serving("first"):
        made = create_backup(site.settings("first"), site.folder, site.said.append)
    cluster = site.folder.place(made.id) / "cluster"
    victim = cluster / "global" / "pg_filenode.map"
    content = bytearray(victim.read_bytes())
    content[20] ^= 1
    victim.write_bytes(content)

    with pytest.raises(BackupError, match=r"damaged: global/pg_filenode.map is not what was"):
        site.restored("second", None)
    assert not (site.place / "second").exists()

    victim.unlink()
    with pytest.raises(BackupError, match="1 files are missing"):
        site.restored("second", None)
    (cluster / "backup_manifest").write_text("{}")
    with pytest.raises(BackupError, match="backup_manifest is damaged"):
        site.restored("second", None)
    assert not (site.place / "second").exists()


def test_a_folder_that_cannot_be_used_keeps_nobody_from_charging_and_is_told(site: Site) -> None:
    site.folder.path.write_text("a file")
    with site.serving("first") as connection:
        connection.execute("SELECT pg_switch_wal()")
        while (
            not (
                failed := connection.execute("SELECT failed_count FROM pg_stat_archiver").fetchone()
            )
            or not failed[0]
        ):
            time.sleep(0.1)
        [backup] = [each for each in examine(site.settings("first")) if each.subject == "backup"]
        assert not backup.is_good
        assert "could not be archived" in backup.detail
        site.folder.path.unlink()
        site.folder.path.mkdir()
        with pytest.raises(BackupError, match=r"pg_basebackup failed: .*rate"):
            create_backup(site.settings("first"), site.folder, site.said.append, "lots")
        assert site.folder.unfinished() == []
