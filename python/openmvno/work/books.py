"""Do the books balance? Asked once a day, and by ``openmvno doctor``.

All questions are asked of one snapshot. The engine's postings and the outcomes of its commands are
written in one transaction, so nothing is ever half there. Balances are refreshed apart, and a
charge of an open session is on the balance before its CDR has postings: what differs for one of
these reasons is asked for again, or explained by the engine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from openmvno import ledger, payer_changes, payments, statistics, transfers, vouchers
from openmvno.charging import EngineUnavailable
from openmvno.database import repeat
from openmvno.provisioning import Sealer

log = logging.getLogger(__name__)

PERIOD: Final = timedelta(days=1)
LOOK_SECONDS: Final = 300

CHECKS: Final = (
    *ledger.CHECKS,
    *payments.CHECKS,
    *vouchers.CHECKS,
    *transfers.CHECKS,
    *payer_changes.CHECKS,
    *statistics.CHECKS,
)

BALANCES: Final = "each balance is what its postings say"

PROVIDERS: Final = "payment providers say what our books say"

TRIES: Final = 4
PAUSE_SECONDS: Final = 2.5
"""Balances follow the postings every few seconds."""

EXPLAINED_LIMIT: Final = 10_000
"""Accounts with open sessions that the engine is asked about; beyond, the rest is not explained."""

_DIFFERING: Final = """
WITH posted AS (
    SELECT tenant_id, account_id, -sum(amount_micros)::bigint AS micros FROM posting
    JOIN materialiser_watermark AS mark
        ON mark.shard = posting.shard AND posting.journal_seq <= mark.balances_seq
    WHERE ledger_account = 'balance' AND (%(accounts)s::uuid[] IS NULL
        OR account_id = ANY(%(accounts)s)) GROUP BY 1, 2
)
SELECT tenant_id, account_id, coalesce(balance_micros, 0), coalesce(micros, 0)
FROM account_balance FULL JOIN posted USING (tenant_id, account_id)
WHERE coalesce(balance_micros, 0) <> coalesce(micros, 0)
    AND (%(accounts)s::uuid[] IS NULL OR account_id = ANY(%(accounts)s))
ORDER BY tenant_id, account_id
"""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that does not balance. ``what`` names it by its id."""

    tenant_id: UUID
    check: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what} {self.detail} ({self.check}; tenant {self.tenant_id})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``in_session``: accounts whose balance is ahead of its postings by charges of sessions that
    are open. ``not_compared``: providers that did not answer."""

    checked_at: datetime
    legs: int
    accounts: int
    in_session: int
    not_compared: Sequence[str]
    mismatches: Sequence[Mismatch]


async def examine(conninfo: str, engine: Live, sealer: Callable[[], Sealer]) -> Verdict:
    """Check the books of all tenants; nothing is changed."""
    async with await psycopg.AsyncConnection.connect(
        conninfo, application_name="openmvno books"
    ) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        async with connection.transaction():
            found = [
                Mismatch(tenant_id, check.name, what, detail)
                for check in CHECKS
                for tenant_id, what, detail in await _rows(connection, check.query)
            ]
            [(legs, accounts)] = await _rows(
                connection,
                "SELECT (SELECT count(*) FROM posting) + (SELECT count(*) FROM ledger_entry),"
                " (SELECT count(*) FROM account_balance)",
            )
        differing = await _differing(connection)
        unexplained, in_session = await _explained(engine, differing)
        async with connection.transaction():
            compared = await payments.differences(connection, sealer)
    found += unexplained
    found += [
        Mismatch(each.tenant_id, PROVIDERS, each.what, each.detail)
        for each in compared
        if each.is_known
    ]
    silent = [each.what for each in compared if not each.is_known]
    return Verdict(datetime.now(UTC), legs, accounts, in_session, silent, found)


async def _rows(connection: AsyncConnection[Any], query: Any) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()


class Live(Protocol):
    """What is asked of the engine."""

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        """As :meth:`openmvno.charging.EngineClient.balance`."""
        ...


Difference = tuple[UUID, UUID, int, int]
"""(tenant, account, micros of the balance, micros of the postings)."""


async def _differing(connection: AsyncConnection[Any]) -> list[Difference]:
    """The accounts that differ at every look, each in a snapshot of its own."""
    accounts: list[UUID] | None = None
    found: list[Difference] = []
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(PAUSE_SECONDS)
        async with connection.transaction():
            cursor = await connection.execute(_DIFFERING, {"accounts": accounts})
            found = await cursor.fetchall()
        accounts = [account for _, account, _, _ in found]
        if not found:
            break
    return found


async def _explained(engine: Live, differing: Sequence[Difference]) -> tuple[list[Mismatch], int]:
    """What open sessions do not explain, and how many accounts they do."""
    unexplained: list[Mismatch] = []
    in_session = 0
    for number, (tenant_id, account_id, balance, posted) in enumerate(differing):
        sessions = None
        if balance < posted and number < EXPLAINED_LIMIT:
            sessions = await _open_sessions(engine, tenant_id, account_id)
        if sessions:
            in_session += 1
            continue
        detail = f"has a balance of {balance} micros, its postings make {posted}"
        if sessions is None and balance < posted:
            detail += "; the engine was not asked or did not answer"
        unexplained.append(Mismatch(tenant_id, BALANCES, f"account {account_id}", detail))
    return unexplained, in_session


async def _open_sessions(engine: Live, tenant_id: UUID, account_id: UUID) -> int | None:
    try:
        live = await engine.balance(tenant_id, account_id)
    except EngineUnavailable:
        return None
    return 0 if live is None else int(live["sessions"])


class DailyCheck:
    """Checks the books once a day and remembers what it found, for the metrics."""

    def __init__(self, conninfo: str, engine: Live, sealer: Sealer) -> None:
        self._conninfo = conninfo
        self._engine = engine
        self._sealer = sealer
        self.mismatches = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Check when it is due, until ``stop`` is set."""
        trouble = "the check of the books waits for PostgreSQL"
        await repeat(self.run_when_due, LOOK_SECONDS, stop, trouble)

    async def run_when_due(self) -> None:
        """Check the books, unless that was done within a day or the installation is as young."""
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, application_name="openmvno books"
        ) as connection:
            [(last, mismatches)] = await _rows(
                connection,
                "SELECT coalesce(max(checked_at), (SELECT created_at FROM installation)),"
                " coalesce(sum(mismatches) FILTER"
                "  (WHERE checked_at = (SELECT max(checked_at) FROM books_check)), 0)"
                " FROM books_check",
            )
            self.mismatches = int(mismatches)
            if last is None or datetime.now(UTC) - last < PERIOD:
                return
            verdict = await examine(self._conninfo, self._engine, lambda: self._sealer)
            await _note(connection, verdict)
        self.mismatches = len(verdict.mismatches)
        for mismatch in verdict.mismatches[:10]:
            log.error("the books do not balance: %s", mismatch)
        if not verdict.mismatches:
            log.info("the books balance", extra={"legs": verdict.legs})


async def _note(connection: AsyncConnection[Any], verdict: Verdict) -> None:
    """Keep the verdict, a row for each tenant."""
    wrong: dict[UUID, list[Mismatch]] = {}
    for mismatch in verdict.mismatches:
        wrong.setdefault(mismatch.tenant_id, []).append(mismatch)
    for (tenant_id,) in await _rows(connection, "SELECT tenant_id FROM tenant"):
        found = wrong.get(tenant_id, [])
        await connection.execute(
            "INSERT INTO books_check (tenant_id, checked_at, accounts, legs, mismatches,"
            " first_mismatch) VALUES (%s, %s, %s, %s, %s, %s)",
            (
                tenant_id,
                verdict.checked_at,
                verdict.accounts,
                verdict.legs,
                len(found),
                str(found[0]) if found else None,
            ),
        )
