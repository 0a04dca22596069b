"""Routes of payment providers, saved methods, automatic top-ups, and providers' messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, JSONBody

from openmvno.actor import Actor
from openmvno.customers import find_account, modify_account
from openmvno.identifiers import new_id
from openmvno.money import parse_positive_amount, parse_unsigned_amount
from openmvno.payments import (
    auto_top_ups,
    cards,
    chargebacks,
    methods,
    provider_messages,
    provider_settings,
)
from openmvno.payments.errors import AutoTopUpNotFound
from openmvno.payments.model import AutoTopUp
from openmvno.payments.payment_schemas import (
    Acknowledged,
    AutoTopUpIn,
    AutoTopUpView,
    MethodView,
    NewMethod,
    ProviderIn,
    ProviderView,
    auto_top_up_view,
    method_view,
    provider_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection

TAGS: Final = ["Payments"]
MESSAGE: Final = {
    "id": "evt_1Q0PsIJvEtkwdCNY",
    "type": "payment_intent.succeeded",
    "data": {
        "object": {"id": "pi_3Q0PsI", "amount": 1000, "currency": "eur", "status": "succeeded"}
    },
}


@put(
    "/payment-providers/{name:str}",
    guards=[requires("payments:configure")],
    tags=TAGS,
    summary="Set a payment provider",
)
async def put_provider(
    update: NamedDependency[Call], name: FromPath[str], data: JSONBody[ProviderIn]
) -> Response[ProviderView]:
    """Create or replace a provider; its secrets are sealed and never shown."""

    async def work(connection: Connection) -> Done:
        provider = await provider_settings.set_provider(
            connection,
            update.actor,
            update.request.app.state.sealer,
            name,
            kind=data.kind,
            api_key=data.api_key,
            webhook_secret=data.webhook_secret,
            api_url=data.api_url,
            enabled=data.enabled,
        )
        return Done(200, provider_view(provider, update.tenant_id))

    return await update.change(work)


@get(
    "/payment-providers",
    guards=[requires("payments:read")],
    tags=TAGS,
    summary="List payment providers",
)
async def list_providers(call: NamedDependency[Call]) -> list[ProviderView]:
    """All of the tenant's, by name."""
    async with call.connection() as connection:
        found = await provider_settings.list_providers(connection, call.tenant_id)
    return [provider_view(provider, call.tenant_id) for provider in found]


@post(
    "/accounts/{account_id:uuid}/payment-methods",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Save a payment method",
)
async def create_method(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewMethod]
) -> Response[MethodView]:
    """Save what the payer's browser made of a card at the provider."""
    state = creation.request.app.state
    customer_ref = await cards.ensure_customer(
        creation.connection, state.sealer, creation.actor, account_id, data.provider
    )

    async def work(connection: Connection) -> Done:
        provider = await provider_settings.usable_provider(
            connection, creation.tenant_id, data.provider, by_hand=False
        )
        interface = provider_settings.opened(state.sealer, creation.tenant_id, provider)
        details = await interface.attach(customer_ref, data.token)
        method = await methods.save(connection, creation.actor, account_id, data.provider, details)
        headers = {"Location": f"/v1/accounts/{account_id}/payment-methods"}
        return Done(201, method_view(method), headers)

    return await creation.change(work, key_required=True)


@get(
    "/accounts/{account_id:uuid}/payment-methods",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Saved payment methods",
)
async def list_methods(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], account_id: FromPath[UUID]
) -> Page[MethodView]:
    """The methods of an account that may be used, from the newest on."""
    async with call.connection() as connection:
        await find_account(connection, call.tenant_id, account_id)
        rows = await methods.list_methods(
            connection, call.tenant_id, account_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, method_view, lambda method: method.method_id)


@delete(
    "/accounts/{account_id:uuid}/payment-methods/{method_id:uuid}",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Remove a payment method",
    status_code=200,
)
async def remove_method(
    update: NamedDependency[Call], account_id: FromPath[UUID], method_id: FromPath[UUID]
) -> Response[MethodView]:
    """It is forgotten at the provider, too."""
    state = update.request.app.state

    async def work(connection: Connection) -> Done:
        method = await methods.find_method(connection, update.tenant_id, account_id, method_id)
        await methods.remove(connection, update.actor, method)
        provider = await provider_settings.usable_provider(
            connection, update.tenant_id, method.provider, by_hand=False
        )
        interface = provider_settings.opened(state.sealer, update.tenant_id, provider)
        await interface.detach(method.method_ref)
        return Done(200, method_view(method))

    return await update.change(work)


@put(
    "/accounts/{account_id:uuid}/auto-top-up",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Set the automatic top-up",
)
async def put_auto_top_up(
    update: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[AutoTopUpIn]
) -> Response[AutoTopUpView]:
    """The engine tells when the balance falls below the threshold, which becomes the account's
    low-balance mark; then the saved method pays."""

    async def work(connection: Connection) -> Done:
        account = await find_account(connection, update.tenant_id, account_id, lock=True)
        wanted = AutoTopUp(
            account_id=account_id,
            method_id=data.method_id,
            threshold_micros=parse_unsigned_amount(data.threshold, "threshold"),
            amount_micros=parse_positive_amount(data.amount),
            daily_limit_micros=parse_positive_amount(data.daily_limit, "daily_limit"),
            enabled=data.enabled,
            version=0,
        )
        kept = await auto_top_ups.set_auto_top_up(connection, update.actor, account, wanted)
        _, places = await modify_account(
            connection,
            update.actor,
            account,
            replace(account, low_balance_micros=kept.threshold_micros),
        )
        return Done(200, auto_top_up_view(kept, account.currency), {}, places)

    return await update.change(work)


@get(
    "/accounts/{account_id:uuid}/auto-top-up",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="The automatic top-up",
)
async def show_auto_top_up(
    call: NamedDependency[Call], account_id: FromPath[UUID]
) -> AutoTopUpView:
    """When a saved method pays by itself."""
    async with call.connection() as connection:
        account = await find_account(connection, call.tenant_id, account_id)
        terms = await auto_top_ups.auto_top_up_of(connection, call.tenant_id, account_id)
    if terms is None:
        raise AutoTopUpNotFound("Set one with PUT.", field="account_id")
    return auto_top_up_view(terms, account.currency)


@dataclass
class MessageOperation(Operation):
    """An operation whose body is an event of Stripe."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes: its signature is over them."""
        self.request_body = RequestBody(
            content={
                "application/json": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.OBJECT),
                    examples={"a payment": Example(value=MESSAGE)},
                )
            },
            description="An event as the provider signs it",
            required=True,
        )


@post(
    "/payment-webhooks/{tenant_id:uuid}/{provider_name:str}",
    tags=TAGS,
    summary="Messages of a payment provider",
    status_code=200,
    security=[{}],
    opt={"public": True},
    operation_class=MessageOperation,
)
async def take_message(
    request: Request[Any, Any, Any],
    tenant_id: FromPath[UUID],
    provider_name: FromPath[str],
    signature: Annotated[
        str, HeaderParameter(name="Stripe-Signature", description="Scheme v1 of Stripe")
    ] = "",
) -> Acknowledged:
    """Signed by the provider; an old one sent again is refused, one that has come before changes
    nothing."""
    state = request.app.state
    open_connection = partial(state.resources.connection_of, tenant_id)
    actor = Actor(tenant_id, f"payment provider {provider_name[:63]}", str(new_id()))
    async with open_connection() as connection:
        provider = await provider_settings.usable_provider(
            connection, tenant_id, provider_name, by_hand=False
        )
    payment, place = await provider_messages.take(
        open_connection,
        state.sealer,
        actor,
        provider,
        await request.body(),
        signature,
    )
    if payment is not None and place is not None:
        await chargebacks.recover_what_is_there(
            open_connection, state.engine, actor, payment.payment_id, place
        )
    return Acknowledged()


METHOD_ROUTES: Final[list[Any]] = [
    put_provider,
    list_providers,
    create_method,
    list_methods,
    remove_method,
    put_auto_top_up,
    show_auto_top_up,
    take_message,
]
