"""What has to hold of a PostgreSQL session before the engine writes through it.

The engine owns the installation while its session holds an advisory lock. PostgreSQL gives the lock
back when the session ends, so a killed engine is seen at once. The lock only decides who tries:
safety comes from the journal's primary key, see :mod:`openmvno.charging.committer`.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg.rows import TupleRow

log = logging.getLogger(__name__)

Connection = psycopg.AsyncConnection[TupleRow]

# The bytes of "OpenMVNO"; advisory locks are kept for each database apart.
ENGINE_LOCK = int.from_bytes(b"OpenMVNO", "big")

SESSION_SETTINGS = {
    # A statement of the engine is never given up by the server: that would only make it unknown.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    # A host that is gone frees the lock within about five seconds.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
}


class EngineStartError(Exception):
    """The engine cannot start; the message says what to do."""


class UnsafeStorageError(EngineStartError):
    """PostgreSQL is configured to acknowledge commits it may lose."""


async def connect(conninfo: str, application: str) -> Connection:
    """A session with the engine's settings.

    Raises:
        UnsafeStorageError: fsync or synchronous_commit is off.
        psycopg.Error: the server cannot be reached.
    """
    connection = await psycopg.AsyncConnection.connect(
        conninfo,
        autocommit=True,
        application_name=application,
        keepalives_idle=2,
        keepalives_interval=1,
        keepalives_count=3,
        tcp_user_timeout=5_000,
        connect_timeout=5,
    )
    try:
        for name, value in SESSION_SETTINGS.items():
            await connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        await refuse_unsafe_storage(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def refuse_unsafe_storage(connection: Connection) -> None:
    """Raise UnsafeStorageError unless a commit that returned is on disk."""
    cursor = await connection.execute(
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit')"
    )
    for name, setting in await cursor.fetchall():
        if setting == "off":
            raise UnsafeStorageError(
                f"PostgreSQL runs with {name} = off, so it may lose what it acknowledged. Set "
                f"{name} = on (postgresql.conf, ALTER SYSTEM, ALTER DATABASE or ALTER ROLE) and "
                "start again; OpenMVNO does not charge without it."
            )


async def try_lock(connection: Connection) -> bool:
    """Take the installation for this session, unless another session has it."""
    return bool(await _value(connection, "SELECT pg_try_advisory_lock(%s)", ENGINE_LOCK))


async def lock_holder(connection: Connection) -> int | None:
    """The process id of the session that owns the installation."""
    pid = await _value(
        connection,
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND classid::bigint = %s AND objid::bigint = %s",
        ENGINE_LOCK >> 32,
        ENGINE_LOCK & 0xFFFFFFFF,
    )
    return None if pid is None else int(pid)


async def installed_shards(connection: Connection, wanted: int) -> int:
    """The installation's number of shards; a new installation gets ``wanted``.

    Raises:
        EngineStartError: the installation has another number, or the schema is missing.
    """
    try:
        await connection.execute(
            "INSERT INTO installation (shards) VALUES (%s) ON CONFLICT DO NOTHING", (wanted,)
        )
        shards = int(await _value(connection, "SELECT shards FROM installation"))
    except psycopg.errors.UndefinedTable as error:
        raise EngineStartError(
            "The database has no OpenMVNO tables yet; run `openmvno migrate` first."
        ) from error
    if shards != wanted:
        raise EngineStartError(
            f"This installation was created with {shards} shards, and OPENMVNO_SHARDS says "
            f"{wanted}. The number is fixed: set OPENMVNO_SHARDS={shards} or leave it unset."
        )
    # The API takes command numbers and the materialiser its place from these rows.
    for table in ("command_sequence", "materialiser_watermark"):
        await connection.execute(
            f"INSERT INTO {table} (shard) SELECT generate_series(0, {shards} - 1)"
            " ON CONFLICT DO NOTHING"
        )
    return shards


async def _value(connection: Connection, query: str, *parameters: object) -> Any:
    cursor = await connection.execute(query, parameters)
    row = await cursor.fetchone()
    return None if row is None else row[0]
