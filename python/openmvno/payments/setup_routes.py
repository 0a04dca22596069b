"""Routes of saving a payment method on a page of the provider's."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.customers import find_account
from openmvno.payments import setups
from openmvno.payments.payment_schemas import (
    MethodProviderView,
    MethodSetupView,
    NewMethodSetup,
    method_setup_view,
)
from openmvno.rest import Call, Done, opens, requires
from openmvno.rest.call import Connection

TAGS: Final = ["Payments"]


@get(
    "/accounts/{account_id:uuid}/payment-method-providers",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Where a payment method can be saved",
)
async def list_method_providers(
    call: NamedDependency[Call], account_id: FromPath[UUID]
) -> list[MethodProviderView]:
    """Providers on whose pages the payer can save a method; none where the tenant has no such
    provider, or the installation no public address that its page could lead back to."""
    async with call.connection() as connection:
        await find_account(connection, call.tenant_id, account_id)
        found = await setups.offered(connection, call.tenant_id, call.request.app.state.public_url)
    return [MethodProviderView(provider.name, provider.kind) for provider in found]


@post(
    "/accounts/{account_id:uuid}/payment-method-setups",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Begin saving a payment method",
)
async def create_setup(
    creation: NamedDependency[Call], account_id: FromPath[UUID], data: JSONBody[NewMethodSetup]
) -> Response[MethodSetupView]:
    """Makes a page at the provider, for an hour; send the payer's browser to its ``url``. It leads
    back to self-care, where the setup is completed. Repeated with its Idempotency-Key it is one
    page."""
    state = creation.request.app.state

    async def work(connection: Connection) -> Done:
        setup = await setups.begin(
            connection, creation.actor, state.public_url, account_id, data.provider
        )
        path = f"/v1/accounts/{account_id}/payment-method-setups/{setup.setup_id}"
        return Done(201, {"id": setup.setup_id}, {"Location": path})

    response = await creation.change(work, key_required=True)
    setup = await setups.open_page(
        creation.connection,
        state.sealer,
        state.public_url,
        creation.actor,
        UUID(response.content["id"]),
    )
    return Response(method_setup_view(setup), status_code=201, headers=response.headers)


@get(
    "/accounts/{account_id:uuid}/payment-method-setups/{setup_id:uuid}",
    guards=[requires("payments:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One setup of a payment method",
)
async def show_setup(
    call: NamedDependency[Call], account_id: FromPath[UUID], setup_id: FromPath[UUID]
) -> MethodSetupView:
    """As far as it is known; see its completion."""
    async with call.connection() as connection:
        setup = await setups.find_setup(connection, call.tenant_id, account_id, setup_id)
    return method_setup_view(setup)


@post(
    "/accounts/{account_id:uuid}/payment-method-setups/{setup_id:uuid}/completion",
    guards=[requires("payments:write")],
    opt=opens("reach:pay"),
    tags=TAGS,
    summary="Complete saving a payment method",
    status_code=200,
)
async def complete_setup(
    creation: NamedDependency[Call], account_id: FromPath[UUID], setup_id: FromPath[UUID]
) -> MethodSetupView:
    """Asks the provider what was saved, and keeps it, once. While nothing was, it stays open; the
    provider's message, or the end of its hour, completes it as well."""

    async def work(connection: Connection) -> Done:
        await setups.find_setup(connection, creation.tenant_id, account_id, setup_id)
        return Done(200, None)

    await creation.change(work)  # a repetition is answered with how it stands then
    sealer = creation.request.app.state.sealer
    setup = await setups.complete(creation.connection, sealer, creation.actor, setup_id)
    return method_setup_view(setup)


SETUP_ROUTES: Final[list[Any]] = [
    list_method_providers,
    create_setup,
    show_setup,
    complete_setup,
]
