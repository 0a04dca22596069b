"""Catalogue routes. A document is the body itself, JSON or YAML, the same as in a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter

from openmvno.catalog import offers, service, store, units
from openmvno.catalog.contents import contents_of
from openmvno.catalog.documents import load_json, load_yaml
from openmvno.catalog.errors import CatalogInvalid, CatalogTimeInvalid, Mistake
from openmvno.catalog.model import Document
from openmvno.catalog.rules import instant
from openmvno.catalog.schemas import (
    DOCUMENT_EXAMPLE,
    CatalogBucketView,
    CatalogVersionView,
    CatalogView,
    ProductView,
    ServiceView,
    bucket_views,
    product_view,
    version_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection
from openmvno.rest.errors import MediaTypeUnsupported

DOCUMENT_LIMIT: Final = 64 << 20
"""Bytes of a catalogue document: about half a million rates."""

TAGS: Final = ["Catalogue"]

EffectiveAt = Annotated[
    str | None,
    QueryParameter(
        description="RFC 3339 time with an offset, when it comes into force [at once]",
        examples=[Example(value="2027-01-01T00:00:00Z")],
    ),
]


@dataclass
class DocumentOperation(Operation):
    """An operation whose body is a catalogue document."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes."""
        media = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT, description="A catalogue document"),
            examples={"small": Example(value=DOCUMENT_EXAMPLE, summary="One service, one rate")},
        )
        self.request_body = RequestBody(
            content={"application/json": media, "application/yaml": media},
            description="services, rate_tables and products; see GET /v1/catalog",
            required=True,
        )


@get("/catalog", guards=[requires("catalog:read")], tags=TAGS, summary="The catalogue in force")
async def show_catalog(call: NamedDependency[Call]) -> CatalogView:
    """The published version with its document."""
    async with call.connection() as connection:
        version = await service.current_version(connection, call.tenant_id)
        document = await store.document_of(connection, call.tenant_id, version.id)
    return CatalogView(version_view(version), document)


@get(
    "/products",
    guards=[requires("catalog:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Products on sale",
)
async def list_products(call: NamedDependency[Call]) -> list[ProductView]:
    """The products of the published version."""
    async with call.connection() as connection:
        version = await service.current_version(connection, call.tenant_id)
        contents = await contents_of(connection, call.tenant_id, version)
    return [
        product_view(product, contents[product.code]) for product in offers.products_of(version)
    ]


@get(
    "/services",
    guards=[requires("catalog:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Services on sale",
)
async def list_services(call: NamedDependency[Call]) -> list[ServiceView]:
    """The services of the published version, and what their usage is counted in."""
    async with call.connection() as connection:
        version = await service.current_version(connection, call.tenant_id)
        found = await units.units_of(connection, call.tenant_id, version)
    return [ServiceView(code, unit) for code, unit in found.items()]


@get(
    "/buckets",
    guards=[requires("catalog:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="Buckets on sale",
)
async def list_buckets(call: NamedDependency[Call]) -> list[CatalogBucketView]:
    """The allowances and wallets of the published version, and what tops them up."""
    async with call.connection() as connection:
        version = await service.current_version(connection, call.tenant_id)
    return bucket_views(version)


@get("/catalog/versions", guards=[requires("catalog:read")], tags=TAGS, summary="List versions")
async def list_versions(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[CatalogVersionView]:
    """All versions from the newest on."""
    async with call.connection() as connection:
        versions = await store.list_versions(
            connection, call.tenant_id, before=page.after(int), limit=page.rows
        )
    return page_of(versions, page, version_view, lambda version: version.number)


@get(
    "/catalog/versions/{number:int}",
    guards=[requires("catalog:read")],
    tags=TAGS,
    summary="One version",
)
async def show_version(call: NamedDependency[Call], number: FromPath[int]) -> CatalogView:
    """A version with its document."""
    async with call.connection() as connection:
        version = await service.find_version(connection, call.tenant_id, number)
        document = await store.document_of(connection, call.tenant_id, version.id)
    return CatalogView(version_view(version), document)


@post(
    "/catalog/versions",
    guards=[requires("catalog:write")],
    tags=TAGS,
    summary="Send a document",
    request_max_body_size=DOCUMENT_LIMIT,
    operation_class=DocumentOperation,
    opt={"also": {200: "It is there already; nothing has changed"}},
)
async def create_version(
    creation: NamedDependency[Call],
    publish: Annotated[
        bool, QueryParameter(description="Put it in force, at once or at `effective_at`")
    ] = False,
    effective_at: EffectiveAt = None,
    note: Annotated[str, QueryParameter(max_length=200, description="Why this version")] = "",
) -> Response[CatalogVersionView]:
    """Keep a document as a new version, draft or to be in force. Mistakes come with paths."""
    moment = _moment(effective_at)
    if moment is not None and not publish:
        raise CatalogTimeInvalid(
            "A draft has no time.",
            field="effective_at",
            accepted="a time together with publish=true, or none",
        )
    document = await _read_document(creation)

    async def work(connection: Connection) -> Done:
        if publish:
            applied = await service.apply_document(
                connection, creation.actor, document, note, moment
            )
            status = 200 if applied.unchanged else 201
            return Done(status, version_view(applied.version), commands=applied.commands)
        version = await service.draft(connection, creation.actor, document, note)
        return Done(201, version_view(version))

    return await creation.change(work)


@post(
    "/catalog/versions/{number:int}/publish",
    guards=[requires("catalog:write")],
    tags=TAGS,
    summary="Put a draft in force",
    status_code=200,
)
async def publish_version(
    creation: NamedDependency[Call], number: FromPath[int], effective_at: EffectiveAt = None
) -> Response[CatalogVersionView]:
    """New sessions are rated by it from now, or from `effective_at`, on; running data sessions from
    their next report on. The version before is then retired."""
    moment = _moment(effective_at)

    async def work(connection: Connection) -> Done:
        applied = await service.publish(connection, creation.actor, number, moment)
        return Done(200, version_view(applied.version), commands=applied.commands)

    return await creation.change(work)


@post(
    "/catalog/versions/{number:int}/retire",
    guards=[requires("catalog:write")],
    tags=TAGS,
    summary="Give a draft up, or withdraw a scheduled version",
    status_code=200,
)
async def retire_version(
    creation: NamedDependency[Call], number: FromPath[int]
) -> Response[CatalogVersionView]:
    """A draft that will not be published, or a version whose time has not come and shall not.
    Nothing is ever deleted."""

    async def work(connection: Connection) -> Done:
        retired = await service.retire(connection, creation.actor, number)
        return Done(200, version_view(retired.version), commands=retired.commands)

    return await creation.change(work)


def _moment(effective_at: str | None) -> datetime | None:
    return None if effective_at is None else instant(effective_at)


async def _read_document(call: NamedDependency[Call]) -> Document:
    body = await call.request.body()
    media_type = call.request.headers.get("Content-Type", "application/json").split(";")[0].strip()
    if media_type == "application/json":
        return await asyncio.to_thread(load_json, body)
    if media_type in ("application/yaml", "application/x-yaml", "text/yaml"):
        try:
            return await asyncio.to_thread(load_yaml, body.decode())
        except UnicodeDecodeError as error:
            raise CatalogInvalid([Mistake("", f"not UTF-8: {error}")]) from error
    raise MediaTypeUnsupported(
        f"A document is not read from {media_type[:60]!r}.",
        field="Content-Type",
        accepted="application/json or application/yaml",
    )


CATALOG_ROUTES: Final[list[Any]] = [
    show_catalog,
    list_products,
    list_services,
    list_buckets,
    list_versions,
    show_version,
    create_version,
    publish_version,
    retire_version,
]
