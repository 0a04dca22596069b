"""Topping accounts up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.charging import Command, CommandPlace, adjust_balance, insert_commands
from openmvno.customers import Account
from openmvno.identifiers import new_id
from openmvno.money import format_amount, parse_currency, parse_positive_amount
from openmvno.payments import store
from openmvno.payments.errors import CurrencyMismatch
from openmvno.payments.model import TopUp


def check_top_up(amount: str, currency: str, account_currency: str, path: str = "") -> int:
    """The micros of a top-up; ``path`` is the prefix of the fields' names.

    Raises:
        AmountInvalid, AmountPrecision, AmountOutOfRange, CurrencyInvalid, CurrencyMismatch.
    """
    micros = parse_positive_amount(amount, f"{path}amount")
    if parse_currency(currency, f"{path}currency") != account_currency:
        raise CurrencyMismatch(
            f"The account is in {account_currency}, not {currency}.",
            field=f"{path}currency",
            accepted=account_currency,
        )
    return micros


def top_up_command(tenant_id: UUID, account_id: UUID, micros: int, top_up_id: UUID) -> Command:
    """The engine command that moves a top-up onto the balance."""
    return adjust_balance(tenant_id, account_id, micros, "top_up", top_up_id)


async def record_top_up(
    connection: AsyncConnection[Any], actor: Actor, top_up: TopUp, place: CommandPlace
) -> None:
    """Keep a top-up whose command has been written."""
    await store.insert_top_up(connection, actor.tenant_id, top_up, place)
    await audit.record(
        connection,
        actor,
        "account.topped_up",
        "account",
        top_up.account_id,
        after={
            "top_up": str(top_up.top_up_id),
            "amount": format_amount(top_up.amount_micros, top_up.currency),
            "currency": top_up.currency,
            "reference": top_up.reference,
        },
    )


async def top_up_account(
    connection: AsyncConnection[Any], actor: Actor, account: Account, micros: int, reference: str
) -> tuple[TopUp, CommandPlace]:
    """Top an account up by ``micros`` of its currency."""
    top_up = TopUp(
        new_id(), account.account_id, micros, account.currency, reference, datetime.now(UTC)
    )
    command = top_up_command(actor.tenant_id, account.account_id, micros, top_up.top_up_id)
    [place] = await insert_commands(connection, [command])
    await record_top_up(connection, actor, top_up, place)
    return top_up, place
