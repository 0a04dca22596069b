"""The real core without processes around it: commands and requests in, journal rows out."""

from __future__ import annotations

import itertools
import json
import time
from types import TracebackType
from typing import Any, Self

import psycopg
from tests.support.operator import Operator

from openmvno import _core
from openmvno.charging.snapshots import UPSERT

OWNER = 4711


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


def new_core(shards: int) -> _core.Engine:
    """An engine that knows nothing yet."""
    names = {"origin_host": "ocs.test", "origin_realm": "test"}
    return _core.Engine(json.dumps({"shards": shards, "owner": OWNER, **names}))


class LocalEngine:
    """``with LocalEngine(conninfo, shards) as engine:`` a new engine that owns the journal."""

    def __init__(self, conninfo: str, shards: int) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True)
        self._shards = shards
        self._tokens = itertools.count(1)
        self.outcomes: dict[int, Any] = {}
        self.core = new_core(shards)

    def __enter__(self) -> Self:
        execute = self.connection.execute
        execute("INSERT INTO installation (shards) VALUES (%s)", (self._shards,))
        for table in ("command_sequence", "materialiser_watermark"):
            execute(f"INSERT INTO {table} (shard) SELECT generate_series(0, {self._shards - 1})")
        self.core.begin(list(range(self._shards)), now_ms())
        self.commit()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.connection.close()

    def apply_commands(
        self, operator: Operator, lines: int = 6, low_balance: int | None = None
    ) -> None:
        """Sign up an operator's lines, to be warned below ``low_balance``."""
        operator.create(lines, low_balance=low_balance)
        rows = self.connection.execute(
            "SELECT shard, seq, command_id, command::text FROM engine_command ORDER BY 1, 2"
        ).fetchall()
        documents = self.connection.execute(
            "SELECT tenant_id, id, document::text FROM catalog_version"
        ).fetchall()
        for tenant, version, document in documents:
            self.core.load_catalog(tenant.bytes, version, document.encode())
        for shard, seq, command_id, text in rows:
            token = next(self._tokens)
            self.core.command(token, shard, seq, command_id.bytes, text.encode(), now_ms())
        self.commit()
        assert all("ok" in outcome for outcome in self.outcomes.values()), self.outcomes

    def submit(self, request: dict[str, Any]) -> int:
        """Hand a request in; its outcome comes with the next commit under the token returned."""
        token = next(self._tokens)
        outcomes = self.core.submit(token, [json.dumps(request).encode()], now_ms())
        if outcomes is not None:
            self.outcomes[token] = json.loads(outcomes[0])
        return token

    def commit(self, snapshot_slices: int = 0) -> None:
        """Write the pending batch, and snapshot slices cut at it."""
        batch = self.core.take_batch(now_ms())
        if batch is None:
            return
        pgconn = self.connection.pgconn
        result = pgconn.exec_params(
            b"INSERT INTO journal (shard, seq, owner, payload) SELECT s, q, $1, p"
            b" FROM unnest($2::int4[], $3::int8[], $4::bytea[]) AS t(s, q, p)",
            [OWNER.to_bytes(8, "big"), batch.shards, batch.seqs, batch.payloads],
            [20, 1007, 1016, 1001],
            [1, 1, 1, 1],
        )
        assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, result.error_message
        self.write_slices(self.core.snapshot_due(snapshot_slices))
        released = self.core.release(batch.number, now_ms())
        for token, outcome in released.outcomes:
            self.outcomes[token] = json.loads(outcome)
        for token, (outcome,) in released.bundles:
            self.outcomes[token] = json.loads(outcome)

    def write_slices(self, slices: list[tuple[int, int, int, bytes]]) -> None:
        """Write snapshot slices."""
        with self.connection.cursor() as cursor:
            cursor.executemany(UPSERT, slices)

    def balances(self, operator: Operator) -> list[int]:
        """The balance of every account, in the order they were opened."""
        return balances_of(self.core, operator)


def balances_of(core: _core.Engine, operator: Operator) -> list[int]:
    """The balance of every account of an operator in an engine."""
    found = []
    for account in operator.accounts:
        text = core.balance(operator.tenant.bytes, account.bytes)
        assert text is not None
        found.append(json.loads(text)["balance"])
    return found
