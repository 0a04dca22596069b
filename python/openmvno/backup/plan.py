"""Which backup and how much of the archive a restore takes, or why it cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from openmvno.backup.errors import BackupError
from openmvno.backup.folder import Backup, BackupFolder
from openmvno.backup.tools import tools_of
from openmvno.backup.wal import Archive, Reach
from openmvno.database.account import Account


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore does."""

    backup: Backup
    timeline: int
    to: datetime | None
    """None: as far as it goes."""
    last_lsn: str | None
    """Where the last commit is that is there; None: the backup's own end."""
    latest: datetime


def plan_restore(
    folder: BackupFolder, account: Account, to: datetime | None, timeline: int | None
) -> Plan:
    """Choose the newest backup from which ``to`` can be reached.

    ``timeline``: None takes the one that began last; each restore begins one.

    Raises:
        BackupError: it cannot be reached; the message says which times can.
    """
    backups = folder.complete()
    if not backups:
        raise BackupError(f"{folder.path} has no complete backup.")
    archive = Archive(folder.wal)
    line = archive.newest_timeline(backups) if timeline is None else timeline
    on_line = [backup for backup in backups if archive.leads_to(backup, line)]
    if not on_line:
        raise BackupError(f"No backup in {folder.path} leads to timeline {line}.")
    last = on_line[-1]
    reach = archive.reach(last, line, tools_of(last.postgresql, account))
    latest = reach.last.at if reach.last is not None else last.finished_at
    if to is None:
        return Plan(last, line, None, reach.last.lsn if reach.last else None, latest)
    chosen = [backup for backup in on_line if backup.finished_at <= to]
    if not chosen:
        raise BackupError(
            f"{shown(to)} is earlier than the oldest backup. {possible_times(on_line[0], latest)}"
        )
    backup = chosen[-1]
    if backup is not last:
        # A hole behind it may keep it from what the newer one reaches.
        reach = archive.reach(backup, line, tools_of(backup.postgresql, account))
        latest = reach.last.at if reach.last is not None else backup.finished_at
    if to > latest:
        raise BackupError(
            f"{shown(to)} is later than what is archived. {possible_times(on_line[0], latest)}"
            f"{_why(backup, reach)}"
        )
    lsn = reach.last.lsn if reach.last is not None else None
    return Plan(backup, line, None if to == latest else to, lsn, latest)


def possible_times(oldest: Backup, latest: datetime) -> str:
    """A sentence."""
    if latest <= oldest.finished_at:
        return f"What can be restored is the end of backup {oldest.id}: leave --to away."
    return f"Times from {shown(oldest.finished_at)} to {shown(latest)} can be restored."


def _why(backup: Backup, reach: Reach) -> str:
    if reach.missing is not None:
        return f" WAL segment {reach.missing} is missing in the archive."
    if not backup.archived:
        return f" The server did not archive into this folder when backup {backup.id} was made."
    return ""


def shown(moment: datetime) -> str:
    """An instant to the microsecond, as --to takes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
