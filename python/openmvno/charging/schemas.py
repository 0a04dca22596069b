"""Balances and CDRs as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.charging.store import Cdr
from openmvno.money import format_amount

Amount = Annotated[str, Meta(examples=["12.34"], description="Decimal string")]
Currency = Annotated[str, Meta(examples=["EUR"])]


class BalanceView(msgspec.Struct):
    """A live balance. ``available`` = balance - reserved (+ credit limit)."""

    account_id: UUID
    currency: Currency
    balance: Amount
    reserved: Annotated[Amount, Meta(description="Locked by calls and sessions under way")]
    available: Amount
    sessions: Annotated[int, Meta(description="Calls and sessions under way")]


class SubscriberBalanceView(msgspec.Struct):
    """A balance as a USSD gateway asks for it: a text to show, and the numbers in it."""

    msisdn: Annotated[str, Meta(examples=["385910000001"])]
    text: Annotated[str, Meta(examples=["Your balance is 12.34 EUR."])]
    currency: Currency
    balance: Amount
    reserved: Amount
    available: Amount
    line_status: str


class CdrView(msgspec.Struct):
    """A priced piece of usage. ``usage`` is in the service's unit."""

    id: UUID
    account_id: UUID
    line_id: UUID
    kind: Annotated[str, Meta(description="session, event, refund, file, correction")]
    service: Annotated[str, Meta(examples=["voice"])]
    direction: str
    destination: str
    rating_group: int | None
    started_at: datetime
    ended_at: datetime
    recorded_at: datetime
    usage: int
    currency: Currency
    amount: Amount
    overrun: Annotated[Amount, Meta(description="The part that no balance covered")]
    balance_after: Amount
    product: str
    rate: str
    catalog_version: int
    cause: str
    session_id: str
    refers_to: UUID | None
    correlation: str


def balance_view(account_id: UUID, live: dict[str, Any]) -> BalanceView:
    """What the API shows of the engine's answer."""
    currency = live["currency"]
    return BalanceView(
        account_id,
        currency,
        format_amount(live["balance"], currency),
        format_amount(live["reserved"], currency),
        format_amount(live["available"], currency),
        live["sessions"],
    )


def cdr_view(cdr: Cdr) -> CdrView:
    """What the API shows of a CDR."""
    return CdrView(
        id=cdr.cdr_id,
        account_id=cdr.account_id,
        line_id=cdr.line_id,
        kind=cdr.kind,
        service=cdr.service,
        direction=cdr.direction,
        destination=cdr.destination,
        rating_group=cdr.rating_group,
        started_at=cdr.started_at,
        ended_at=cdr.ended_at,
        recorded_at=cdr.recorded_at,
        usage=cdr.usage,
        currency=cdr.currency,
        amount=format_amount(cdr.amount_micros, cdr.currency),
        overrun=format_amount(cdr.overrun_micros, cdr.currency),
        balance_after=format_amount(cdr.balance_after_micros, cdr.currency),
        product=cdr.product,
        rate=cdr.rate,
        catalog_version=cdr.catalog_version,
        cause=cdr.cause,
        session_id=cdr.session_id,
        refers_to=cdr.refers_to,
        correlation=cdr.correlation,
    )
