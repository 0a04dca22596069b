"""Our books of a payment provider against its own records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.database.rows import fetch_all
from openmvno.payments.model import Provider
from openmvno.payments.provider_settings import opened
from openmvno.payments.providers import KINDS, ProviderDeclined, ProviderUnavailable
from openmvno.provisioning import Sealer

BACK: Final = timedelta(days=2)
"""How far back a comparison looks: each movement is compared on two days."""

ON_ITS_WAY: Final = timedelta(minutes=10)
"""What the provider has done so recently may still be on its way to us."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What the provider and we say differently; ``is_known`` false: it did not answer."""

    tenant_id: UUID
    what: str
    detail: str
    is_known: bool = True


async def differences(
    connection: AsyncConnection[Any], sealer: Callable[[], Sealer]
) -> list[Difference]:
    """Compare what every provider took and gave back in the last days with the movements here."""
    cursor = await connection.execute("SELECT tenant_id, name FROM payment_provider WHERE enabled")
    found: list[Difference] = []
    for tenant_id, name in await cursor.fetchall():
        [provider] = await fetch_all(
            connection,
            Provider,
            "SELECT name, kind, api_url, sealed_api_key, sealed_webhook_secret, enabled, version"
            " FROM payment_provider WHERE tenant_id = %s AND name = %s",
            (tenant_id, name),
        )
        if provider.kind in KINDS:
            found += await _compared(connection, sealer(), tenant_id, provider)
    return found


async def _compared(
    connection: AsyncConnection[Any], sealer: Sealer, tenant_id: UUID, provider: Provider
) -> list[Difference]:
    now = datetime.now(UTC)
    begin, end = now - BACK, now - ON_ITS_WAY
    try:
        # An hour more, since their clock and ours note different moments of one movement.
        records = await opened(sealer, tenant_id, provider).records(begin - timedelta(hours=1))
    except (ProviderDeclined, ProviderUnavailable) as error:
        return [Difference(tenant_id, f"provider {provider.name}", error.detail, is_known=False)]
    ours = await _ours(connection, tenant_id, provider.name, [record.ref for record in records])
    found = []
    for record in records:
        here = ours.get((record.kind, record.ref))
        if here != record.micros and (here is not None or record.at < end):
            detail = f"is {record.micros} micros with {provider.name} and {here or 0} here"
            found.append(Difference(tenant_id, f"{record.kind} {record.ref}", detail))
    known = {(record.kind, record.ref) for record in records}
    for place, micros in (await _recent(connection, tenant_id, provider.name, begin, end)).items():
        if place not in known:
            detail = f"is {micros} micros here and unknown to {provider.name}"
            found.append(Difference(tenant_id, " ".join(place), detail))
    return found


Movements = dict[tuple[str, str], int]
"""Micros by kind and the provider's name."""


async def _ours(
    connection: AsyncConnection[Any], tenant_id: UUID, provider: str, refs: list[str]
) -> Movements:
    return await _movements(connection, tenant_id, provider, refs=refs)


async def _recent(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    provider: str,
    begin: datetime,
    end: datetime,
) -> Movements:
    return await _movements(connection, tenant_id, provider, begin=begin, end=end)


async def _movements(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    provider: str,
    *,
    refs: list[str] | None = None,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Movements:
    cursor = await connection.execute(
        "SELECT kind, movement.provider_ref, movement.amount_micros"
        " FROM payment_movement AS movement JOIN payment USING (tenant_id, payment_id)"
        " WHERE movement.tenant_id = %(tenant)s AND provider = %(provider)s"
        " AND kind IN ('receipt', 'payout')"
        " AND (%(refs)s::text[] IS NULL OR movement.provider_ref = ANY(%(refs)s))"
        " AND (%(begin)s::timestamptz IS NULL OR movement.created_at >= %(begin)s)"
        " AND (%(end)s::timestamptz IS NULL OR movement.created_at < %(end)s)",
        {"tenant": tenant_id, "provider": provider, "refs": refs, "begin": begin, "end": end},
    )
    return {(kind, ref): micros for kind, ref, micros in await cursor.fetchall()}
