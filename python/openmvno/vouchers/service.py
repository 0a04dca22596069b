"""Making vouchers, and changing ranges of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from openmvno import audit, ledger
from openmvno.actor import Actor
from openmvno.catalog import offer_on_sale
from openmvno.identifiers import new_id
from openmvno.ledger import LedgerAccount, Leg
from openmvno.money import format_amount
from openmvno.vouchers import store
from openmvno.vouchers.errors import VoucherRangeInvalid, VoucherTermsInvalid
from openmvno.vouchers.model import Batch, Lifetime, RangeChange, Terms, shown_serial
from openmvno.vouchers.pins import PinKey, new_pins, pin_list
from openmvno.vouchers.rules import Wish, balance_terms, terms_of

LARGEST_BATCH: Final = 10_000_000

TRIES: Final = 3
"""A new PIN that another card has already makes the whole batch draw anew."""

_FROM: Final[dict[str, tuple[str, ...]]] = {
    "active": ("generated", "blocked"),
    "blocked": ("generated", "active"),
}

Tell = Callable[[str], None]


async def terms_on_sale(connection: AsyncConnection[Any], tenant_id: UUID, wish: Wish) -> Terms:
    """The terms that ``wish`` means by the catalogue in force.

    Raises:
        VoucherTermsInvalid, CatalogNotPublished, and what the money and the names are refused with.
    """
    if wish.bucket is None and wish.product is None:
        return balance_terms(wish)
    return terms_of(wish, await offer_on_sale(connection, tenant_id))


async def generate(
    connection: AsyncConnection[Any],
    actor: Actor,
    key: PinKey,
    *,
    name: str,
    count: int,
    terms: Terms,
    expires_at: datetime,
    tell: Tell = lambda _: None,
) -> tuple[Batch, str]:
    """Make a batch of vouchers, none of which can be used before it is activated.

    Returns the batch and the list for the printer (CSV): the only time that the PINs are there.
    ``tell``: called with what is being done, as it takes long.

    Raises:
        VoucherTermsInvalid.
    """
    if not 1 <= count <= LARGEST_BATCH:
        raise VoucherTermsInvalid(
            f"A batch of {count} is too small or too large.",
            field="count",
            accepted=f"1 to {LARGEST_BATCH} vouchers",
        )
    if expires_at <= datetime.now(UTC):
        raise VoucherTermsInvalid(
            f"{expires_at.isoformat()} is past.",
            field="expires_at",
            accepted="a time in the future",
        )
    first = await store.next_serials(connection, actor.tenant_id, count)
    batch = _batch(name, terms, first, count, expires_at)
    await store.insert_batch(connection, actor.tenant_id, batch)
    pins = await _load(connection, actor.tenant_id, key, batch, tell)
    await audit.record(
        connection,
        actor,
        "voucher_batch.generated",
        "voucher_batch",
        batch.batch_id,
        after=_audited(batch),
    )
    return batch, pin_list(first, pins)


def _batch(name: str, terms: Terms, first: int, count: int, expires_at: datetime) -> Batch:
    return Batch(
        batch_id=new_id(),
        name=name,
        first_serial=first,
        last_serial=first + count - 1,
        kind=terms.kind,
        face_micros=terms.face_micros,
        currency=terms.currency,
        bucket=terms.bucket,
        unit=terms.unit,
        amount=terms.amount,
        days=terms.days,
        product=terms.product,
        expires_at=expires_at,
        created_at=datetime.now(UTC),
    )


async def _load(
    connection: AsyncConnection[Any], tenant_id: UUID, key: PinKey, batch: Batch, tell: Tell
) -> list[str]:
    for attempt in range(1, TRIES + 1):
        tell(f"drawing {batch.count} PINs")
        pins = await asyncio.to_thread(new_pins, batch.count)
        tell("writing the vouchers")
        try:
            async with connection.transaction():
                await store.copy_vouchers(
                    connection, tenant_id, batch, (key.mac(pin) for pin in pins)
                )
        except UniqueViolation:
            if attempt == TRIES:
                raise
        else:
            return pins
    raise AssertionError("the last try returns or raises")


def _audited(batch: Batch) -> dict[str, Any]:
    return {
        "name": batch.name,
        "serials": f"{shown_serial(batch.first_serial)}-{shown_serial(batch.last_serial)}",
        "kind": batch.kind,
        "value": format_amount(batch.face_micros, batch.currency),
        "currency": batch.currency,
        "bucket": batch.bucket,
        "product": batch.product,
        "expires_at": batch.expires_at.isoformat(),
    }


async def change_range(
    connection: AsyncConnection[Any], actor: Actor, first: int, last: int, state: str
) -> RangeChange:
    """Activate or block (``state``: active, blocked) the vouchers of a range of serial numbers.

    Activating sells them: whoever sells them on owes their value until they are blocked again.
    Redeemed and expired ones stay as they are.

    Raises:
        VoucherRangeInvalid.
    """
    known = await store.last_serial(connection, actor.tenant_id)
    if not 1 <= first <= last <= known:
        raise VoucherRangeInvalid(
            "The range is out of order, or goes beyond the vouchers there are.",
            field="first_serial",
            accepted=f"serial numbers from {shown_serial(1)} to {shown_serial(known)}"
            if known
            else "none before a batch was made",
        )
    change_id = new_id()
    moved = 0
    for before in _FROM[state]:
        parts = await store.move(connection, actor.tenant_id, first, last, [before], state)
        moved += sum(count for _, _, count in parts)
        # Blocking a card that nobody has sold yet moves no money.
        if "active" in (before, state):
            cause, sign = ("voucher_sold", 1) if state == "active" else ("voucher_blocked", -1)
            await _post_sales(connection, actor.tenant_id, cause, change_id, parts, sign)
    await audit.record(
        connection,
        actor,
        f"vouchers.{'activated' if state == 'active' else 'blocked'}",
        "voucher_range",
        f"{shown_serial(first)}-{shown_serial(last)}",
        after={"state": state, "changed": moved, "change": str(change_id)},
    )
    return RangeChange(first, last, state, moved)


async def _post_sales(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    cause: str,
    change_id: UUID,
    parts: Sequence[tuple[str, int, int]],
    sign: int,
    against: LedgerAccount = LedgerAccount.VOUCHER_SALES,
) -> None:
    for currency, face, count in parts:
        amount = sign * face * count
        legs = [Leg(against, amount), Leg(LedgerAccount.VOUCHERS, -amount)]
        await ledger.post(connection, tenant_id, cause, change_id, currency, legs)


async def expire(connection: AsyncConnection[Any]) -> int:
    """Write off what is left of batches past their last day; returns how many vouchers that were.

    What active ones are owed nobody can claim any more: it is *breakage*.
    """
    written_off = 0
    for tenant_id, batch_id, first, last in await store.batches_past(connection):
        for before in ("generated", "blocked", "active"):
            parts = await store.move(connection, tenant_id, first, last, [before], "expired")
            written_off += sum(count for _, _, count in parts)
            if before == "active":
                await _post_sales(
                    connection,
                    tenant_id,
                    "voucher_expired",
                    batch_id,
                    parts,
                    -1,
                    LedgerAccount.BREAKAGE,
                )
        await store.set_expired(connection, tenant_id, batch_id)
    return written_off


async def set_lifetimes(
    connection: AsyncConnection[Any], actor: Actor, lifetimes: Sequence[Lifetime]
) -> None:
    """Replace the table of lifetimes. It holds for redemptions from now on."""
    before = await store.list_lifetimes(connection, actor.tenant_id)
    await store.replace_lifetimes(connection, actor.tenant_id, lifetimes)
    await audit.record(
        connection,
        actor,
        "voucher_lifetimes.set",
        "voucher_lifetimes",
        actor.tenant_id,
        before={"rows": [_lifetime_row(each) for each in before]},
        after={"rows": [_lifetime_row(each) for each in lifetimes]},
    )


def _lifetime_row(lifetime: Lifetime) -> dict[str, Any]:
    return {
        "currency": lifetime.currency,
        "from": format_amount(lifetime.from_micros, lifetime.currency),
        "days": lifetime.days,
    }
