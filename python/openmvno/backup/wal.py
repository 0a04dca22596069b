"""What the archive holds: segments without a hole, and the time of the last commit in them.

Names of segments are timeline, log and segment, eight hexadecimal digits each (PostgreSQL, section
"WAL internals"). A timeline's history file says where it left which other one.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from openmvno.backup.folder import Backup
from openmvno.backup.tools import Tools
from openmvno.database.archiving import COMPRESSED

SEGMENT: Final = re.compile(r"^([0-9A-F]{8})([0-9A-F]{16})(\.gz)?$")
HISTORY: Final = re.compile(r"^([0-9A-F]{8})\.history(\.gz)?$")
COMMIT: Final = re.compile(
    r"lsn: ([0-9A-F]+/[0-9A-F]+), prev \S+ desc: COMMIT(?:_PREPARED)? (?:gid \S+: )?"
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC"
)


def position(text: str) -> int:
    """A position in the WAL as a number of octets."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


@dataclass(frozen=True, slots=True)
class LastCommit:
    """The last commit that can be restored."""

    at: datetime
    lsn: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the archive leads from a backup on."""

    last: LastCommit | None
    """None: nothing was archived since the backup."""
    missing: str | None
    """The name of the first segment that is missing although later ones are there."""


class Archive:
    """The archived WAL of a backup folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        self._segments = {
            (int(found[1], 16), found[2]) for name in names if (found := SEGMENT.match(name))
        }
        self._histories = sorted(
            int(found[1], 16) for name in names if (found := HISTORY.match(name))
        )

    def newest_timeline(self, backups: list[Backup]) -> int:
        """The timeline that began last."""
        return max([1, *self._histories, *(backup.timeline for backup in backups)])

    def leads_to(self, backup: Backup, timeline: int) -> bool:
        """Whether ``timeline`` goes on from what is in the backup."""
        return any(
            line == backup.timeline and (end is None or position(backup.last_wal) <= end)
            for line, end in self._lineage(timeline)
        )

    def reach(self, backup: Backup, timeline: int, tools: Tools) -> Reach:
        """How far ``timeline`` can be followed from ``backup``, which it leads on from."""
        names = list(self._walk(backup, self._lineage(timeline)))
        commits = (_last_commit(name, self._folder, tools) for name in reversed(names))
        last = next((commit for commit in commits if commit is not None), None)
        if last is not None and position(last.lsn) < position(backup.last_wal):
            last = None
        return Reach(last, self._hole(backup, names, timeline))

    def _walk(self, backup: Backup, lineage: list[tuple[int, int | None]]) -> Iterator[str]:
        """Names of the segments that follow the backup's start, until one is missing."""
        size = backup.segment_bytes
        number = position(backup.first_wal) // size
        while True:
            # Of a segment in which a timeline began the new one's file has the old one's content.
            lines = [
                line for line, end in reversed(lineage) if end is None or number <= end // size
            ]
            rest = _rest_of_name(number, size)
            found = next((line for line in lines if (line, rest) in self._segments), None)
            if found is None:
                return
            yield f"{found:08X}{rest}"
            number += 1

    def _hole(self, backup: Backup, names: list[str], timeline: int) -> str | None:
        size = backup.segment_bytes
        number = position(backup.first_wal) // size + len(names)
        rest = _rest_of_name(number, size)
        later = any(line == timeline and other > rest for line, other in self._segments)
        return f"{timeline:08X}{rest}" if later else None

    def _lineage(self, timeline: int) -> list[tuple[int, int | None]]:
        """(timeline, where it was left) of ``timeline`` and those before it, oldest first."""
        if timeline not in self._histories:
            return [(timeline, None)]
        text = _content(self._folder, f"{timeline:08X}.history").decode("ascii", "replace")
        rows = [line.split() for line in text.splitlines() if line.strip()[:1].isdigit()]
        return [*((int(row[0]), position(row[1])) for row in rows), (timeline, None)]

    def before(self, segment: str) -> list[Path]:
        """Files of segments before ``segment``, whatever their timeline."""
        return [
            path
            for path in self._folder.iterdir()
            if re.match(r"^[0-9A-F]{24}(\.|$)", path.name) and path.name[8:24] < segment[8:24]
        ]


def first_segment(backup: Backup) -> str:
    """The name of the first segment a backup needs."""
    number = position(backup.first_wal) // backup.segment_bytes
    return f"{backup.timeline:08X}{_rest_of_name(number, backup.segment_bytes)}"


def _rest_of_name(number: int, size: int) -> str:
    """A segment's name without its timeline."""
    each_log = 0x1_0000_0000 // size
    return f"{number // each_log:08X}{number % each_log:08X}"


def _content(folder: Path, name: str) -> bytes:
    packed = folder / f"{name}{COMPRESSED}"
    if packed.exists():
        return gzip.decompress(packed.read_bytes())
    return (folder / name).read_bytes()


def _last_commit(name: str, folder: Path, tools: Tools) -> LastCommit | None:
    """The last commit that begins in a segment, as pg_waldump reads it."""
    with tempfile.TemporaryDirectory(prefix="openmvno-wal-") as place:
        path = Path(place) / name
        path.write_bytes(_content(folder, name))
        # It complains about the segment after this one, which is not there.
        text = tools.run("pg_waldump", "--rmgr=Transaction", str(path)).stdout
    found = COMMIT.findall(text)
    if not found:
        return None
    times = [datetime.fromisoformat(at).replace(tzinfo=UTC) for _, at in found]
    return LastCommit(max(times), found[-1][0])
