"""The embedded PostgreSQL's own configuration files, written anew at every start."""

from __future__ import annotations

from pathlib import Path

from openmvno.database.location import DATABASE_ROLE, SOCKET_PORT, ClusterFolders
from openmvno.database.roles import Role

# Figures behind these values: the engine writes one journal row per shard and batch, so commits
# are few and large; compressing the WAL costs commit rate, small flushes keep fdatasync short.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": str(SOCKET_PORT),
    "max_connections": "100",
    "shared_buffers": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "off",
    # A checkpoint after each gigabyte, so that segments are recycled before new ones are needed.
    "max_wal_size": "2GB",
    "min_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "backend_flush_after": "256kB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_line_prefix": "%m [%p] %q%a ",
}

# The socket lives in a folder only the server's user (and root) can enter.
CLIENT_AUTHENTICATION = f"""\
# Written by OpenMVNO at every start.
local all {DATABASE_ROLE},{",".join(Role)} trust
local replication {DATABASE_ROLE} trust
"""

CUSTOM_FILE = "custom.conf"


def quoted(value: str) -> str:
    """A value as postgresql.conf wants it."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def server_configuration(folders: ClusterFolders, overrides: dict[str, str]) -> str:
    """The text of postgresql.conf. ``custom.conf`` beside it is the operator's and comes last."""
    settings = {
        **SERVER_SETTINGS,
        "unix_socket_directories": str(folders.socket),
        "unix_socket_permissions": "0700",
        "log_directory": str(folders.log),
        **overrides,
    }
    lines = [f"# Written by OpenMVNO at every start: put your own settings into {CUSTOM_FILE}."]
    lines += [f"{name} = {quoted(value)}" for name, value in settings.items()]
    lines.append(f"include_if_exists = '{CUSTOM_FILE}'")
    return "\n".join(lines) + "\n"


def write_configuration(folders: ClusterFolders, cluster: Path, overrides: dict[str, str]) -> None:
    """Write postgresql.conf and pg_hba.conf; they keep the owner initdb gave them."""
    (cluster / "postgresql.conf").write_text(server_configuration(folders, overrides))
    (cluster / "pg_hba.conf").write_text(CLIENT_AUTHENTICATION)
