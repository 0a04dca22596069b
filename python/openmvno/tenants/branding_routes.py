"""Routes of a tenant's look: read by anybody, set by its administrators."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from openmvno.money import parse_currency
from openmvno.rest import Call, Done, requires
from openmvno.rest.call import Connection
from openmvno.tenants.branding import Branding, branding_of, set_branding
from openmvno.tenants.errors import LogoInvalid, LogoNotFound, TenantNotFound

TAGS: Final = ["Branding"]

Name = Annotated[str, Meta(min_length=1, max_length=100, examples=["Sample Mobile"])]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", examples=["#1f5fbf"])]
Text = Annotated[
    Literal["white", "black"], Meta(description="Text on the accent colour", examples=["white"])
]
Support = Annotated[
    str, Meta(max_length=500, examples=["Call 1234 free of charge, 8 to 20 o'clock"])
]
Language = Literal["en", "de", "es", "uk"]
Currency = Annotated[str, Meta(examples=["EUR"], description="ISO 4217 code")]


ONE_PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
)
"""A picture for examples: a PNG of one grey dot."""


class BrandingIn(msgspec.Struct, forbid_unknown_fields=True):
    """How the pages are to look; the whole of it. ``logo``: PNG or JPEG of 64 kB at most, in
    base 64; null for none."""

    name: Name
    accent: Colour
    currency: Currency
    on_accent: Text = "white"
    support: Support = ""
    language: Language = "en"
    logo: Annotated[str, Meta(max_length=90_000, examples=[ONE_PIXEL])] | None = None


class BrandingView(msgspec.Struct):
    """How the self-care pages of a tenant look."""

    tenant: Annotated[str, Meta(examples=["sample"])]
    name: Name
    accent: Colour
    on_accent: Text
    support: Support
    language: Annotated[Language, Meta(description="Of who has not chosen one (BCP 47)")]
    currency: Currency
    logo_url: Annotated[str | None, Meta(examples=["/v1/branding/sample/logo"])]


async def _find(request: Request[Any, Any, Any], code: str) -> Branding:
    resources = request.app.state.resources
    async with resources.open_connection() as connection:
        cursor = await connection.execute("SELECT tenant_named(%s)", (code,))
        row = await cursor.fetchone()
    tenant_id: UUID | None = None if row is None else row[0]
    if tenant_id is None:
        raise TenantNotFound(f"There is no tenant {code[:60]!r}.", field="tenant")
    async with resources.connection_of(tenant_id) as connection:
        return await branding_of(connection, tenant_id)


@get(
    "/branding/{tenant:str}",
    tags=TAGS,
    summary="How a tenant's pages look",
    opt={"public": True},
)
async def show_branding(
    request: Request[Any, Any, Any], tenant: FromPath[str]
) -> Response[BrandingView]:
    """Needs no token: it is shown before anybody logs in."""
    branding = await _find(request, tenant)
    return Response(_view(tenant, branding), headers={"Cache-Control": "public, max-age=60"})


@get(
    "/branding/{tenant:str}/logo",
    tags=TAGS,
    summary="A tenant's logo",
    opt={"public": True},
    media_type="image/png",
)
async def show_logo(request: Request[Any, Any, Any], tenant: FromPath[str]) -> Response[bytes]:
    """The picture itself, PNG or JPEG."""
    branding = await _find(request, tenant)
    if branding.logo is None or branding.logo_type is None:
        raise LogoNotFound("The tenant has no logo.", field="tenant")
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(branding.logo, media_type=branding.logo_type, headers=headers)


@put(
    "/branding",
    guards=[requires("branding:write")],
    tags=TAGS,
    summary="Set how the tenant's pages look",
)
async def put_branding(
    update: NamedDependency[Call], data: JSONBody[BrandingIn]
) -> Response[BrandingView]:
    """White or black text on the accent colour has to have the contrast of WCAG AA."""
    logo = _decoded(data.logo)
    currency = parse_currency(data.currency)

    async def work(connection: Connection) -> Done:
        kept = await set_branding(
            connection,
            update.actor,
            name=data.name,
            accent=data.accent,
            on_accent=data.on_accent,
            support=data.support,
            language=data.language,
            currency=currency,
            logo=logo,
        )
        cursor = await connection.execute(
            "SELECT code FROM tenant WHERE tenant_id = %s", (update.tenant_id,)
        )
        row = await cursor.fetchone()
        return Done(200, _view(row[0] if row else "", kept))

    return await update.change(work)


def _decoded(logo: str | None) -> bytes | None:
    if logo is None:
        return None
    try:
        return base64.b64decode(logo, validate=True)
    except ValueError as error:  # what is no base 64, and what is not even ASCII
        raise LogoInvalid("It is not written in base 64.", field="logo") from error


def _view(code: str, branding: Branding) -> BrandingView:
    return BrandingView(
        code,
        branding.name,
        branding.accent,
        msgspec.convert(branding.on_accent, Text),
        branding.support,
        msgspec.convert(branding.language, Language),
        branding.currency,
        None if branding.logo is None else f"/v1/branding/{code}/logo",
    )


BRANDING_ROUTES: Final[list[Any]] = [show_branding, show_logo, put_branding]
