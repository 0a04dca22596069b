"""Payment routes: taking, allocating and giving back."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno.customers import Account, find_account
from openmvno.database import OpenConnection
from openmvno.money import parse_currency, parse_positive_amount, parse_unsigned_amount
from openmvno.payments import booking, cards, chargebacks, receipts, refunds, service
from openmvno.payments import payment_store as store
from openmvno.payments.errors import CurrencyMismatch, PaymentNotFound, ProviderInvalid
from openmvno.payments.payment_schemas import (
    NewAllocation,
    NewChargeback,
    NewPayment,
    NewReceipt,
    NewRefund,
    PaymentView,
    RefundView,
    payment_view,
    refund_view,
)
from openmvno.payments.providers import ProviderUnavailable
from openmvno.provisioning import Sealer
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import CommandPlace, Connection

TAGS: Final = ["Payments"]


@post(
    "/accounts/{account_id:uuid}/payments",
    guards=[requires("payments:write")],
    opt=opens("reach:pay", members=("amount", "currency", "method_id", "reference")),
    tags=TAGS,
    summary="Take a payment for an account",
)
async def create_payment(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewPayment]
) -> Response[PaymentView]:
    """By a saved method the provider is asked at once: look at the status. 202: it has not answered
    yet, and the payment goes on by itself. Repeated with its Idempotency-Key it is one payment.
    """

    async def work(connection: Connection) -> Done:
        account = await find_account(connection, creation.tenant_id, account_id)
        micros = service.check_top_up(data.amount, data.currency, account.currency)
        payment_id, places = await _begin(connection, creation, account, data, micros)
        headers = {"Location": f"/v1/payments/{payment_id}"}
        return Done(201, await _shown(connection, creation, payment_id), headers, places)

    response = await creation.change(work, key_required=True)
    if data.method_id is None:
        return response
    shown = await _carried_on(creation, UUID(response.content["id"]))
    status = 202 if shown.status == "pending" else 201
    return Response(shown, status_code=status, headers=response.headers)


async def _carried_on(call: Call, payment_id: UUID) -> PaymentView:
    state = call.request.app.state
    try:
        place = await cards.carry_on(
            call.connection, state.sealer, state.public_url, call.actor, payment_id
        )
    except ProviderUnavailable:
        place = None
    return await _settled(call, payment_id, place)


async def _settled(call: Call, payment_id: UUID, place: CommandPlace | None) -> PaymentView:
    if place is not None:
        await call.resources.settle(call.tenant_id, [place])
    async with call.connection() as connection:
        return await _shown(connection, call, payment_id)


async def _begin(
    connection: Connection, call: Call, account: Account, data: NewPayment, micros: int
) -> tuple[UUID, list[CommandPlace]]:
    if (data.method_id is None) == (data.provider is None):
        raise ProviderInvalid(
            "Neither or both of method_id and provider are there.",
            field="provider",
            accepted="either method_id or provider",
        )
    if data.method_id is not None:
        payment_id = await cards.begin(
            connection, call.actor, account.account_id, data.method_id, micros, data.reference
        )
        return payment_id, []
    assert data.provider is not None
    payment_id = await receipts.ask(
        connection, call.actor, account, data.provider, micros, data.reference
    )
    if not data.received:
        return payment_id, []
    _, place = await receipts.enter(
        connection,
        call.actor,
        provider=data.provider,
        micros=micros,
        fee_micros=_fee(data.fee),
        currency=account.currency,
        payment_id=payment_id,
        account_id=None,
        reference=data.reference,
    )
    return payment_id, _places(place)


def _fee(text: str | None) -> int:
    return 0 if text is None else parse_unsigned_amount(text, "fee")


def _places(place: CommandPlace | None) -> list[CommandPlace]:
    return [] if place is None else [place]


def _parts(call: Call) -> tuple[OpenConnection, Sealer]:
    return call.connection, call.request.app.state.sealer


async def _shown(connection: Connection, call: Call, payment_id: UUID) -> PaymentView:
    payment = await store.payment_by_id(connection, call.tenant_id, payment_id)
    if payment is None:
        raise PaymentNotFound(f"There is no payment {payment_id}.", field="payment_id")
    movements = await store.movements_of(connection, call.tenant_id, payment_id)
    returns = await refunds.refunds_of(connection, call.tenant_id, payment_id)
    return payment_view(payment, movements, returns)


@post(
    "/payment-receipts",
    guards=[requires("payments:write")],
    tags=TAGS,
    summary="Enter money that came",
)
async def create_receipt(
    creation: NamedDependency[Call], data: JSONBody[NewReceipt]
) -> Response[PaymentView]:
    """A line of the bank's statement, or money at the counter. Of a payment that was asked for at
    most that much goes to the balance; what is over, and what came without a name, is unallocated.
    """

    async def work(connection: Connection) -> Done:
        payment_id, place = await receipts.enter(
            connection,
            creation.actor,
            provider=data.provider,
            micros=parse_positive_amount(data.amount),
            fee_micros=_fee(data.fee),
            currency=parse_currency(data.currency),
            payment_id=data.payment_id,
            account_id=data.account_id,
            reference=data.reference,
        )
        headers = {"Location": f"/v1/payments/{payment_id}"}
        return Done(201, await _shown(connection, creation, payment_id), headers, _places(place))

    return await creation.change(work, key_required=True)


@post(
    "/payments/{payment_id:uuid}/allocations",
    guards=[requires("payments:refund")],
    tags=TAGS,
    summary="Put money of a payment on a balance",
)
async def create_allocation(
    creation: NamedDependency[Call], payment_id: FromPath[UUID], data: JSONBody[NewAllocation]
) -> Response[PaymentView]:
    """What was unallocated finds its account. 201 once the engine has journaled it."""

    async def work(connection: Connection) -> Done:
        payment = await booking.locked_payment(connection, creation.tenant_id, payment_id)
        account = await find_account(connection, creation.tenant_id, data.account_id)
        if account.currency != payment.currency:
            raise CurrencyMismatch(
                f"The account is in {account.currency}, the payment in {payment.currency}.",
                field="account_id",
                accepted=f"an account in {payment.currency}",
            )
        micros = parse_positive_amount(data.amount)
        kept = await refunds.on_its_way_micros(connection, creation.tenant_id, payment_id)
        place = await booking.allocate(
            connection, creation.actor, payment, account, micros, kept=kept
        )
        return Done(201, await _shown(connection, creation, payment_id), {}, [place])

    return await creation.change(work, key_required=True)


@post(
    "/payments/{payment_id:uuid}/refunds",
    guards=[requires("payments:refund")],
    tags=TAGS,
    summary="Give money back",
)
async def create_refund(
    creation: NamedDependency[Call], payment_id: FromPath[UUID], data: JSONBody[NewRefund]
) -> Response[RefundView]:
    """First the balance gives it, then the provider pays it out; what is unallocated goes first.

    Look at the status: refused where the balance is too small, failed where the provider will not.
    202: it goes on by itself.
    """

    async def work(connection: Connection) -> Done:
        payment = await booking.locked_payment(connection, creation.tenant_id, payment_id)
        micros = parse_positive_amount(data.amount)
        refund_id, places = await refunds.begin(
            connection, creation.actor, payment, micros, data.reason
        )
        refund = await refunds.refund_by_id(connection, creation.tenant_id, refund_id)
        assert refund is not None
        body = {
            "view": refund_view(refund, payment.currency),
            "places": places,
        }
        return Done(201, body, {"Location": f"/v1/payments/{payment_id}"})

    response = await creation.change(work, key_required=True)
    refund_id = UUID(response.content["view"]["id"])
    places = [(place[0], place[1]) for place in response.content["places"]]
    outcomes = await creation.resources.settle(creation.tenant_id, places) if places else [{}]
    if outcomes[0] is not None:
        try:
            back = await refunds.carry_on(
                *_parts(creation), creation.actor, refund_id, outcomes[0] or None
            )
            if back:
                await creation.resources.settle(creation.tenant_id, back)
        except ProviderUnavailable:
            pass  # the work process goes on
    async with creation.connection() as connection:
        refund = await refunds.refund_by_id(connection, creation.tenant_id, refund_id)
    assert refund is not None
    shown = refund_view(refund, response.content["view"]["currency"])
    status = 202 if refund.state in ("withdrawing", "paying") else 201
    return Response(shown, status_code=status, headers=response.headers)


@post(
    "/payments/{payment_id:uuid}/chargebacks",
    guards=[requires("payments:refund")],
    tags=TAGS,
    summary="Book that a payer's bank took money back",
)
async def create_chargeback(
    creation: NamedDependency[Call], payment_id: FromPath[UUID], data: JSONBody[NewChargeback]
) -> Response[PaymentView]:
    """The balance gives what it has; the rest is a claim. Providers that send messages do this
    themselves."""

    async def work(connection: Connection) -> Done:
        payment = await booking.locked_payment(connection, creation.tenant_id, payment_id)
        micros = parse_positive_amount(data.amount)
        _, place = await chargebacks.open_claim(
            connection, creation.actor, payment, micros, data.reference
        )
        return Done(201, {"places": _places(place)})

    response = await creation.change(work, key_required=True)
    places = [(place[0], place[1]) for place in response.content["places"]]
    await chargebacks.recover_what_is_there(
        creation.connection,
        creation.request.app.state.engine,
        creation.actor,
        payment_id,
        places[0] if places else None,
    )
    async with creation.connection() as connection:
        return Response(await _shown(connection, creation, payment_id), status_code=201)


@get(
    "/payments",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="List payments",
)
async def list_payments(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    account: Annotated[UUID | None, QueryParameter(description="Of this account")] = None,
    unallocated: Annotated[
        bool, QueryParameter(description="Only those with money that is on no balance")
    ] = False,
) -> Page[PaymentView]:
    """Payments from the newest on."""
    account = call.of_account(account)
    async with call.connection() as connection:
        rows = await store.list_payments(
            connection,
            call.tenant_id,
            account_id=account,
            unallocated=unallocated,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(rows, page, payment_view, lambda payment: payment.payment_id)


@get(
    "/payments/{payment_id:uuid}",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One payment",
)
async def show_payment(call: NamedDependency[Call], payment_id: FromPath[UUID]) -> PaymentView:
    """A payment with every movement of its money."""
    async with call.connection() as connection:
        return await _shown(connection, call, payment_id)


@post(
    "/payments/{payment_id:uuid}/continuation",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Carry a payment on",
    status_code=200,
)
async def continue_payment(
    creation: NamedDependency[Call], payment_id: FromPath[UUID]
) -> Response[PaymentView]:
    """Asks the provider what has become of a payment by card, for instance once its payer has
    answered the bank; money that came is put on the balance, once. Any other payment is shown as it
    is. 202: the provider has not answered, and the payment goes on by itself."""
    await _check_there(creation, payment_id)
    shown = await _carried_on(creation, payment_id)
    return Response(shown, status_code=202 if shown.status == "pending" else 200)


@post(
    "/payments/{payment_id:uuid}/cancellation",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Give up a payment that waits for its payer",
    status_code=200,
)
async def cancel_payment(
    creation: NamedDependency[Call], payment_id: FromPath[UUID]
) -> PaymentView:
    """The provider is told first, so that it takes no money any more: look at the status, since the
    payer may have been quicker. Only while it requires_action; one that has ended without money
    stays as it is."""
    await _check_there(creation, payment_id)
    place = await cards.give_up(*_parts(creation), creation.actor, payment_id, "cancelled")
    return await _settled(creation, payment_id, place)


async def _check_there(call: Call, payment_id: UUID) -> None:
    """A repetition of the call is answered with how the payment stands then."""

    async def work(connection: Connection) -> Done:
        await booking.locked_payment(connection, call.tenant_id, payment_id)
        return Done(200, None)

    await call.change(work)


PAYMENT_ROUTES: Final[list[Any]] = [
    create_payment,
    continue_payment,
    cancel_payment,
    create_receipt,
    create_allocation,
    create_refund,
    create_chargeback,
    list_payments,
    show_payment,
]
