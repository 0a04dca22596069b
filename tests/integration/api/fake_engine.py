"""An engine for tests of the business alone: takes commands from the table in order, once each.

It keeps accounts in memory and prices nothing, and versions that are to come into force never do;
the real engine has tests of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from tests.integration.api.fake_accounts import FakeAccounts, RefusedError

from openmvno.charging import EngineReport, EngineUnavailable, Exchange, TooManyTraces
from openmvno.database import Pool


class FakeEngine:
    """Implements EngineClient on the tables of one test."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.available = True
        self._one_writer = asyncio.Lock()
        self.refuse: dict[str, str] = {}
        self.applied: list[dict[str, Any]] = []
        self._outcomes: dict[tuple[int, int], dict[str, Any]] = {}
        self._last: dict[int, int] = {}
        self.accounts = FakeAccounts()
        self.peer_reloads = 0
        self.connected: list[dict[str, Any]] = []
        self.open_sessions: dict[UUID, list[dict[str, Any]]] = {}
        self.exchanges: list[Exchange] = []
        self.traced: list[dict[str, Any]] = []
        self.traces_full = False
        self.said: list[EngineReport] = []

    @property
    def balances(self) -> dict[tuple[UUID, UUID], int]:
        """Micros by tenant and account."""
        return {key: account.balance for key, account in self.accounts.accounts.items()}

    async def apply(self, shard: int, seq: int) -> dict[str, Any]:
        if not self.available:
            raise EngineUnavailable("down")
        await self.catch_up(shard)
        return self._outcomes[shard, seq]

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        if not self.available:
            raise EngineUnavailable("down")
        known = self.accounts.accounts.get((tenant, account))
        return None if known is None else known.live()

    async def reload_peers(self) -> None:
        if not self.available:
            raise EngineUnavailable("down")
        self.peer_reloads += 1

    async def peer_connections(self) -> list[dict[str, Any]]:
        if not self.available:
            raise EngineUnavailable("down")
        return self.connected

    async def reports(self) -> list[EngineReport]:
        return self.said

    async def sessions(
        self,
        tenant: UUID,  # noqa: ARG002 -- named by the protocol
        account: UUID,  # noqa: ARG002
        line: UUID,
    ) -> list[dict[str, Any]] | None:
        if not self.available:
            raise EngineUnavailable("down")
        return self.open_sessions.get(line, [])

    async def trace(
        self,
        subject: dict[str, Any],
        seconds: int,  # noqa: ARG002
    ) -> AsyncGenerator[Exchange, None]:
        if not self.available:
            raise EngineUnavailable("down")
        if self.traces_full:
            raise TooManyTraces("too many traces run already")
        self.traced.append(subject)
        yield Exchange()
        for exchange in self.exchanges:
            yield exchange

    async def catch_up(self, shard: int) -> None:
        """Apply what the table has beyond what was applied, strictly in order."""
        async with self._one_writer, self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT seq, command FROM engine_command WHERE shard = %s AND seq > %s"
                " ORDER BY seq",
                (shard, self._last.get(shard, 0)),
            )
            for seq, command in await cursor.fetchall():
                assert seq == self._last.get(shard, 0) + 1, "a gap in the commands"
                self._last[shard] = seq
                self._outcomes[shard, seq] = await self._apply(connection, command)

    async def materialise(self) -> None:
        """Write outcomes into the table, as the materialiser does."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("SELECT DISTINCT shard FROM engine_command")
            for (shard,) in await cursor.fetchall():
                await self.catch_up(shard)
            for (shard, seq), outcome in self._outcomes.items():
                await connection.execute(
                    "UPDATE engine_command SET outcome = %s, applied_at = now()"
                    " WHERE shard = %s AND seq = %s",
                    (Jsonb(outcome), shard, seq),
                )

    async def _apply(
        self, connection: AsyncConnection[Any], command: dict[str, Any]
    ) -> dict[str, Any]:
        kind = command["type"]
        if kind in self.refuse:
            return {"error": self.refuse[kind], "message": "refused by the test"}
        try:
            if kind == "activate_catalog":
                outcome = await self._activate(connection, command)
            elif kind == "withdraw_catalog":
                outcome = {"ok": True}
            else:
                outcome = self.accounts.apply(command)
        except RefusedError as error:
            return {"error": error.args[0], "message": "refused by the engine"}
        self.applied.append(command)
        return outcome

    async def _activate(
        self, connection: AsyncConnection[Any], command: dict[str, Any]
    ) -> dict[str, Any]:
        cursor = await connection.execute(
            "SELECT document FROM catalog_version WHERE id = %s", (command["version"],)
        )
        row = await cursor.fetchone()
        if row is None:
            raise RefusedError("catalog_unknown")
        if "at" not in command:
            self.accounts.documents[UUID(command["tenant"])] = row[0]
        return {"ok": True}
