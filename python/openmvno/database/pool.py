"""Connection pools: psycopg 3, asynchronous, one for each process and purpose."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from openmvno.database.location import connection_url
from openmvno.database.roles import Role
from openmvno.settings import Settings

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

CONNECT_TIMEOUT_SECONDS = 5


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
        kwargs={
            "application_name": f"openmvno {name}",
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        },
        check=AsyncConnectionPool.check_connection,
    )
