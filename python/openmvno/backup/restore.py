"""A backup made a data folder again: copied, checked, replayed to a moment, promoted, audited."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from openmvno.backup.audit import Books, examine_books, settle
from openmvno.backup.copying import copy_cluster
from openmvno.backup.data_folder import read_secrets
from openmvno.backup.errors import BackupError
from openmvno.backup.folder import CLUSTER, SECRETS, Backup, BackupFolder
from openmvno.backup.plan import Plan
from openmvno.backup.recovery import Recovery
from openmvno.backup.tools import Progress, tools_of
from openmvno.database import migrate
from openmvno.database.account import place_home, server_account
from openmvno.database.embedded import MAJOR_VERSION, running_postmaster
from openmvno.database.location import DATABASE_NAME, DATABASE_ROLE, ClusterFolders


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore made."""

    cluster: Path
    books: Books
    secrets: list[str]
    is_embedded: bool
    """Whether OpenMVNO itself can run it; else a PostgreSQL of the backup's version does."""


def refuse_occupied(into: Path) -> None:
    """Raise BackupError unless ``into`` is new or empty."""
    folders = ClusterFolders((into / "postgres").resolve())
    found = running_postmaster(folders.cluster)
    if found is not None:
        raise BackupError(
            f"The data folder {into} is in use by a running OpenMVNO (its PostgreSQL is process "
            f"{found[0]}). A restore goes into a new folder: name it with --into."
        )
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        raise BackupError(
            f"{into} exists and is not empty; a restore overwrites nothing. Name a new folder with "
            "--into, or move this one away."
        )


def restore(folder: BackupFolder, plan: Plan, into: Path, say: Progress) -> Restored:
    """Make ``into`` the data folder as it was; on failure nothing of it is left.

    Raises:
        BackupError: the backup is damaged, or its target cannot be reached.
    """
    refuse_occupied(into)
    was_there = into.exists()
    account = server_account(into / "postgres")
    tools = tools_of(plan.backup.postgresql, account)
    if folder.wal.exists() and not account.can_reach(folder.wal):
        raise BackupError(
            f"PostgreSQL runs as {account.name}, who cannot read {folder.wal}: give the folder to "
            f"that user (chown -R {account.name} {folder.path})."
        )
    home = place_home(into / "postgres", account)
    draft = home / "cluster.restoring"
    try:
        say(f"copying and verifying backup {plan.backup.id}")
        copy_cluster(folder.place(plan.backup.id) / CLUSTER, draft, account, say)
        recovery = Recovery(tools, draft, home / "recovery", folder.path, plan, say)
        with recovery.promoted() as url:
            if done := migrate.upgrade(url, say):
                say(f"database migrated to schema {done[-1]}")
            settle(url, plan, say)
            books = examine_books(url, say)
        secrets = read_secrets(folder.place(plan.backup.id) / SECRETS, into)
        draft.rename(home / CLUSTER)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        _remove_what_we_made(into, was_there=was_there)
        raise
    return Restored(home / CLUSTER, books, secrets, _is_embedded(plan.backup))


def _remove_what_we_made(into: Path, *, was_there: bool) -> None:
    link = into / "postgres"
    if link.is_symlink():
        link.unlink()
    for path in into.iterdir():
        if path.is_file():
            path.unlink()
    if not was_there:
        into.rmdir()


def _is_embedded(backup: Backup) -> bool:
    ours = (DATABASE_NAME, DATABASE_ROLE)
    return backup.postgresql == int(MAJOR_VERSION) and (backup.database, backup.role) == ours
