"""How the self-care pages of a tenant look: name, colour, logo, whom to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.database.rows import fetch_one, fetch_written
from openmvno.tenants import store
from openmvno.tenants.colours import check_contrast
from openmvno.tenants.errors import TenantNotFound
from openmvno.tenants.logos import media_type_of

LANGUAGE: Final = "en"
ACCENT: Final = "#1f5fbf"
_COLUMNS: Final[LiteralString] = (
    "name, accent, on_accent, support, language, currency, logo, logo_type, version"
)


@dataclass(frozen=True, slots=True)
class Branding:
    """``accent``: #rrggbb, with text in ``on_accent`` (white or black) on it. ``support``: whom to
    ask, in words. ``language``: BCP 47, of who has not chosen one."""

    name: str
    accent: str
    on_accent: str
    support: str
    language: str
    currency: str
    logo: bytes | None = None
    logo_type: str | None = None
    version: int = 0


async def branding_of(connection: AsyncConnection[Any], tenant_id: UUID) -> Branding:
    """The tenant's, or what holds until it is set.

    Raises:
        TenantNotFound.
    """
    kept = await _kept(connection, tenant_id)
    if kept is not None:
        return kept
    tenant = await store.tenant_by_id(connection, tenant_id)
    if tenant is None:
        raise TenantNotFound("There is no such tenant.", field="tenant")
    return Branding(tenant.name, ACCENT, "white", "", LANGUAGE, tenant.currency)


async def _kept(connection: AsyncConnection[Any], tenant_id: UUID) -> Branding | None:
    query: LiteralString = f"SELECT {_COLUMNS} FROM tenant_branding WHERE tenant_id = %s"
    return await fetch_one(connection, Branding, query, (tenant_id,))


async def set_branding(
    connection: AsyncConnection[Any],
    actor: Actor,
    *,
    name: str,
    accent: str,
    on_accent: str,
    support: str,
    language: str,
    currency: str,
    logo: bytes | None,
) -> Branding:
    """Replace the tenant's.

    Raises:
        ContrastTooLow, LogoInvalid.
    """
    check_contrast(accent, on_accent)
    logo_type = None if logo is None else media_type_of(logo)
    before = await _kept(connection, actor.tenant_id)
    written = await fetch_written(
        connection,
        Branding,
        "INSERT INTO tenant_branding (tenant_id, name, accent, on_accent, support, language,"
        " currency, logo, logo_type) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, accent = excluded.accent,"
        " on_accent = excluded.on_accent, support = excluded.support,"
        " language = excluded.language, currency = excluded.currency, logo = excluded.logo,"
        " logo_type = excluded.logo_type, version = tenant_branding.version + 1,"
        f" updated_at = now() RETURNING {_COLUMNS}",
        (
            actor.tenant_id,
            name,
            accent.lower(),
            on_accent,
            support,
            language,
            currency,
            logo,
            logo_type,
        ),
    )
    await audit.record(
        connection,
        actor,
        "branding.changed",
        "tenant",
        actor.tenant_id,
        before=None if before is None else _audited(before),
        after=_audited(written),
    )
    return written


def _audited(branding: Branding) -> dict[str, Any]:
    return {
        "name": branding.name,
        "accent": branding.accent,
        "on_accent": branding.on_accent,
        "support": branding.support,
        "language": branding.language,
        "currency": branding.currency,
        "logo_bytes": None if branding.logo is None else len(branding.logo),
    }
