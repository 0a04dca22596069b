"""Continuous archiving of the embedded PostgreSQL's WAL into the backup folder.

Two small shell programs, since PostgreSQL's account may not reach our Python. An archived segment
is compressed, on disk before PostgreSQL is told so, and never overwritten with other content. The
folder is not created by them: one that is not mounted is an error that is tried again, while
PostgreSQL keeps the segments.
"""

from __future__ import annotations

import logging
import os
import shlex
from pathlib import Path
from typing import Final

from openmvno.database.account import Account, make_private_folder
from openmvno.database.errors import DataFolderError

log = logging.getLogger(__name__)

WAL_FOLDER: Final = "wal"
BACKUPS_FOLDER: Final = "backups"
MANIFEST: Final = "backup.json"
"""Of each base backup, written last."""
COMPRESSED: Final = ".gz"
SEGMENT_SECONDS: Final = 60
"""At most so much of what was committed is lost with the machine."""

ARCHIVE: Final = """\
#!/bin/sh
# archive_command, written by OpenMVNO at every start. $1: a WAL file, $2: its name.
set -eu
umask 077
folder={folder}
target="$folder/$2.gz"
if [ -e "$target" ]; then
    # PostgreSQL asks again when it died before it noted the answer.
    if gzip -dc "$target" | cmp -s - "$1"; then sync "$target" "$folder"; exit 0; fi
    echo "$target holds another content: does another installation archive into this folder?" >&2
    exit 1
fi
draft="$folder/.$2.$$"
trap 'rm -f "$draft"' EXIT
nice gzip -1 -n -c "$1" > "$draft"
sync "$draft"
mv -n "$draft" "$target"
if [ -e "$draft" ]; then echo "$target has appeared meanwhile" >&2; exit 1; fi
sync "$folder"
"""

FETCH: Final = """\
#!/bin/sh
# restore_command, written by OpenMVNO. $1: the name of a WAL file, $2: where to put it.
folder={folder}
if [ -e "$folder/$1.gz" ]; then gzip -dc "$folder/$1.gz" > "$2"
elif [ -e "$folder/$1" ]; then cp "$folder/$1" "$2"
else exit 1
fi
"""


def _command(program: Path, first: str, second: str) -> str:
    # PostgreSQL replaces %p and %f, and %% by a per cent sign.
    path = shlex.quote(str(program)).replace("%", "%%")
    return f"sh {path} {first} {second}"


def archive_settings(program: Path) -> dict[str, str]:
    """postgresql.conf settings that archive by ``program``."""
    return {
        "archive_mode": "on",
        "archive_command": _command(program, '"%p"', '"%f"'),
        "archive_timeout": str(SEGMENT_SECONDS),
    }


def write_archive_program(home: Path, backup_dir: Path) -> Path:
    """Write the archive_command's program into ``home``; returns its path."""
    program = home / "archive.sh"
    program.write_text(ARCHIVE.format(folder=shlex.quote(str(backup_dir / WAL_FOLDER))))
    program.chmod(0o644)  # ``home`` is closed to others
    return program


def fetch_command(home: Path, backup_dir: Path) -> str:
    """A restore_command that reads from ``backup_dir``; its program is written into ``home``."""
    program = home / "fetch.sh"
    program.write_text(FETCH.format(folder=shlex.quote(str(backup_dir / WAL_FOLDER))))
    program.chmod(0o644)
    return _command(program, '"%f"', '"%p"')


def make_backup_folder(backup_dir: Path, account: Account) -> None:
    """Make sure the folder is there, belongs to ``account``, and ``account`` reaches it.

    Raises:
        DataFolderError: it cannot be used; the message says why.
    """
    try:
        if not backup_dir.exists():
            backup_dir.mkdir(mode=0o700, parents=True)
            if account.is_other:
                os.chown(backup_dir, account.uid, account.gid)
        if not account.can_reach(backup_dir):
            raise DataFolderError(
                f"PostgreSQL runs as {account.name}, who cannot reach the backup folder "
                f"{backup_dir}: choose one below folders that are open to it."
            )
        for place in (backup_dir / WAL_FOLDER, backup_dir / BACKUPS_FOLDER):
            _refuse_foreign(place, account)
            make_private_folder(place, account)
    except OSError as error:
        raise DataFolderError(
            f"The backup folder {backup_dir} cannot be used: {error.strerror}."
        ) from error


def _refuse_foreign(place: Path, account: Account) -> None:
    if place.exists() and place.stat().st_uid != account.uid:
        raise DataFolderError(
            f"{place} does not belong to {account.name}, whom PostgreSQL runs as: give it to that"
            f" user (chown -R {account.name} {place}), or choose another backup folder."
        )


def prepare_archiving(home: Path, backup_dir: Path, account: Account) -> dict[str, str]:
    """Make everything ready; returns the settings of postgresql.conf.

    A folder that cannot be used keeps nobody from charging: it is told, PostgreSQL keeps its WAL
    and tries again.
    """
    try:
        make_backup_folder(backup_dir, account)
    except DataFolderError as error:
        log.error("nothing is archived: %s", error)  # noqa: TRY400 - a sentence
    return archive_settings(write_archive_program(home, backup_dir))
