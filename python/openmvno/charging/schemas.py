"""Balances and CDRs as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.charging.store import Cdr
from openmvno.money import format_amount
from openmvno.rest.moments import Moment

Amount = Annotated[str, Meta(examples=["12.34"], description="Decimal string")]
Currency = Annotated[str, Meta(examples=["EUR"])]


class LineSpendingView(msgspec.Struct):
    """What a line with a spending cap has spent in the period that runs."""

    line_id: UUID
    spending_cap: Amount
    spent: Amount
    remaining: Amount


class BalanceView(msgspec.Struct):
    """A live balance. ``available`` = balance - reserved + the credit limit in force.

    ``temporary_limit``: the limit in force in place of ``credit_limit``, while there is one.
    ``spending``: the lines that have a cap.
    """

    account_id: UUID
    currency: Currency
    balance: Amount
    reserved: Annotated[Amount, Meta(description="Locked by calls and sessions under way")]
    available: Amount
    sessions: Annotated[int, Meta(description="Calls and sessions under way")]
    credit_limit: Amount
    temporary_limit: Amount | None
    statuses: Annotated[
        list[str],
        Meta(
            examples=[["no_available_funds"]],
            description="What follows from its money, the strongest first: credit_exceeded,"
            " no_available_funds, spending_limit_reached",
        ),
    ]
    spending: list[LineSpendingView]


class SubscriberBalanceView(msgspec.Struct):
    """A balance as a USSD gateway asks for it: a text to show, and the numbers in it."""

    msisdn: Annotated[str, Meta(examples=["385910000001"])]
    text: Annotated[str, Meta(examples=["Your balance is 12.34 EUR."])]
    currency: Currency
    balance: Amount
    reserved: Amount
    available: Amount
    line_status: str


class PartView(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """A stretch of usage that one payer pays for. Positions are billed units from the beginning."""

    payer: Annotated[
        str,
        Meta(
            examples=["bucket:min100"],
            description="balance, bucket:CODE, throttle:CODE (nobody pays, at the throttled"
            " profile) or overrun (nobody could)",
        ),
    ]
    rate: Annotated[str, Meta(examples=["Croatia"])]
    table: Annotated[str, Meta(examples=["voice-standard"])]
    period: Annotated[str, Meta(examples=["offpeak"], description="Empty: peak")]
    start: Annotated[int, Meta(examples=[0])]
    end: Annotated[int, Meta(examples=[120])]
    units: Annotated[int, Meta(examples=[120])]
    cost: Annotated[str, Meta(examples=["120"], description="In the payer's own unit")]
    amount: Annotated[Amount, Meta(description="What it adds to the charge")]
    discount_percent: Annotated[str, Meta(examples=["0"])]


class PartnerChargeView(msgspec.Struct):
    """What a reseller is charged or a vendor charges for the same usage, in its own currency."""

    code: Annotated[str, Meta(examples=["reseller-1"])]
    role: Annotated[str, Meta(examples=["reseller"], description="reseller or vendor")]
    currency: Currency
    amount: Amount


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
    started_at: Moment
    ended_at: Moment
    recorded_at: Moment
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
    parts: list[PartView]
    partners: list[PartnerChargeView]
    inputs: Annotated[
        dict[str, Any],
        Meta(
            examples=[{"plmn": "21901", "apn": "internet", "time_zone": "Europe/Zagreb"}],
            description="What else the price depended on, where it was known or not the usual",
        ),
    ]


def balance_view(account_id: UUID, live: dict[str, Any]) -> BalanceView:
    """What the API shows of the engine's answer."""
    currency = live["currency"]
    temporary = live["temporary_limit"]
    return BalanceView(
        account_id,
        currency,
        format_amount(live["balance"], currency),
        format_amount(live["reserved"], currency),
        format_amount(live["available"], currency),
        live["sessions"],
        format_amount(live["credit_limit"], currency),
        None if temporary is None else format_amount(temporary["amount"], currency),
        live["statuses"],
        [_spending(line, currency) for line in live["lines"] if line["spending_cap"] is not None],
    )


def _spending(line: dict[str, Any], currency: str) -> LineSpendingView:
    cap, spent = line["spending_cap"], line["spent"]
    amounts = (cap, spent, max(0, cap - spent))
    return LineSpendingView(
        UUID(line["line"]), *(format_amount(amount, currency) for amount in amounts)
    )


def cdr_view(cdr: Cdr, *, for_outside: bool = False) -> CdrView:
    """What the API shows of a CDR; outside the staff nobody sees what partners charge."""
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
        parts=[_part_view(part, cdr.currency) for part in cdr.parts],
        partners=[] if for_outside else [_partner_view(partner) for partner in cdr.partners],
        inputs=cdr.inputs,
    )


def _part_view(part: dict[str, Any], currency: str) -> PartView:
    return PartView(
        payer=part["payer"],
        rate=part["rate"],
        table=part["table"],
        period=part["period"],
        start=part["from"],
        end=part["to"],
        units=part["units"],
        cost=part["cost"],
        amount=format_amount(part["amount_micros"], currency),
        discount_percent=part["discount_percent"],
    )


def _partner_view(partner: dict[str, Any]) -> PartnerChargeView:
    currency = partner["currency"]
    amount = format_amount(partner["amount_micros"], currency)
    return PartnerChargeView(partner["code"], partner["role"], currency, amount)
