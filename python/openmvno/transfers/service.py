"""Sending money: debited to the transit account, credited from it, or returned.

The two accounts may lie in different shards, so no command moves both. The first half takes amount
and fee off the sender, and is written with the transfer. Once the engine has done it the second
half is written, in the transaction that moves the transfer on: a process that dies between the two
leaves the money in transit, and whoever looks next carries it on, once. What the recipient cannot
get goes back to the sender whole, by the same way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, ledger
from openmvno.actor import Actor
from openmvno.charging import (
    CommandPlace,
    adjust_balance,
    insert_commands,
    outcome_at,
    step_row,
)
from openmvno.customers import Account
from openmvno.identifiers import new_id
from openmvno.ledger import LedgerAccount, Leg
from openmvno.money import format_amount
from openmvno.transfers import store
from openmvno.transfers.errors import (
    BalanceTooSmall,
    TransferLimit,
    TransferRecipientInvalid,
    TransfersNotOffered,
    TransferTermsInvalid,
)
from openmvno.transfers.model import Terms, Transfer


async def begin(
    connection: AsyncConnection[Any],
    actor: Actor,
    sender: Account,
    recipient: Account,
    micros: int,
    available: Callable[[], Awaitable[int]],
    reference: str,
    field: str,
) -> tuple[Transfer, CommandPlace]:
    """Write a transfer with its first half. The sender is locked; ``available`` asks the engine
    what the sender has. ``field``: which one of the request names the recipient.

    Raises:
        TransfersNotOffered, TransferRecipientInvalid, TransferLimit, BalanceTooSmall.
    """
    terms = await store.terms_of(connection, actor.tenant_id, sender.currency)
    if terms is None:
        raise TransfersNotOffered(f"There are no terms for {sender.currency}.", field=None)
    _check_recipient(sender, recipient, field)
    await _check_limits(connection, actor.tenant_id, sender, terms, micros)
    fee = terms.fee_of(micros)
    # In this order: what is debited between the two questions counts twice, never not at all.
    others = await store.being_debited(connection, actor.tenant_id, sender.account_id)
    if await available() - others - micros - fee < terms.remaining_micros:
        needed = format_amount(micros + fee + terms.remaining_micros, sender.currency)
        raise BalanceTooSmall(
            f"{needed} {sender.currency} are needed, with the fee and what has to remain.",
            field="amount",
        )
    transfer_id = new_id()
    command = adjust_balance(
        actor.tenant_id, sender.account_id, -(micros + fee), "adjustment", transfer_id
    )
    [place] = await insert_commands(connection, [command])
    transfer = Transfer(
        transfer_id=transfer_id,
        from_account_id=sender.account_id,
        to_account_id=recipient.account_id,
        currency=sender.currency,
        amount_micros=micros,
        fee_micros=fee,
        state="debiting",
        refusal=None,
        reference=reference,
        shard=place[0],
        command_seq=place[1],
        created_at=datetime.now(UTC),
    )
    await store.insert(connection, actor.tenant_id, transfer)
    # The fee is earned when the transfer arrives: until then all of it is in transit.
    await _post(
        connection,
        actor.tenant_id,
        transfer,
        "transfer_debit",
        transfer_id,
        Leg(LedgerAccount.ADJUSTMENT, micros + fee, sender.account_id),
        Leg(LedgerAccount.TRANSIT, -(micros + fee)),
        place=place,
    )
    await _record(connection, actor, transfer, "transfer.begun")
    return transfer, place


def _check_recipient(sender: Account, recipient: Account, field: str) -> None:
    if recipient.account_id == sender.account_id:
        raise TransferRecipientInvalid(
            "It is the sender's own account.", field=field, accepted="another account"
        )
    if recipient.currency != sender.currency:
        raise TransferRecipientInvalid(
            f"The recipient's account is in {recipient.currency}.",
            field=field,
            accepted=f"an account in {sender.currency}",
        )


async def _check_limits(
    connection: AsyncConnection[Any], tenant_id: UUID, sender: Account, terms: Terms, micros: int
) -> None:
    def shown(limit: int) -> str:
        return f"{format_amount(limit, terms.currency)} {terms.currency}"

    if micros < terms.least_micros:
        raise _beyond("least", "It is too little.", f"at least {shown(terms.least_micros)}")
    if micros > terms.most_micros:
        raise _beyond("most", "It is too much at a time.", f"at most {shown(terms.most_micros)}")
    sent, count = await store.sent_today(connection, tenant_id, sender.account_id)
    if terms.daily_micros and sent + micros > terms.daily_micros:
        left = shown(max(0, terms.daily_micros - sent))
        raise _beyond(
            "daily_amount", f"{shown(sent)} were sent today.", f"at most {left}, or another day"
        )
    if terms.daily_count and count >= terms.daily_count:
        raise _beyond(
            "daily_count",
            f"There were {count} transfers today.",
            f"{terms.daily_count} transfers a day, so the next one tomorrow",
        )


def _beyond(limit: str, rule: str, accepted: str) -> TransferLimit:
    return TransferLimit(rule, field="amount", accepted=accepted, extra={"limit": limit})


async def carry_on(
    connection: AsyncConnection[Any],
    actor: Actor,
    transfer_id: UUID,
    outcome: dict[str, Any] | None = None,
    waited_for: CommandPlace | None = None,
) -> CommandPlace | None:
    """Bring a transfer one step further, if the engine has answered; the next command, if any.

    ``outcome``: the answer to the command ``waited_for``, where the caller has it before the table.
    """
    transfer = await store.transfer_by_id(connection, actor.tenant_id, transfer_id, lock=True)
    assert transfer is not None
    if transfer.state not in ("debiting", "crediting", "returning"):
        return None
    if outcome is None or waited_for != (transfer.shard, transfer.command_seq):
        outcome = await outcome_at(connection, (transfer.shard, transfer.command_seq))
    if outcome is None:
        return None
    refusal = str(outcome["error"]) if "error" in outcome else None
    if transfer.state == "debiting":
        return await _after_debit(connection, actor, transfer, refusal)
    if transfer.state == "crediting":
        return await _after_credit(connection, actor, transfer, refusal)
    if refusal is not None:
        # Nobody can get it: it stays in transit, and the check of the books names it.
        return None
    await _end(connection, actor, transfer, "returned")
    return None


async def _after_debit(
    connection: AsyncConnection[Any], actor: Actor, transfer: Transfer, refusal: str | None
) -> CommandPlace | None:
    if refusal is not None:
        await _end(connection, actor, transfer, "refused", refusal)
        return None
    place = await _move_on(
        connection, actor, transfer, "crediting", transfer.to_account_id, transfer.amount_micros
    )
    fee = transfer.fee_micros
    if fee:
        # Counts with the credit: a transfer that comes back cost nothing.
        await _post(
            connection,
            actor.tenant_id,
            transfer,
            "transfer_fee",
            new_id(),
            Leg(LedgerAccount.TRANSIT, fee),
            Leg(LedgerAccount.TRANSFER_FEES, -fee, transfer.from_account_id),
            place=place,
        )
    return place


async def _after_credit(
    connection: AsyncConnection[Any], actor: Actor, transfer: Transfer, refusal: str | None
) -> CommandPlace | None:
    if refusal is None:
        await _end(connection, actor, transfer, "completed")
        return None
    whole = transfer.amount_micros + transfer.fee_micros
    return await _move_on(
        connection, actor, transfer, "returning", transfer.from_account_id, whole, refusal
    )


async def _move_on(
    connection: AsyncConnection[Any],
    actor: Actor,
    transfer: Transfer,
    state: str,
    account_id: UUID,
    micros: int,
    refusal: str | None = None,
) -> CommandPlace:
    """Send money out of transit to an account."""
    cause_id = new_id()
    command = adjust_balance(actor.tenant_id, account_id, micros, "adjustment", cause_id)
    [place] = await insert_commands(connection, [command])
    await _post(
        connection,
        actor.tenant_id,
        transfer,
        "transfer_credit" if state == "crediting" else "transfer_return",
        cause_id,
        Leg(LedgerAccount.TRANSIT, micros),
        Leg(LedgerAccount.ADJUSTMENT, -micros, account_id),
        place=place,
    )
    await step_row(
        connection,
        store.ROW,
        actor.tenant_id,
        transfer.transfer_id,
        state,
        place=place,
        refusal=refusal,
    )
    return place


async def _end(
    connection: AsyncConnection[Any],
    actor: Actor,
    transfer: Transfer,
    state: str,
    refusal: str | None = None,
) -> None:
    await step_row(
        connection, store.ROW, actor.tenant_id, transfer.transfer_id, state, refusal=refusal
    )
    await _record(connection, actor, transfer, f"transfer.{state}")


async def _post(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    transfer: Transfer,
    cause: str,
    cause_id: UUID,
    *legs: Leg,
    place: CommandPlace,
) -> None:
    await ledger.post(connection, tenant_id, cause, cause_id, transfer.currency, legs, place)


async def _record(
    connection: AsyncConnection[Any], actor: Actor, transfer: Transfer, action: str
) -> None:
    await audit.record(
        connection,
        actor,
        action,
        "account",
        transfer.from_account_id,
        after={
            "transfer": str(transfer.transfer_id),
            "to": str(transfer.to_account_id),
            "amount": format_amount(transfer.amount_micros, transfer.currency),
            "fee": format_amount(transfer.fee_micros, transfer.currency),
            "currency": transfer.currency,
        },
    )


async def set_terms(connection: AsyncConnection[Any], actor: Actor, terms: Terms) -> Terms:
    """Create or replace the terms for a currency. They hold for transfers from now on.

    Raises:
        TransferTermsInvalid.
    """
    if terms.most_micros < terms.least_micros:
        raise TransferTermsInvalid(
            "The most is less than the least.", field="most", accepted="at least what least says"
        )
    before = await store.terms_of(connection, actor.tenant_id, terms.currency)
    kept = await store.put_terms(connection, actor.tenant_id, terms)
    await audit.record(
        connection,
        actor,
        "transfer_terms.set",
        "transfer_terms",
        terms.currency,
        before=None if before is None else _audited(before),
        after=_audited(kept),
    )
    return kept


def _audited(terms: Terms) -> dict[str, Any]:
    def amount(micros: int) -> str:
        return format_amount(micros, terms.currency)

    return {
        "least": amount(terms.least_micros),
        "most": amount(terms.most_micros),
        "daily": amount(terms.daily_micros),
        "daily_count": terms.daily_count,
        "remaining": amount(terms.remaining_micros),
        "fee": amount(terms.fee_micros),
        "fee_per_mille": terms.fee_per_mille,
    }
