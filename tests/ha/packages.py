"""The programs of Debian's packages that a cluster of PostgreSQL is made of."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
SERVER_PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_basebackup", "pg_rewind", "pg_controldata")


# With etcd's API 3 an older Patroni that was frozen, and wakes up when another one leads, puts its
# name over the other's: the new primary is rewound and loses what it has acknowledged. With API 2
# it compares before it writes.
SAFE_WITH_API_3 = (3, 0, 3)


@dataclass(frozen=True)
class Programs:
    """Where they are."""

    etcd: str
    patroni: str
    postgresql: Path
    """The folder of PostgreSQL's own programs."""

    def etcd_api(self) -> int:
        """The version of etcd's API that this Patroni is safe with."""
        said = subprocess.run(
            [self.patroni, "--version"], capture_output=True, text=True, check=True
        )
        return etcd_api_for(said.stdout)


def find_programs() -> tuple[Programs | None, str]:
    """The programs, or None and a sentence that says what is missing."""
    etcd, patroni = shutil.which("etcd"), shutil.which("patroni")
    postgresql = newest_postgresql(DEBIAN_POSTGRESQL)
    if etcd and patroni and postgresql:
        return Programs(etcd, patroni, postgresql), ""
    parts = (("etcd-server", etcd), ("patroni", patroni), ("postgresql", postgresql))
    missing = " ".join(name for name, found in parts if not found)
    return None, f"not installed: {missing} (apt install {missing}, or make test-packages as root)"


def etcd_api_for(said: str) -> int:
    """The same for what ``patroni --version`` says."""
    version = tuple(int(number) for number in re.findall(r"\d+", said)[:3])
    return 3 if version >= SAFE_WITH_API_3 else 2


def newest_postgresql(folder: Path) -> Path | None:
    """The programs of the newest whole PostgreSQL under ``folder``."""
    versions = [each for each in folder.glob("*/bin") if each.parent.name.isdigit()]
    for programs in sorted(versions, key=lambda each: int(each.parent.name), reverse=True):
        if all((programs / name).exists() for name in SERVER_PROGRAMS):
            return programs
    return None
