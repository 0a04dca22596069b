"""Old backups away, and the WAL that only they needed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openmvno.backup.errors import BackupError
from openmvno.backup.folder import Backup, BackupFolder
from openmvno.backup.wal import Archive, first_segment

# What is younger is being made now, perhaps.
UNFINISHED_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes."""

    backups: list[Backup]
    kept: list[Backup]
    wal: list[Path]
    leftovers: list[Path]


def plan_pruning(folder: BackupFolder, keep: int | None, older_than: timedelta | None) -> Pruning:
    """What to remove: all but the newest ``keep`` backups, or those ``older_than`` so much; the
    newest always stays, and so does the archive from the oldest that stays on.

    Raises:
        BackupError: neither is given, or nothing would be left.
    """
    if (keep is None) == (older_than is None):
        raise BackupError("Say either --keep or --older-than.")
    if keep is not None and keep < 1:
        raise BackupError("--keep must leave at least one backup.")
    backups = folder.complete()
    now = datetime.now(UTC)
    if keep is not None:
        going = backups[:-keep]
    else:
        assert older_than is not None
        going = [each for each in backups[:-1] if now - each.finished_at > older_than]
    kept = [backup for backup in backups if backup not in going]
    wal: list[Path] = []
    if kept and folder.wal.is_dir():
        oldest = min((first_segment(backup) for backup in kept), key=lambda name: name[8:])
        wal = sorted(Archive(folder.wal).before(oldest))
    leftovers = [
        place
        for place in folder.unfinished()
        if now.timestamp() - place.stat().st_mtime > UNFINISHED_KEPT.total_seconds()
    ]
    return Pruning(going, kept, wal, leftovers)


def prune(folder: BackupFolder, pruning: Pruning) -> None:
    """Remove it."""
    for backup in pruning.backups:
        folder.remove(backup.id)
    for place in pruning.leftovers:
        shutil.rmtree(place)
    for path in pruning.wal:
        path.unlink()
