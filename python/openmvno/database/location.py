"""Where the database is: the folders of the embedded cluster and the address to connect to."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from openmvno.database.roles import Role
from openmvno.settings import Settings

DATABASE_NAME = "openmvno"
DATABASE_ROLE = "openmvno"
SOCKET_PORT = 5432

# Of a PostgreSQL elsewhere, unless the address says otherwise: a host that does not answer makes
# way for the next, and a session whose host is gone without a word ends within five seconds.
SERVER_GONE = {
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5_000,
}
# Of several hosts the one that may be written to: the primary, wherever it is now.
SEVERAL_HOSTS = {"target_session_attrs": "read-write"}

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
        url = following_the_primary(settings.database_url.get_secret_value())
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


def following_the_primary(url: str) -> str:
    """The libpq connection string ``url`` with what a failover of its PostgreSQL asks of a client,
    as far as it does not say so itself."""
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        return url  # connecting says what is wrong with it
    hosts = str(given.get("host") or given.get("hostaddr") or "")
    wanted: dict[str, Any] = {**SERVER_GONE, **(SEVERAL_HOSTS if "," in hosts else {})}
    return make_conninfo("", **{**wanted, **given})
