"""The subscribers: made by ``openmvno sample``, then given enough money for hours of load."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from uuid import UUID

import psycopg

from bench.system import System
from openmvno.charging import commands
from openmvno.database import create_pool
from openmvno.identifiers import new_id
from openmvno.money import MICROS
from openmvno.settings import environment

# A gigabyte costs some 50 EUR; all balances together stay below 2^63 micros.
TOP_UP_MICROS = 10_000_000 * MICROS
LARGEST_TRANSACTION = 10_000
APPLY_SECONDS = 300


async def make(system: System, count: int) -> float:
    """Run ``openmvno sample``; seconds until the engine had applied everything.

    Raises:
        RuntimeError: the command failed.
    """
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "openmvno", "sample", "--subscribers", str(count)),
        env={**os.environ, **environment(system.settings)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"openmvno sample failed: {output.decode(errors='replace')[-2000:]}")
    await await_commands(system)
    seconds = time.monotonic() - began
    accounts = int((await system.statistics())["accounts"])
    if accounts < count:
        raise RuntimeError(f"openmvno sample made {accounts} accounts instead of {count}")
    return seconds


async def enrich(system: System) -> None:
    """Put a fortune on every account, by ordinary commands."""
    async with create_pool(system.settings, "bench", maximum=1) as pool:
        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT tenant_id, account_id FROM account")
            accounts: list[tuple[UUID, UUID]] = await cursor.fetchall()
        for start in range(0, len(accounts), LARGEST_TRANSACTION):
            top_ups = [
                commands.adjust_balance(tenant, account, TOP_UP_MICROS, "adjustment", new_id())
                for tenant, account in accounts[start : start + LARGEST_TRANSACTION]
            ]
            async with pool.connection() as connection:
                await commands.insert_commands(connection, top_ups)
    await await_commands(system)


async def await_commands(system: System) -> None:
    """Return once the engine has applied, and the materialiser noted down, every command."""
    query = "SELECT count(*) FROM engine_command WHERE outcome IS NULL"
    failed = "SELECT outcome FROM engine_command WHERE outcome ? 'error' LIMIT 1"
    deadline = time.monotonic() + APPLY_SECONDS
    async with await psycopg.AsyncConnection.connect(
        system.database_url, autocommit=True, application_name="openmvno bench"
    ) as connection:
        while await _value(connection, query) != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Commands wait for the engine for {APPLY_SECONDS} s already.")
            await asyncio.sleep(0.1)
        error = await _value(connection, failed)
        if error is not None:
            raise RuntimeError(f"The engine refused a command: {error}")


async def _value(connection: psycopg.AsyncConnection[tuple[object, ...]], query: str) -> object:
    row = await (await connection.execute(query)).fetchone()
    return None if row is None else row[0]
