"""The tenant's payment providers: kept sealed, opened where they are called."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.database.rows import fetch_all, fetch_one, fetch_written
from openmvno.errors import one_of
from openmvno.payments.errors import ProviderInvalid, ProviderNotFound, ProviderUnsuitable
from openmvno.payments.model import Provider
from openmvno.payments.providers import HAND_KINDS, KINDS, CardProvider
from openmvno.payments.sealed import api_key_of, webhook_secret_of
from openmvno.provisioning import Sealer

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COLUMNS: Final = "name, kind, api_url, sealed_api_key, sealed_webhook_secret, enabled, version"


async def set_provider(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    name: str,
    *,
    kind: str,
    api_key: str | None,
    webhook_secret: str | None,
    api_url: str,
    enabled: bool,
) -> Provider:
    """Create or replace a provider; its kind stays what it is.

    Raises:
        ProviderInvalid.
    """
    if _NAME.fullmatch(name) is None:
        raise ProviderInvalid(
            f"{name[:63]!r} is not a name for a provider.",
            field="name",
            accepted="lower-case letters, digits and dashes, the first no dash",
        )
    before = await find_provider(connection, actor.tenant_id, name, missing_ok=True)
    if before is not None and before.kind != kind:
        raise ProviderInvalid(
            f"{name} is a {before.kind}.", field="kind", accepted=f"{before.kind}, or another name"
        )
    _check_credentials(kind, api_key, webhook_secret, api_url)

    def sealed(what: str, secret: str | None) -> bytes | None:
        return None if secret is None else sealer.seal(actor.tenant_id, what, secret)

    provider = await fetch_written(
        connection,
        Provider,
        "INSERT INTO payment_provider (tenant_id, name, kind, api_url, sealed_api_key,"
        " sealed_webhook_secret, enabled) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id, name) DO UPDATE SET api_url = excluded.api_url,"
        " sealed_api_key = excluded.sealed_api_key,"
        " sealed_webhook_secret = excluded.sealed_webhook_secret, enabled = excluded.enabled,"
        " version = payment_provider.version + 1, updated_at = now()"
        f" RETURNING {_COLUMNS}",
        (
            actor.tenant_id,
            name,
            kind,
            api_url,
            sealed(api_key_of(name), api_key),
            sealed(webhook_secret_of(name), webhook_secret),
            enabled,
        ),
    )
    await audit.record(
        connection,
        actor,
        "payment_provider.set",
        "payment_provider",
        name,
        before=None if before is None else {"api_url": before.api_url, "enabled": before.enabled},
        after={"kind": kind, "api_url": api_url, "enabled": enabled},
    )
    return provider


def _check_credentials(
    kind: str, api_key: str | None, webhook_secret: str | None, api_url: str
) -> None:
    if kind not in KINDS:
        if api_key or webhook_secret or api_url:
            raise ProviderInvalid(
                f"A {kind} has neither keys nor address.",
                field="api_key",
                accepted=f"neither api_key nor webhook_secret nor api_url with the kind {kind}",
            )
        return
    if not api_key or not webhook_secret:
        raise ProviderInvalid(
            f"A {kind} needs its key and the secret of its webhook.",
            field="webhook_secret" if api_key else "api_key",
            accepted="both of api_key and webhook_secret",
        )
    parts = urlsplit(api_url)
    if api_url and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ProviderInvalid(
            f"{api_url[:100]!r} is no address.",
            field="api_url",
            accepted="an absolute http or https URL",
        )


async def find_provider(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, missing_ok: bool = False
) -> Provider | None:
    """A provider of the tenant; None only where ``missing_ok``.

    Raises:
        ProviderNotFound.
    """
    provider = await fetch_one(
        connection,
        Provider,
        f"SELECT {_COLUMNS} FROM payment_provider WHERE tenant_id = %s AND name = %s",
        (tenant_id, name),
    )
    if provider is None and not missing_ok:
        raise ProviderNotFound(f"There is no provider {name[:63]!r}.", field="provider")
    return provider


async def usable_provider(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, by_hand: bool
) -> Provider:
    """A provider that is switched on and of the kind that is needed: one whose money staff enter,
    or one that is called.

    Raises:
        ProviderNotFound, ProviderUnsuitable.
    """
    provider = await find_provider(connection, tenant_id, name)
    assert provider is not None
    if not provider.enabled:
        raise ProviderUnsuitable(
            f"{name} is switched off.", field="provider", accepted="a provider that is switched on"
        )
    if by_hand == (provider.kind in KINDS):
        raise ProviderUnsuitable(
            f"What {name} receives it says itself."
            if by_hand
            else f"{name} has no payment methods to save or charge.",
            field="provider",
            accepted=f"a provider of the kind {one_of(HAND_KINDS if by_hand else KINDS)}",
        )
    return provider


async def list_providers(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Provider]:
    """All providers of the tenant, by name."""
    return await fetch_all(
        connection,
        Provider,
        f"SELECT {_COLUMNS} FROM payment_provider WHERE tenant_id = %s ORDER BY name",
        (tenant_id,),
    )


def opened(sealer: Sealer, tenant_id: UUID, provider: Provider) -> CardProvider:
    """The interface of a provider that has one."""

    def secret(what: str, sealed: bytes | None) -> str:
        assert sealed is not None
        return sealer.open(tenant_id, what, sealed)

    return _interface(
        provider.kind,
        secret(api_key_of(provider.name), provider.sealed_api_key),
        secret(webhook_secret_of(provider.name), provider.sealed_webhook_secret),
        provider.api_url,
    )


@lru_cache(maxsize=256)
def _interface(kind: str, api_key: str, webhook_secret: str, api_url: str) -> CardProvider:
    """One for each set of credentials, as it keeps connections open."""
    return KINDS[kind](api_key, webhook_secret, api_url)
