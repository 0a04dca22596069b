"""What a document would change before it is put in force: products, lines, revenue, bills.

The usage of a period is rated anew under the version that the document takes over from and under
the document. Both are
rehearsed, so that what differs is the documents and not, say, balances that ran out.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import charging
from openmvno.catalog import lines as subscribed
from openmvno.catalog import store
from openmvno.catalog.affected import changed_products
from openmvno.catalog.bills import Band, Bill, Ledger, Outcome, Sums, distribution
from openmvno.catalog.diff import Change, differences
from openmvno.catalog.errors import PlanPeriodInvalid
from openmvno.catalog.model import Document, Subscription
from openmvno.catalog.pricing import NOT_SOLD, Rated, Rehearsal
from openmvno.charging import Period, Usage

Progress = Callable[[int, int], None]
"""Told how many records are rated, and of how many."""


@dataclass(frozen=True, slots=True)
class AffectedProduct:
    """A product, what the document does to it, and how many lines that are not closed have it."""

    code: str
    change: str
    live_lines: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a document would change. ``against``: the number of the version it takes over
    from, if any."""

    currency: str
    period: Period
    against: int | None
    changes: list[Change]
    products: list[AffectedProduct]
    total: Sums
    services: dict[str, Sums]
    outcomes: list[Outcome]
    bills: list[Bill]
    bands: list[Band]


@dataclass(frozen=True, slots=True)
class _Rehearsals:
    """Both documents over the same lines; None where no version is in force."""

    before: Rehearsal | None
    after: Rehearsal

    def rate(self, batch: list[Usage]) -> tuple[Rated, Rated]:
        after = self.after.rate(batch)
        if self.before is None:
            return (array("q", bytes(8 * len(batch))), bytes([NOT_SOLD]) * len(batch)), after
        return self.before.rate(batch), after


async def make_plan(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    document: Document,
    period: Period,
    *,
    effective_at: datetime | None = None,
    buckets: bool = True,
    progress: Progress = lambda _done, _total: None,
) -> Plan:
    """Plan a document. ``connection`` has not been used in its transaction yet: all of the plan
    is about one state of the database.

    ``effective_at``: when the document is to come into force, None for now.
    ``buckets``: allowances and wallets pay too, granted new at the beginning of the period.

    Raises:
        PlanPeriodInvalid.
    """
    if period.since >= period.until:
        raise PlanPeriodInvalid("The period ends before it begins, or as it does.", field="until")
    await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if effective_at is None:
        version = await store.version_in_force(connection, tenant_id)
    else:
        version = await store.version_before(connection, tenant_id, effective_at)
    old = None if version is None else await store.document_of(connection, tenant_id, version.id)
    live = await subscribed.live_lines_by_product(connection, tenant_id)
    counts = await charging.usage_counts(connection, tenant_id, period)
    lines = await subscribed.subscriptions(
        connection, tenant_id, [UUID(bytes=line) for line in counts]
    )
    text = None if version is None else await store.text_of(connection, tenant_id, version.id)
    rehearsals = await asyncio.to_thread(_rehearse, text, old, document, lines, buckets)
    ledger = await _rate_all(
        connection, tenant_id, period, rehearsals, sum(counts.values()), progress
    )
    bills = ledger.bills(lines)
    return Plan(
        document.currency,
        period,
        None if version is None else version.number,
        differences(old, document.value),
        _affected(changed_products(old, document.value), live),
        ledger.total(),
        ledger.services(),
        ledger.outcomes(),
        bills,
        distribution(bills),
    )


def _rehearse(
    text: bytes | None,
    old: dict[str, Any] | None,
    document: Document,
    lines: Mapping[UUID, Subscription],
    buckets: bool,
) -> _Rehearsals:
    before = None
    if text is not None and old is not None:
        before = Rehearsal(text, old, lines, buckets=buckets)
    return _Rehearsals(before, Rehearsal(document.text, document.value, lines, buckets=buckets))


async def _rate_all(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    period: Period,
    rehearsals: _Rehearsals,
    total: int,
    progress: Progress,
) -> Ledger:
    ledger = Ledger()
    done = 0
    progress(done, total)
    async for batch in charging.read_usage(connection, tenant_id, period):
        before, after = await asyncio.to_thread(rehearsals.rate, batch)
        ledger.add(batch, before, after)
        done += len(batch)
        progress(done, total)
    return ledger


def _affected(changes: dict[str, str], live: dict[str, int]) -> list[AffectedProduct]:
    """Products the document changes, and those that only lines still have."""
    gone = {code: "removed" for code in live if code not in changes}
    products = [
        AffectedProduct(code, change, live.get(code, 0))
        for code, change in {**changes, **gone}.items()
    ]
    return sorted(products, key=lambda product: (-product.live_lines, product.code))
