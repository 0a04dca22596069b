"""Reads on behalf of one tenant, each in a single round trip.

What lists and shows asks one or two questions by key, so round trips are most of its cost. Here a
statement is a transaction by itself, which begins by naming the tenant: the server gets both at
once and answers both at once.
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Self
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor
from psycopg.abc import Params
from psycopg.rows import Row, TupleRow
from psycopg_pool import AsyncConnectionPool

from openmvno.database.access import TENANT_SETTING
from openmvno.database.frozen import giving_up
from openmvno.database.location import connection_url
from openmvno.database.pool import CHECK_SECONDS, CONNECT_TIMEOUT_SECONDS, RECONNECT_SECONDS
from openmvno.database.roles import Role
from openmvno.settings import Settings

ANSWER_SECONDS: Final = 5.0
"""A server that has not answered a read by then is not there: its session is given up."""

_NAME_TENANT: Final = f"SELECT set_config('{TENANT_SETTING}', %s, true)"


class ReadingConnection(AsyncConnection[TupleRow]):
    """A session whose statements see the rows of :attr:`tenant`; of nobody while there is none."""

    tenant: UUID | None = None


ReadingPool = AsyncConnectionPool[ReadingConnection]


class _ReadingCursor(AsyncCursor[Row]):
    """Names the tenant in the transaction of each statement: all that is sent up to one Sync is one
    (PostgreSQL's protocol, Pipelining), and there the tenant ends with it."""

    async def execute(
        self,
        query: Any,
        params: Params | None = None,
        *,
        prepare: bool | None = True,
        binary: bool | None = None,
    ) -> Self:
        connection: Any = self.connection
        naming = AsyncCursor(connection)
        with giving_up(connection.pgconn, ANSWER_SECONDS):
            async with connection.pipeline():
                await naming.execute(_NAME_TENANT, (str(connection.tenant or ""),), prepare=True)
                await super().execute(query, params, prepare=prepare, binary=binary)
        return self


def create_reading_pool(
    settings: Settings,
    name: str,
    *,
    minimum: int = 1,
    maximum: int = 10,
    wait_seconds: float = 10,
) -> ReadingPool:
    """A pool of sessions of :attr:`Role.TENANT` for :func:`reading_of_tenant`, not opened yet; as
    :func:`openmvno.database.create_pool` in the rest."""
    return AsyncConnectionPool(
        connection_url(settings, Role.TENANT),
        connection_class=ReadingConnection,
        open=False,
        name=name,
        min_size=minimum,
        max_size=maximum,
        timeout=wait_seconds,
        reconnect_timeout=RECONNECT_SECONDS,
        kwargs={
            "application_name": f"openmvno {name}",
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "autocommit": True,
            "cursor_factory": _ReadingCursor,
        },
        check=_check,
    )


@asynccontextmanager
async def reading_of_tenant(pool: ReadingPool, tenant_id: UUID) -> AsyncIterator[ReadingConnection]:
    """A connection for single statements that read, each a transaction by itself which sees the
    rows of this tenant alone."""
    async with pool.connection() as connection:
        connection.tenant = tenant_id
        try:
            yield connection
        finally:
            connection.tenant = None


async def _check(connection: ReadingConnection) -> None:
    """Nothing comes on a session that rests but what its server or its kernel says when it ends:
    unless something did, it is used without a look, which would be a round trip.

    Raises:
        psycopg.OperationalError: it has ended.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        with giving_up(connection.pgconn, CHECK_SECONDS):
            await AsyncCursor(connection).execute("")
