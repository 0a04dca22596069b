"""Using a voucher: its PIN becomes money, content or an add-on, once.

The voucher's row is locked, so of many who type the same PIN in one wins; the others find it used.
Its new state is written with the engine command it becomes: a refused command, and the voucher is
as good as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import addons, audit, ledger, payments, wallets
from openmvno.actor import Actor
from openmvno.charging import CommandPlace
from openmvno.customers import Account
from openmvno.ledger import LedgerAccount, Leg
from openmvno.money import format_amount
from openmvno.subscribers import Line
from openmvno.vouchers import attempts, store
from openmvno.vouchers.attempts import Guess
from openmvno.vouchers.errors import (
    UNUSABLE,
    VoucherCurrency,
    VoucherExpired,
    VoucherLocked,
    VoucherNeedsLine,
    VoucherPinWrong,
)
from openmvno.vouchers.model import Batch, Redemption, shown_serial
from openmvno.vouchers.pins import PinKey, typed_pin


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a voucher is for. The account is locked, and the line where there is one."""

    account: Account
    line: Line | None = None


async def redeem(
    connection: AsyncConnection[Any],
    actor: Actor,
    key: PinKey,
    recipient: Recipient,
    pin: str,
    origin: str,
) -> tuple[Redemption, CommandPlace] | VoucherPinWrong | VoucherLocked:
    """Use the voucher with this PIN for a recipient.

    A wrong PIN is returned, not raised: it is counted, so the caller has to commit.

    Raises:
        VoucherLocked, VoucherNotActive, VoucherRedeemed, VoucherBlocked, VoucherExpired,
        VoucherCurrency, VoucherNeedsLine, and what topping up a wallet and giving an add-on raise.
    """
    guess = Guess(recipient.account.account_id, origin)
    await attempts.check(connection, actor.tenant_id, guess)
    voucher = await store.voucher_by_mac(connection, actor.tenant_id, key.mac(typed_pin(pin)))
    if voucher is None:
        return await attempts.count_wrong(connection, actor, guess)
    unusable = UNUSABLE.get(voucher.state)
    if unusable is not None:
        raise unusable(
            f"The voucher {shown_serial(voucher.serial)} is {voucher.state}.", field="pin"
        )
    batch = await store.batch_by_id(connection, actor.tenant_id, voucher.batch_id)
    assert batch is not None
    _check_fits(batch, voucher.serial, recipient)
    redemption_id, place = await _convert(connection, actor, batch, voucher.serial, recipient)
    redemption = await _redemption(
        connection, actor.tenant_id, batch, voucher.serial, recipient, redemption_id, origin
    )
    await store.redeem(connection, actor.tenant_id, redemption, place)
    await attempts.forgive(connection, actor.tenant_id, recipient.account.account_id)
    await _record(connection, actor, redemption)
    return redemption, place


def _check_fits(batch: Batch, serial: int, recipient: Recipient) -> None:
    if batch.expires_at <= datetime.now(UTC):
        raise VoucherExpired(
            f"The voucher {shown_serial(serial)} was good until {batch.expires_at.isoformat()}.",
            field="pin",
        )
    if batch.currency != recipient.account.currency:
        raise VoucherCurrency(
            f"It is in {batch.currency}, the account in {recipient.account.currency}.",
            field="pin",
            accepted=f"a voucher in {recipient.account.currency}",
        )
    if batch.kind != "balance" and recipient.line is None:
        raise VoucherNeedsLine(field="line_id")


async def _convert(
    connection: AsyncConnection[Any],
    actor: Actor,
    batch: Batch,
    serial: int,
    recipient: Recipient,
) -> tuple[UUID, CommandPlace]:
    """Write the command, and the legs that say where its money came from: what was owed for the
    voucher. Returns the id of what it became."""
    account, line = recipient.account, recipient.line
    reference = f"voucher {shown_serial(serial)}"
    face = batch.face_micros
    if batch.kind == "balance":
        top_up, place = await payments.top_up_account(connection, actor, account, face, reference)
        cause_id, credited = top_up.top_up_id, {LedgerAccount.CASH: face}
    elif batch.kind == "wallet":
        assert line is not None
        wish = _wallet_wish(batch, reference)
        filled, place = await wallets.top_up_line(connection, actor, account, line, wish)
        cause_id = filled.wallet_top_up_id
        # The engine takes in cash what a wallet of money gets; units have no price.
        credited = {LedgerAccount.REVENUE: face}
        if wish.pay == "cash":
            cash = filled.price_micros
            credited = {LedgerAccount.CASH: cash, LedgerAccount.BONUS: face - cash}
    else:
        assert line is not None
        assert batch.product is not None
        # What was paid for the voucher pays for it: nothing more is taken from anybody.
        addon, place = await addons.add(connection, actor, line, batch.product, pay="none")
        cause_id, credited = addon.instance_id, {LedgerAccount.REVENUE: face}
    legs = [Leg(LedgerAccount.VOUCHERS, face, account.account_id)]
    legs += [Leg(name, -amount, account.account_id) for name, amount in credited.items()]
    await ledger.post(
        connection, actor.tenant_id, "voucher_redeemed", cause_id, batch.currency, legs, place
    )
    return cause_id, place


def _wallet_wish(batch: Batch, reference: str) -> wallets.TopUpWish:
    assert batch.bucket is not None
    assert batch.amount is not None
    return wallets.TopUpWish(
        bucket=batch.bucket,
        option=None,
        amount=wallets.format_units(batch.amount, batch.unit, batch.currency),
        days=batch.days,
        pay="cash" if batch.unit == "money" else "none",
        reference=reference,
    )


async def _redemption(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    batch: Batch,
    serial: int,
    recipient: Recipient,
    redemption_id: UUID,
    origin: str,
) -> Redemption:
    lifetime = await store.lifetime_of(connection, tenant_id, batch.currency, batch.face_micros)
    return Redemption(
        redemption_id=redemption_id,
        serial=serial,
        batch_id=batch.batch_id,
        account_id=recipient.account.account_id,
        line_id=None if recipient.line is None else recipient.line.line_id,
        kind=batch.kind,
        face_micros=batch.face_micros,
        currency=batch.currency,
        bucket=batch.bucket,
        unit=batch.unit,
        amount=batch.amount,
        days=batch.days,
        product=batch.product,
        lifetime_days=lifetime,
        origin=origin,
        created_at=datetime.now(UTC),
    )


async def _record(connection: AsyncConnection[Any], actor: Actor, redemption: Redemption) -> None:
    await audit.record(
        connection,
        actor,
        "voucher.redeemed",
        "account",
        redemption.account_id,
        after={
            "serial": shown_serial(redemption.serial),
            "redemption": str(redemption.redemption_id),
            "line": None if redemption.line_id is None else str(redemption.line_id),
            "value": format_amount(redemption.face_micros, redemption.currency),
            "currency": redemption.currency,
            "lifetime_days": redemption.lifetime_days,
            "origin": redemption.origin,
        },
    )
