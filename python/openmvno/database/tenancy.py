"""Transactions on behalf of one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from openmvno.database.access import TENANT_SETTING
from openmvno.database.pool import Pool

OpenConnection = Callable[[], AbstractAsyncContextManager[AsyncConnection[TupleRow]]]
"""Opens a connection whose transaction commits when the block ends."""


@asynccontextmanager
async def of_tenant(pool: Pool, tenant_id: UUID) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection with a transaction that sees and writes the rows of this tenant alone.

    Row security does it, so ``pool`` has to be of a role it binds (:attr:`Role.TENANT`). The
    tenant is named for the transaction: the next user of the connection starts with none.
    """
    async with pool.connection() as connection:
        # In one go with BEGIN. Not set_config(): after a query the transaction's isolation could
        # not be chosen any more.
        async with connection.pipeline():
            await connection.execute(f"SET LOCAL {TENANT_SETTING} = '{tenant_id}'")
        yield connection


@asynccontextmanager
async def of_nobody(pool: Pool) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection for single statements, each a transaction by itself, that sees no tenant's rows:
    only what the functions show that find out whose something is."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        try:
            yield connection
        finally:
            if not connection.closed:
                await connection.set_autocommit(False)
