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
        # The transaction is begun here, so that it takes one round trip; leaving the pool's block
        # ends it, and the pool takes autocommit back. Not set_config(): after a query the
        # transaction's isolation could not be chosen any more.
        await connection.set_autocommit(True)
        await connection.execute(f"BEGIN; SET LOCAL {TENANT_SETTING} = '{tenant_id}'")
        yield connection


@asynccontextmanager
async def of_nobody(pool: Pool) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection for single statements, each a transaction by itself, that sees no tenant's rows:
    only what the functions show that find out whose something is."""
    async with pool.connection() as connection:
        await connection.set_autocommit(True)
        yield connection
