"""Balance routes. Balances are live, from the engine."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from openmvno.charging import live_balance
from openmvno.charging.schemas import (
    BalanceView,
    SubscriberBalanceView,
    balance_view,
)
from openmvno.customers import find_account
from openmvno.rest import Call, opens, requires
from openmvno.subscribers.errors import LineNotFound
from openmvno.subscribers.phrases import balance_text
from openmvno.subscribers.store import line_by_identity

TAGS: Final = ["Balances and usage"]


@get(
    "/accounts/{account_id:uuid}/balance",
    guards=[requires("balance:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Live balance of an account",
)
async def show_balance(call: NamedDependency[Call], account_id: FromPath[UUID]) -> BalanceView:
    """The balance as the engine holds it now, with what is reserved. 503 while it is away."""
    async with call.reading() as connection:
        await find_account(connection, call.tenant_id, account_id)
    live = await live_balance(call.request.app.state.engine, call.tenant_id, account_id)
    view = balance_view(account_id, live)
    own = call.within.line_id if call.within is not None else None
    if own is not None:  # what the other lines of the account spend is theirs
        view.spending = [each for each in view.spending if each.line_id == own]
    return view


@get(
    "/balance",
    guards=[requires("balance:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Balance by MSISDN, with a text to show",
)
async def show_subscriber_balance(
    call: NamedDependency[Call],
    msisdn: Annotated[str, QueryParameter(description="E.164 digits, without +")],
    language: Annotated[
        str, QueryParameter(description="Language of the text (BCP 47), English when unknown")
    ] = "en",
) -> SubscriberBalanceView:
    """One call for a USSD gateway: the text for the handset and the numbers in it."""
    async with call.reading() as connection:
        line = await line_by_identity(connection, call.tenant_id, "msisdn", msisdn)
    if line is None:
        raise LineNotFound(f"No live line has the MSISDN {msisdn[:20]}.", field="msisdn")
    await call.shown("line", [line.line_id])
    live = await live_balance(call.request.app.state.engine, call.tenant_id, line.account_id)
    balance = balance_view(line.account_id, live)
    return SubscriberBalanceView(
        line.msisdn,
        balance_text(language, balance.available, balance.currency),
        balance.currency,
        balance.balance,
        balance.reserved,
        balance.available,
        line.status,
    )


BALANCE_ROUTES: Final[list[Any]] = [show_balance, show_subscriber_balance]
