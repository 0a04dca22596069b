"""The archive's program, and what is read from the names in it."""

from __future__ import annotations

import gzip
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openmvno.backup import Backup, BackupError, BackupFolder, plan_pruning, prune
from openmvno.backup.folder import read_manifest, write_manifest
from openmvno.backup.wal import Archive
from openmvno.database.archiving import WAL_FOLDER, write_archive_program

NOW = datetime.now(UTC)
BACKUP = Backup(
    id="1",
    started_at=NOW,
    finished_at=NOW,
    system_identifier="7",
    postgresql=18,
    timeline=1,
    first_wal="0/3000028",
    last_wal="0/4000120",
    segment_bytes=16 << 20,
    schema="0011",
    shards=4,
    database="openmvno",
    role="openmvno",
    archived=True,
    cluster_bytes=1,
    not_included=["the OPENMVNO_* variables"],
)


@pytest.fixture
def folder(tmp_path: Path) -> BackupFolder:
    (tmp_path / "it's here" / WAL_FOLDER).mkdir(parents=True)
    return BackupFolder(tmp_path / "it's here")


def archived(folder: BackupFolder, *names: str) -> Archive:
    for name in names:
        (folder.wal / f"{name}.gz").write_bytes(gzip.compress(b""))
    return Archive(folder.wal)


def walk(archive: Archive, backup: Backup, timeline: int) -> list[str]:
    return list(archive._walk(backup, archive._lineage(timeline)))


def test_a_segment_is_archived_once_and_never_overwritten(
    folder: BackupFolder, tmp_path: Path
) -> None:
    program = write_archive_program(tmp_path, folder.path)
    segment = tmp_path / "segment"

    def archive(content: bytes) -> subprocess.CompletedProcess[str]:
        segment.write_bytes(content)
        command = ["sh", str(program), str(segment), "000000010000000000000001"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert archive(b"content").returncode == 0
    assert archive(b"content").returncode == 0, "asked again after a crash"
    refused = archive(b"another")
    assert refused.returncode == 1
    assert "holds another content" in refused.stderr
    [file] = folder.wal.iterdir()
    assert gzip.decompress(file.read_bytes()) == b"content"
    assert file.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_mounted_is_not_made(folder: BackupFolder, tmp_path: Path) -> None:
    program = write_archive_program(tmp_path, tmp_path / "away")
    (tmp_path / "segment").write_bytes(b"content")
    command = ["sh", str(program), str(tmp_path / "segment"), "000000010000000000000001"]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
    assert not (tmp_path / "away").exists()


def test_segments_are_followed_until_one_is_missing(folder: BackupFolder) -> None:
    names = [f"0000000100000000000000{number:02X}" for number in (2, 3, 4, 5, 7)]
    archive = archived(folder, *names)

    assert walk(archive, BACKUP, 1) == names[1:4]
    assert archive._hole(BACKUP, names[1:4], 1) == "000000010000000000000006"


def test_segments_are_followed_into_the_next_log(folder: BackupFolder) -> None:
    names = ["0000000100000000000000FE", "0000000100000000000000FF", "000000010000000100000000"]
    backup = replace(BACKUP, first_wal="0/FE000028", last_wal="0/FE000120")

    assert walk(archived(folder, *names), backup, 1) == names


def test_a_timeline_is_followed_from_where_it_left_the_other(folder: BackupFolder) -> None:
    old = [f"0000000100000000000000{number:02X}" for number in (3, 4, 5, 6)]
    new = [f"0000000200000000000000{number:02X}" for number in (5, 6)]
    history = folder.wal / "00000002.history.gz"
    history.write_bytes(gzip.compress(b"1\t0/5000100\tbefore 2026-10-01\n"))
    archive = archived(folder, *old, *new)
    late = replace(BACKUP, id="2", first_wal="0/6000028", last_wal="0/6000120")

    assert archive.newest_timeline([BACKUP]) == 2
    assert walk(archive, BACKUP, 2) == [*old[:2], *new]
    assert walk(archive, BACKUP, 1) == old
    assert archive.leads_to(BACKUP, 2)
    assert not archive.leads_to(late, 2), "it was taken after the new timeline had begun"
    assert archive.leads_to(late, 1)


def test_pruning_keeps_what_the_backups_that_stay_need(folder: BackupFolder) -> None:
    archived(folder, *(f"0000000100000000000000{number:02X}" for number in range(1, 10)))
    for number in (3, 5, 8):
        backup = replace(
            BACKUP,
            id=str(number),
            first_wal=f"0/{number}000028",
            finished_at=NOW - timedelta(days=10 - number),
        )
        folder.place(backup.id).mkdir(parents=True)
        write_manifest(folder.place(backup.id), backup)
    assert read_manifest(folder.place("5")).finished_at == NOW - timedelta(days=5)

    by_age = plan_pruning(folder, None, timedelta(days=6))
    assert [backup.id for backup in by_age.backups] == ["3"]
    assert plan_pruning(folder, None, timedelta(0)).kept[0].id == "8", "the newest stays"
    with pytest.raises(BackupError, match="at least one"):
        plan_pruning(folder, 0, None)
    with pytest.raises(BackupError, match="either"):
        plan_pruning(folder, 1, timedelta(days=1))

    pruning = plan_pruning(folder, 2, None)
    prune(folder, pruning)
    assert [backup.id for backup in folder.complete()] == ["5", "8"]
    left = sorted(path.name for path in folder.wal.iterdir())
    assert left[0] == "000000010000000000000005.gz"
    assert len(left) == 5
