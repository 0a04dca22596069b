"""The real core behind the API's tests: takes the commands of the table, charges, writes CDRs."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import psycopg
from tests.support.local_engine import LocalEngine, now_ms

from openmvno.charging import EngineReport
from openmvno.work.materialiser import Materialiser


class CoreEngine(LocalEngine):
    """Implements EngineClient on the core, in one process with its caller."""

    def __init__(self, conninfo: str, shards: int) -> None:
        super().__init__(conninfo, shards)
        self._conninfo = conninfo
        self._last: dict[int, int] = {}
        self._tokens_of: dict[tuple[int, int], int] = {}

    def start(self) -> None:
        """Own the journal of an installation that is there."""
        self.core.begin(list(range(self._shards)), now_ms())
        self.commit()

    async def apply(self, shard: int, seq: int) -> dict[str, Any]:
        """Apply what the table has up to a command; its outcome."""
        rows = self.connection.execute(
            "SELECT seq, command_id, command FROM engine_command WHERE shard = %s AND seq > %s"
            " AND seq <= %s ORDER BY seq",
            (shard, self._last.get(shard, 0), seq),
        ).fetchall()
        for number, command_id, command in rows:
            if command["type"] == "activate_catalog":
                self._load(UUID(command["tenant"]), command["version"])
            token = next(self._tokens)
            text = json.dumps(command).encode()
            self.core.command(token, shard, number, command_id.bytes, text, now_ms())
            self._last[shard] = number
            self._tokens_of[shard, number] = token
        self.commit()
        outcome: dict[str, Any] = self.outcomes[self._tokens_of[shard, seq]]
        return outcome

    async def reports(self) -> list[EngineReport]:
        """What the core says of itself."""
        figures = json.loads(self.core.statistics())
        figures |= {"shards": self._shards, "owner": 1, "origin_host": "ocs.test"}
        return [EngineReport("127.0.0.1:1", figures)]

    def _load(self, tenant: UUID, version: int) -> None:
        row = self.connection.execute(
            "SELECT document::text FROM catalog_version WHERE id = %s", (version,)
        ).fetchone()
        assert row is not None
        self.core.load_catalog(tenant.bytes, version, row[0].encode())

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """The live account."""
        text = self.core.balance(tenant.bytes, account.bytes)
        return None if text is None else json.loads(text)

    def charge(self, request: dict[str, Any]) -> dict[str, Any]:
        """A charging request, durable."""
        token = self.submit(request)
        self.commit()
        outcome: dict[str, Any] = self.outcomes[token]
        return outcome

    async def materialise(self) -> None:
        """Write CDRs, postings and balances of what was charged."""
        materialiser = Materialiser(self._conninfo)
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True
        ) as connection:
            await materialiser.prepare(connection)
            while await materialiser.step(connection):
                pass
            await materialiser.balances.refresh(connection)
            await materialiser.count_notes(connection)
