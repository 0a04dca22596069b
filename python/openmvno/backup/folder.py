"""The backup folder: what lies where, and what each backup says of itself.

DIR/wal/                       archived WAL, compressed
DIR/backups/ID/cluster/        a base backup as pg_basebackup writes it, with its manifest
DIR/backups/ID/secrets.tar     files of the data folder that open the database's secrets, 0600
DIR/backups/ID/backup.json     written last: a backup without it is not complete
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from openmvno.backup.errors import BackupError
from openmvno.database.archiving import BACKUPS_FOLDER, MANIFEST, WAL_FOLDER

FORMAT: Final = 1
CLUSTER: Final = "cluster"
SECRETS: Final = "secrets.tar"
UNFINISHED: Final = ".unfinished"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a complete base backup says of itself. Times have their zone; positions in the WAL are
    as PostgreSQL writes them."""

    id: str
    started_at: datetime
    finished_at: datetime
    """From then on every time can be restored that the archive covers."""
    system_identifier: str
    postgresql: int
    """Major version."""
    timeline: int
    first_wal: str
    last_wal: str
    segment_bytes: int
    schema: str
    shards: int
    database: str
    role: str
    archived: bool
    """Whether the server archives into this folder; without it only the backup's own end can be
    restored."""
    cluster_bytes: int
    not_included: list[str]
    """Files the installation needs and that lie elsewhere."""


@dataclass(frozen=True)
class BackupFolder:
    """A folder of backups."""

    path: Path

    @property
    def wal(self) -> Path:
        """Archived WAL."""
        return self.path / WAL_FOLDER

    @property
    def backups(self) -> Path:
        """One folder for each backup."""
        return self.path / BACKUPS_FOLDER

    def place(self, backup_id: str) -> Path:
        """The folder of one backup."""
        return self.backups / backup_id

    def complete(self) -> list[Backup]:
        """Complete backups, oldest first.

        Raises:
            BackupError: the folder is not there, or a manifest cannot be read.
        """
        if not self.path.is_dir():
            raise BackupError(f"There is no backup folder {self.path}.")
        if not self.backups.is_dir():
            return []
        found = [read_manifest(place) for place in self._places() if (place / MANIFEST).exists()]
        return sorted(found, key=lambda backup: backup.finished_at)

    def unfinished(self) -> list[Path]:
        """What backups that were interrupted left behind, or that are being made now."""
        return [place for place in self._places() if not (place / MANIFEST).exists()]

    def _places(self) -> Iterator[Path]:
        if self.backups.is_dir():
            yield from sorted(place for place in self.backups.iterdir() if place.is_dir())

    def remove(self, backup_id: str) -> None:
        """Remove one backup; interrupted, it is an unfinished one."""
        (self.place(backup_id) / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.place(backup_id))


def write_manifest(place: Path, backup: Backup) -> None:
    """Write a backup's manifest, durably."""
    document = {"format": FORMAT, **asdict(backup)}
    text = json.dumps(document, indent=2, default=datetime.isoformat) + "\n"
    draft = place / f"{MANIFEST}{UNFINISHED}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place / MANIFEST)
    sync_folder(place)


def read_manifest(place: Path) -> Backup:
    """A backup's manifest.

    Raises:
        BackupError: another release wrote it, or it is damaged.
    """
    path = place / MANIFEST
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if document.pop("format") != FORMAT:
            raise BackupError(f"{path} was written by another OpenMVNO; use that release.")
        for name in ("started_at", "finished_at"):
            document[name] = datetime.fromisoformat(document[name])
        return Backup(**{field.name: document[field.name] for field in fields(Backup)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} is damaged or cannot be read: {error!r}") from error


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def size_of(path: Path) -> int:
    """Octets of all files below a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
