"""What has to hold of a PostgreSQL session before the engine writes through it, and its locks.

An engine has a shard while its session holds the shard's advisory lock. PostgreSQL gives the locks
back when the session ends, so a killed engine is seen at once. Locks only decide who tries: safety
comes from the journal's primary key, see :mod:`openmvno.charging.committer`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from openmvno.database.frozen import giving_up
from openmvno.database.location import SERVER_GONE

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# A statement that takes longer waits for a server that is frozen or cut off from its standby.
ANSWER_SECONDS = 10.0


class Connection(psycopg.AsyncConnection[TupleRow]):
    """A session that ends when a statement is not answered within :data:`ANSWER_SECONDS`."""

    followed = False
    """Whether its server is known to have what was followed before."""

    async def wait(self, gen: PQGen[Result], *arguments: Any, **named: Any) -> Result:
        """Run one exchange with the server, as psycopg does for every statement."""
        with giving_up(self.pgconn, ANSWER_SECONDS):
            return await super().wait(gen, *arguments, **named)


# Advisory locks are kept for each database apart. Every engine shares this one, which one of a
# release that had one owner for all shards wants for itself: the two kinds never charge together.
ENGINE_LOCK = int.from_bytes(b"OpenMVNO", "big")
# The first keys of two-key locks: of a node by its presence, of a shard by its number.
NODE_LOCKS = int.from_bytes(b"OMnd", "big")
SHARD_LOCKS = int.from_bytes(b"OMsh", "big")
TRY_LOCK = (
    f"SELECT s, pg_try_advisory_lock_shared({ENGINE_LOCK})"
    f" AND pg_try_advisory_lock({SHARD_LOCKS}, s)"
    " FROM unnest(%s::int4[]) AS s"
)

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
        UnsafeStorageError: PostgreSQL may lose what it acknowledged.
        psycopg.Error: the server cannot be reached.
    """
    connection = await Connection.connect(
        make_conninfo(conninfo, **SERVER_GONE), autocommit=True, application_name=application
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
    """Raise UnsafeStorageError unless a commit that returned is on disk, and where there is a
    synchronous standby on that one, too."""
    cursor = await connection.execute(
        "SELECT name, setting FROM pg_settings"
        " WHERE name IN ('fsync', 'synchronous_commit', 'synchronous_standby_names')"
    )
    settings: dict[str, str] = dict(await cursor.fetchall())
    name = unsafe(settings)
    if name is not None:
        raise UnsafeStorageError(
            f"PostgreSQL runs with {name} = {settings[name]}, so it may lose what it acknowledged."
            f" Set {name} = on (postgresql.conf, ALTER SYSTEM, ALTER DATABASE or ALTER ROLE) and "
            "start again; OpenMVNO does not charge without it."
        )


def unsafe(settings: dict[str, str]) -> str | None:
    """The setting with which what was acknowledged may be lost; None when there is none."""
    for name in ("fsync", "synchronous_commit"):
        if settings[name] == "off":
            return name
    if settings["synchronous_standby_names"] and settings["synchronous_commit"] == "local":
        return "synchronous_commit"
    return None


def presence_key(owner: int) -> int:
    """The second key of an engine's own lock."""
    return owner % (1 << 31)


async def be_present(connection: Connection, owner: int) -> bool:
    """Say by a lock that the engine of this session is alive; False while an earlier session of
    the engine says so still."""
    present = await _value(
        connection,
        "SELECT pg_try_advisory_lock(%s::int4, %s::int4)",
        NODE_LOCKS,
        presence_key(owner),
    )
    return bool(present)


async def try_lock(connection: Connection, shards: Iterable[int]) -> bool:
    """Take shards for this session; False when another session has one of them, or an engine of a
    release that has one owner for all shards charges."""
    cursor = await connection.execute(TRY_LOCK, (list(shards),))
    return all(bool(taken) for _, taken in await cursor.fetchall())


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


async def origin_state_id(connection: Connection) -> int:
    """The installation's Origin-State-Id: the same over restarts and take-overs, since sessions
    survive them; a restore raises it (RFC 6733 section 8.16)."""
    return int(await _value(connection, "SELECT origin_state_id FROM installation"))


async def _value(connection: Connection, query: str, *parameters: object) -> Any:
    cursor = await connection.execute(query, parameters)
    row = await cursor.fetchone()
    return None if row is None else row[0]
