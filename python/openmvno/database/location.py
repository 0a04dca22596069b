"""Where the database is: the folders of the embedded cluster and the address to connect to."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from openmvno.database.roles import Role
from openmvno.settings import Settings

DATABASE_NAME = "openmvno"
DATABASE_ROLE = "openmvno"
SOCKET_PORT = 5432

# sockaddr_un.sun_path holds 108 bytes with its terminating zero (unix(7)).
SOCKET_PATH_LIMIT = 107


@dataclass(frozen=True)
class ClusterFolders:
    """The folders of one embedded PostgreSQL. ``home`` and all in it belong to the server's user,
    readable by nobody else, so reaching the socket is what authenticates a client."""

    home: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """PostgreSQL's log files."""
        return self.home / "log"

    @property
    def startup_log(self) -> Path:
        """What PostgreSQL said before it opened its log files."""
        return self.home / "startup.log"

    @property
    def socket(self) -> Path:
        """Folder of the Unix socket: beside the cluster unless that path is too long for one."""
        beside = self.home / "socket"
        if len(str(beside / f".s.PGSQL.{SOCKET_PORT}").encode()) <= SOCKET_PATH_LIMIT:
            return beside
        digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"openmvno-{digest}"


def cluster_folders(settings: Settings) -> ClusterFolders:
    """The embedded cluster's folders. ``postgres`` in the data folder may be a symbolic link, see
    :func:`openmvno.database.account.place_home`."""
    return ClusterFolders((settings.absolute_data_dir / "postgres").resolve())


def connection_url(settings: Settings, role: Role | None = None) -> str:
    """The libpq connection string of the database the settings name, to act as ``role`` there;
    None: as the schema's owner."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        return url if role is None else acting_as(url, role)
    return make_conninfo(
        host=str(cluster_folders(settings).socket),
        port=SOCKET_PORT,
        dbname=DATABASE_NAME,
        user=DATABASE_ROLE if role is None else role.value,
    )


def acting_as(url: str, role: Role) -> str:
    """``url`` with ``role`` taken on from the session's start; RESET and DISCARD keep it."""
    given = conninfo_to_dict(url).get("options") or ""
    return make_conninfo(url, options=f"{given} -c role={role.value}".strip())
