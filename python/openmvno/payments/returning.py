"""Where a provider's page leads a payer back to: a page of self-care under the public address.

It is never made of what a request says of itself (its Host), which anybody may write into it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.payments.errors import PublicUrlMissing
from openmvno.tenants import tenant_by_id


async def back_from_payment(
    connection: AsyncConnection[Any], tenant_id: UUID, public_url: str, payment_id: UUID
) -> str | None:
    """From a bank's page; None where the installation has no public address."""
    if not public_url:
        return None
    return f"{await _base(connection, tenant_id, public_url)}/payments/{payment_id}"


async def back_from_setup(
    connection: AsyncConnection[Any], tenant_id: UUID, public_url: str, setup_id: UUID
) -> str:
    """From a page on which a method is saved."""
    return f"{await _base(connection, tenant_id, public_url)}/cards/{setup_id}"


def check_public_url(public_url: str) -> None:
    """Whether payers can be sent to a provider's page and back.

    Raises:
        PublicUrlMissing.
    """
    if not public_url:
        raise PublicUrlMissing("The provider's page could not lead back here.", field=None)


async def _base(connection: AsyncConnection[Any], tenant_id: UUID, public_url: str) -> str:
    tenant = await tenant_by_id(connection, tenant_id)
    assert tenant is not None
    return f"{public_url}/self-care/{quote(tenant.code, safe='')}/back"
