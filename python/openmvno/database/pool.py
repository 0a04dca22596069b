"""Connection pools: psycopg 3, asynchronous, one for each process and purpose."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from openmvno.database.frozen import giving_up
from openmvno.database.location import connection_url
from openmvno.database.roles import Role
from openmvno.settings import Settings

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

CONNECT_TIMEOUT_SECONDS = 3
# A server that does not answer the look before use within so long is not used.
CHECK_SECONDS = 3.0
# The pool's pauses between attempts to connect double each time: after so long it starts anew,
# with the next request, so that requests are served as soon as there is a primary again.
RECONNECT_SECONDS = 2.0


def create_pool(
    settings: Settings,
    name: str,
    *,
    role: Role | None = None,
    minimum: int = 1,
    maximum: int = 10,
    wait_seconds: float = 10,
) -> Pool:
    """A pool, not opened yet: ``async with create_pool(settings, "serve") as pool``.

    ``name`` shows in pg_stat_activity; without a ``role`` it acts as the schema's owner. A caller
    waits ``wait_seconds`` for a free connection, then gets :class:`psycopg_pool.PoolTimeout`.
    Connections found dead are replaced before use.
    """
    return AsyncConnectionPool(
        connection_url(settings, role),
        open=False,
        name=name,
        min_size=minimum,
        max_size=maximum,
        timeout=wait_seconds,
        reconnect_timeout=RECONNECT_SECONDS,
        kwargs={
            "application_name": f"openmvno {name}",
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        },
        check=_check,
        reset=_reset,
    )


async def _check(connection: AsyncConnection[TupleRow]) -> None:
    with giving_up(connection.pgconn, CHECK_SECONDS):
        await AsyncConnectionPool.check_connection(connection)


async def _reset(connection: AsyncConnection[TupleRow]) -> None:
    """What :mod:`openmvno.database.tenancy` sets is over with its block."""
    await connection.set_autocommit(False)
