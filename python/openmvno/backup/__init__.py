"""Backups of an installation, and an installation made from a backup as it was at a moment."""

from openmvno.backup.audit import Books, examine_books
from openmvno.backup.create import create_backup, refuse_absent
from openmvno.backup.errors import BackupError
from openmvno.backup.folder import Backup, BackupFolder
from openmvno.backup.plan import Plan, plan_restore, possible_times, shown
from openmvno.backup.prune import Pruning, plan_pruning, prune
from openmvno.backup.restore import Restored, refuse_occupied, restore

__all__ = [
    "Backup",
    "BackupError",
    "BackupFolder",
    "Books",
    "Plan",
    "Pruning",
    "Restored",
    "create_backup",
    "examine_books",
    "plan_pruning",
    "plan_restore",
    "possible_times",
    "prune",
    "refuse_absent",
    "refuse_occupied",
    "restore",
    "shown",
]
