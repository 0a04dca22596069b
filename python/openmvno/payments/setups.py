"""Table ``payment_method_setup``: methods that payers save on a page of the provider's.

The setup is written first, then its page made at the provider and noted, and the payer sent there.
What was saved the provider is asked; whoever comes first (the payer who is led back, the provider's
message, the work process) keeps it, once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.customers import find_account
from openmvno.database import OpenConnection
from openmvno.database.rows import fetch_all, fetch_one, insert_row
from openmvno.identifiers import new_id
from openmvno.payments import cards, methods
from openmvno.payments.errors import PaymentMethodSetupNotFound, ProviderUnsuitable
from openmvno.payments.model import MethodSetup, Provider
from openmvno.payments.provider_settings import list_providers, opened, usable_provider
from openmvno.payments.providers import KINDS, ProviderDeclined, SetupOutcome, SetupPage
from openmvno.payments.returning import back_from_setup, check_public_url
from openmvno.provisioning import Sealer

OPEN_FOR: Final = timedelta(hours=1)
"""How long a payer may take; providers take half an hour at least."""

_COLUMNS: Final = (
    "setup_id, account_id, provider, provider_ref, url, state, method_id, expires_at, created_at"
)


async def offered(
    connection: AsyncConnection[Any], tenant_id: UUID, public_url: str
) -> list[Provider]:
    """The providers with whom payers can save a method by themselves, by name."""
    if not public_url:
        return []
    found = await list_providers(connection, tenant_id)
    return [provider for provider in found if provider.enabled and provider.kind in KINDS]


async def begin(
    connection: AsyncConnection[Any],
    actor: Actor,
    public_url: str,
    account_id: UUID,
    provider_name: str,
) -> MethodSetup:
    """Write down that a method is to be saved; :func:`open_page` makes the page.

    Raises:
        AccountNotFound, ProviderNotFound, ProviderUnsuitable, PublicUrlMissing.
    """
    await find_account(connection, actor.tenant_id, account_id)
    await usable_provider(connection, actor.tenant_id, provider_name, by_hand=False)
    check_public_url(public_url)
    now = datetime.now(UTC)
    setup = MethodSetup(
        setup_id=new_id(),
        account_id=account_id,
        provider=provider_name,
        provider_ref=None,
        url=None,
        state="open",
        method_id=None,
        expires_at=now + OPEN_FOR,
        created_at=now,
    )
    await insert_row(
        connection,
        "payment_method_setup",
        {
            "tenant_id": actor.tenant_id,
            "setup_id": setup.setup_id,
            "account_id": account_id,
            "provider": provider_name,
            "expires_at": setup.expires_at,
            "created_at": setup.created_at,
        },
    )
    await audit.record(
        connection,
        actor,
        "payment_method_setup.begun",
        "account",
        account_id,
        after={"setup": str(setup.setup_id), "provider": provider_name},
    )
    return setup


async def open_page(
    open_connection: OpenConnection,
    sealer: Sealer,
    public_url: str,
    actor: Actor,
    setup_id: UUID,
) -> MethodSetup:
    """Make a setup's page at the provider, unless that has been done.

    Raises:
        PublicUrlMissing, ProviderNotFound, ProviderUnsuitable, ProviderDeclined,
        ProviderUnavailable.
    """
    async with open_connection() as connection:
        setup = await setup_by_id(connection, actor.tenant_id, setup_id)
        assert setup is not None
        if setup.provider_ref is not None or setup.state != "open":
            return setup
        check_public_url(public_url)
        back_url = await back_from_setup(connection, actor.tenant_id, public_url, setup_id)
        provider = await usable_provider(connection, actor.tenant_id, setup.provider, by_hand=False)
    customer_ref = await cards.ensure_customer(
        open_connection, sealer, actor, setup.account_id, setup.provider
    )
    made = await opened(sealer, actor.tenant_id, provider).begin_setup(
        str(setup_id), customer_ref, back_url, setup.expires_at
    )
    async with open_connection() as connection:
        await _name(connection, actor.tenant_id, setup_id, made)
        named = await setup_by_id(connection, actor.tenant_id, setup_id)
    assert named is not None
    return named


async def complete(
    open_connection: OpenConnection, sealer: Sealer, actor: Actor, setup_id: UUID
) -> MethodSetup:
    """Ask the provider what has become of a setup, and keep what was saved, in time or late. Done
    before, it changes nothing.

    Raises:
        PaymentMethodSetupNotFound, ProviderUnavailable.
    """
    async with open_connection() as connection:
        setup = await _locked(connection, actor.tenant_id, setup_id)
        if setup.state == "saved":
            return setup
        await _touch(connection, actor.tenant_id, setup_id)
        provider = await _provider_of(connection, actor.tenant_id, setup)
        customer_ref = await methods.customer_ref(
            connection, actor.tenant_id, setup.account_id, setup.provider
        )
    found = SetupOutcome("open")
    if provider is not None and setup.provider_ref is not None:
        try:
            found = await opened(sealer, actor.tenant_id, provider).finish_setup(setup.provider_ref)
        except ProviderDeclined:
            found = SetupOutcome("expired")  # it does not know of it
    if found.status == "saved" and (found.key, found.customer_ref) != (str(setup_id), customer_ref):
        found = SetupOutcome("expired")  # what it names was saved by another payer
    async with open_connection() as connection:
        return await _settle(connection, actor, setup_id, found)


async def _settle(
    connection: AsyncConnection[Any], actor: Actor, setup_id: UUID, found: SetupOutcome
) -> MethodSetup:
    setup = await _locked(connection, actor.tenant_id, setup_id)
    if setup.state == "saved":
        return setup
    method_id = None
    if found.status == "saved" and found.details is not None:
        method = await methods.save(
            connection, actor, setup.account_id, setup.provider, found.details
        )
        method_id = method.method_id
    elif found.status == "open" and setup.expires_at > datetime.now(UTC):
        return setup
    await connection.execute(
        "UPDATE payment_method_setup SET state = %s, method_id = %s, url = NULL, updated_at = now()"
        " WHERE tenant_id = %s AND setup_id = %s",
        ("expired" if method_id is None else "saved", method_id, actor.tenant_id, setup_id),
    )
    return await _locked(connection, actor.tenant_id, setup_id)


async def _provider_of(
    connection: AsyncConnection[Any], tenant_id: UUID, setup: MethodSetup
) -> Provider | None:
    """None where it has been switched off since."""
    try:
        return await usable_provider(connection, tenant_id, setup.provider, by_hand=False)
    except ProviderUnsuitable:
        return None


async def find_setup(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID, setup_id: UUID
) -> MethodSetup:
    """A setup of an account.

    Raises:
        PaymentMethodSetupNotFound.
    """
    setup = await setup_by_id(connection, tenant_id, setup_id)
    if setup is None or setup.account_id != account_id:
        raise PaymentMethodSetupNotFound(f"The account has no setup {setup_id}.", field="setup_id")
    return setup


async def setup_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, setup_id: UUID
) -> MethodSetup | None:
    """One setup."""
    return await fetch_one(
        connection,
        MethodSetup,
        f"SELECT {_COLUMNS} FROM payment_method_setup WHERE tenant_id = %s AND setup_id = %s",
        (tenant_id, setup_id),
    )


async def setup_by_ref(
    connection: AsyncConnection[Any], tenant_id: UUID, provider: str, provider_ref: str
) -> MethodSetup | None:
    """The setup that the provider calls so."""
    return await fetch_one(
        connection,
        MethodSetup,
        f"SELECT {_COLUMNS} FROM payment_method_setup"
        " WHERE tenant_id = %s AND provider = %s AND provider_ref = %s",
        (tenant_id, provider, provider_ref),
    )


async def left_open(
    connection: AsyncConnection[Any], seconds: float, limit: int
) -> list[tuple[UUID, UUID]]:
    """(tenant, setup) of those whose time is over, and after which nobody has asked for some
    time."""
    cursor = await connection.execute(
        "SELECT tenant_id, setup_id FROM payment_method_setup WHERE state = 'open'"
        " AND expires_at < now() AND updated_at < now() - make_interval(secs => %s)"
        " ORDER BY updated_at LIMIT %s",
        (seconds, limit),
    )
    return await cursor.fetchall()


async def _locked(connection: AsyncConnection[Any], tenant_id: UUID, setup_id: UUID) -> MethodSetup:
    found = await fetch_all(
        connection,
        MethodSetup,
        f"SELECT {_COLUMNS} FROM payment_method_setup WHERE tenant_id = %s AND setup_id = %s"
        " FOR NO KEY UPDATE",
        (tenant_id, setup_id),
    )
    if not found:
        raise PaymentMethodSetupNotFound(f"There is no setup {setup_id}.", field="setup_id")
    return found[0]


async def _name(
    connection: AsyncConnection[Any], tenant_id: UUID, setup_id: UUID, page: SetupPage
) -> None:
    """Note what the provider calls a setup, unless that is known."""
    await connection.execute(
        "UPDATE payment_method_setup SET provider_ref = %s, url = %s, updated_at = now()"
        " WHERE tenant_id = %s AND setup_id = %s AND provider_ref IS NULL AND state = 'open'",
        (page.ref, page.url, tenant_id, setup_id),
    )


async def _touch(connection: AsyncConnection[Any], tenant_id: UUID, setup_id: UUID) -> None:
    """Note that the provider is asked now: if nothing comes of it, others are due before it."""
    await connection.execute(
        "UPDATE payment_method_setup SET updated_at = now() WHERE tenant_id = %s AND setup_id = %s",
        (tenant_id, setup_id),
    )
