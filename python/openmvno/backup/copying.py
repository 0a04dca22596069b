"""A base backup copied file by file, each held against the backup's manifest on the way.

(PostgreSQL, "Backup Manifest Format". pg_verifybackup would read everything a second time.)
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openmvno.backup.errors import BackupError
from openmvno.backup.tools import Progress, Rarely
from openmvno.database.account import Account

CHECKSUMS: Final = "SHA256"
MANIFEST: Final = "backup_manifest"
# Its records carry checksums of their own, which the replay checks.
WAL: Final = "pg_wal"
CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Listed:
    size: int
    digest: str


def _listed_files(cluster: Path) -> dict[str, _Listed]:
    """What the manifest lists.

    Raises:
        BackupError: it is damaged.
    """
    try:
        text = (cluster / MANIFEST).read_bytes()
        document = json.loads(text)
        # Of everything before the line it is in.
        signed = text[: text.rindex(b'"Manifest-Checksum"')]
        if hashlib.sha256(signed).hexdigest() != document["Manifest-Checksum"]:
            raise BackupError(f"{cluster / MANIFEST} is damaged: its checksum is another.")
        return {
            file["Path"]: _Listed(file["Size"], file["Checksum"])
            for file in document["Files"]
            if file["Checksum-Algorithm"] == CHECKSUMS
        }
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{cluster / MANIFEST} is damaged or not there: {error!r}") from error


def copy_cluster(source: Path, target: Path, account: Account, say: Progress) -> None:
    """Copy a base backup to ``target``, a new folder of ``account``'s.

    Raises:
        BackupError: a file is missing, damaged, or not the backup's.
    """
    listed = _listed_files(source)
    total = sum(file.size for file in listed.values())
    done, rarely = 0, Rarely(say)
    for folder, _, names in os.walk(source):
        inside = Path(folder).relative_to(source)
        place = target / inside
        place.mkdir(mode=0o700)
        _give(place, account)
        for name in names:
            path = str(inside / name)
            digest, size = _copy(Path(folder) / name, place / name)
            _give(place / name, account)
            if path != MANIFEST and inside.parts[:1] != (WAL,):
                _check(path, listed.pop(path, None), _Listed(size, digest))
            done += size
            rarely(f"{done >> 20} of {total >> 20} MiB")
    if listed:
        raise BackupError(f"The backup is damaged: {len(listed)} files are missing, {min(listed)}.")


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file; its digest and size."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reader, os.fdopen(descriptor, "wb") as writer:
        while chunk := reader.read(CHUNK):
            digest.update(chunk)
            writer.write(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _check(path: str, listed: _Listed | None, found: _Listed) -> None:
    if listed is None:
        raise BackupError(f"The backup is damaged: its manifest does not know {path}.")
    if listed != found:
        raise BackupError(f"The backup is damaged: {path} is not what was written.")


def _give(path: Path, account: Account) -> None:
    if account.is_other:
        os.chown(path, account.uid, account.gid)
