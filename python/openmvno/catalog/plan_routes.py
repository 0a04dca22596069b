"""Routes that ask what a document would do: differences, plans, quotes. Nothing changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody, QueryParameter

from openmvno import charging
from openmvno.catalog import service, store
from openmvno.catalog.diff import differences
from openmvno.catalog.errors import (
    CatalogChoiceInvalid,
    CatalogInvalid,
    PlanTooLarge,
    QuoteInvalid,
)
from openmvno.catalog.line_quotes import fill_in, quoted_version
from openmvno.catalog.model import Document
from openmvno.catalog.plan import make_plan
from openmvno.catalog.plan_schemas import DifferenceView, PlanRequest, PlanView, plan_view
from openmvno.catalog.pricing import quote
from openmvno.catalog.routes import DOCUMENT_LIMIT, TAGS
from openmvno.catalog.rules import check
from openmvno.charging import Period
from openmvno.rest import Call, opens, requires
from openmvno.rest.call import Connection
from openmvno.rest.errors import ScopeMissing
from openmvno.rest.teaching import decode_body

PLAN_DAYS: Final = 31
PLAN_RECORDS: Final = 100_000
"""What one request may rate: some seconds."""


QUOTED: Final = ("line", "product", "service", "direction", "destination", "usage", "at")
"""What of a quote users outside the staff may ask; the rest tries out what is not for them."""

WHOLE_NUMBERS: Final = ("usage", "rating_group")
"""Fields of a quote that people mistype; the core tells the others by their place alone."""

_QUOTE_EXAMPLE: Final[dict[str, Any]] = {
    "product": "prepaid-basic",
    "service": "voice",
    "destination": "38591234567",
    "at": "2026-11-27T19:58:00+01:00",
    "usage": 300,
    "balance": "10.00",
}

_LINE_EXAMPLE: Final[dict[str, Any]] = {
    "line": "385910000001",
    "service": "voice",
    "destination": "38591234567",
    "usage": 300,
}


@dataclass
class QuoteOperation(Operation):
    """An operation whose body is the request of a quote."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes."""
        media = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT, description="A usage; see docs/catalogue.md"),
            examples={
                "call": Example(value=_QUOTE_EXAMPLE, summary="Five minutes to Croatia"),
                "version": Example(
                    value={**_QUOTE_EXAMPLE, "version": 3}, summary="The same under a draft"
                ),
                "line": Example(value=_LINE_EXAMPLE, summary="A call of a subscriber, now"),
            },
        )
        self.request_body = RequestBody(
            content={"application/json": media},
            description="The usage, and optionally a document or a version to price it by",
            required=True,
        )


@get(
    "/catalog/versions/{number:int}/diff",
    guards=[requires("catalog:read")],
    tags=TAGS,
    summary="What a version changes",
)
async def show_difference(
    call: NamedDependency[Call],
    number: FromPath[int],
    against: Annotated[
        int | None,
        QueryParameter(
            description="Version to compare with [the one it takes over from, or the one in force]"
        ),
    ] = None,
) -> DifferenceView:
    """The differences from version ``against`` to this one, by code."""
    async with call.connection() as connection:
        new = await service.find_version(connection, call.tenant_id, number)
        if against is None:
            old = await service.version_replaced_by(connection, call.tenant_id, new)
        else:
            old = await service.find_version(connection, call.tenant_id, against, field="against")
        before = await store.document_of(connection, call.tenant_id, old.id)
        after = await store.document_of(connection, call.tenant_id, new.id)
    return DifferenceView(old.number, new.number, differences(before, after))


@post(
    "/catalog/plans",
    guards=[requires("catalog:read"), requires("usage:read")],
    tags=TAGS,
    summary="What a document would change",
    status_code=200,
    request_max_body_size=DOCUMENT_LIMIT,
)
async def plan_catalog(creation: NamedDependency[Call], data: JSONBody[PlanRequest]) -> PlanView:
    """Rate real usage under the version in force (or the one that will be when the document is to
    come into force) and under a document: revenue, bills, lines.

    The period has at most 31 days and 100,000 CDRs; `openmvno catalog plan` takes any.
    """
    period = Period(data.since, data.until)
    async with creation.connection() as connection:
        document, effective_at = await _document(connection, creation, data)
        await _check_bounds(connection, creation, period)
    async with creation.connection() as connection:
        plan = await make_plan(
            connection,
            creation.tenant_id,
            document,
            period,
            effective_at=effective_at,
            buckets=data.buckets,
        )
    return plan_view(plan, data.top)


@post(
    "/quotes",
    guards=[requires("catalog:read")],
    opt=opens("reach:read", members=QUOTED),
    tags=TAGS,
    summary="What a usage would cost",
    status_code=200,
    request_max_body_size=DOCUMENT_LIMIT,
    operation_class=QuoteOperation,
)
async def make_quote(creation: NamedDependency[Call]) -> dict[str, Any]:
    """The charge of a usage and every step of it, under the version that is in force at its time
    (`at`; for the past: now) unless the body names a `version` or brings a `document`. `line` (id
    or MSISDN) in place of `product`: what the subscriber has now is filled in; that needs the scope
    `balance:read` too."""
    request = decode_body(await creation.request.body(), dict[str, Any])
    document, number = request.pop("document", None), request.pop("version", None)
    if number is not None and type(number) is not int:
        raise QuoteInvalid(
            "The version is not a whole number.",
            field="version",
            accepted="the number of a catalogue version, such as 3",
        )
    for name in WHOLE_NUMBERS:
        if type(request.get(name, 0)) is not int:
            raise QuoteInvalid(
                f"{name} is not a whole number.", field=name, accepted="a whole number such as 300"
            )
    if "account" in request:
        raise QuoteInvalid(
            "The account is that of the line.", field="account", accepted="a quote without account"
        )
    of_line = request.get("line") is not None
    of_staff = not creation.actor.is_outside
    if of_line and of_staff and "balance:read" not in creation.actor.scopes:
        raise ScopeMissing("balance:read")
    async with creation.connection() as connection:
        text, priced_by = await _text(connection, creation, document, (number, request.get("at")))
        if of_line:
            engine = creation.request.app.state.engine
            with _of_the_body():
                request = await fill_in(connection, engine, creation.tenant_id, text, request)
    with _of_the_body():
        quoted = {**await asyncio.to_thread(quote, text, request), "version": priced_by}
    if creation.actor.is_outside:  # what partners charge each other is not theirs to know
        quoted.pop("partners", None)
        quoted["steps"] = [each for each in quoted["steps"] if each["step"] != "partner"]
    return quoted


@contextmanager
def _of_the_body() -> Iterator[None]:
    """Mistakes of a document that came with the request are in its member ``document``."""
    try:
        yield
    except CatalogInvalid as error:
        raise CatalogInvalid(error.mistakes, "document") from error


async def _check_bounds(connection: Connection, call: Call, period: Period) -> None:
    if period.until - period.since > timedelta(days=PLAN_DAYS):
        raise PlanTooLarge(
            f"The period has more than {PLAN_DAYS} days.",
            field="until",
            accepted=f"at most {PLAN_DAYS} days; openmvno catalog plan takes any period",
            extra={"maximum_days": PLAN_DAYS},
        )
    if await charging.has_more_usage(connection, call.tenant_id, period, PLAN_RECORDS):
        raise PlanTooLarge(
            f"The period has more than {PLAN_RECORDS} CDRs.",
            field="until",
            accepted=f"a period with at most {PLAN_RECORDS} CDRs; openmvno catalog plan takes any",
            extra={"maximum_records": PLAN_RECORDS},
        )


async def _document(
    connection: Connection, call: Call, data: PlanRequest
) -> tuple[Document, datetime | None]:
    """The document that was sent, or that of a version, and when it comes into force if that is
    not now.

    Raises:
        CatalogChoiceInvalid, CatalogInvalid, CatalogVersionNotFound.
    """
    if (data.document is None) == (data.version is None):
        raise CatalogChoiceInvalid("Either none or both of them are there.", field="document")
    document, effective_at = data.document, data.effective_at
    if data.version is not None:
        version = await service.find_version(
            connection, call.tenant_id, data.version, field="version"
        )
        document = await store.document_of(connection, call.tenant_id, version.id)
        if effective_at is None and version.state == "scheduled":
            effective_at = version.effective_at
    with _of_the_body():
        return await asyncio.to_thread(check, document), effective_at


async def _text(
    connection: Connection, call: Call, document: Any, named: tuple[int | None, object]
) -> tuple[bytes, int | None]:
    """The JSON text a quote is made under, and which version it is; the core checks a document
    while it compiles it.

    ``named``: the number of a version, and the quote's time.
    """
    number, at = named
    if document is not None and number is not None:
        raise CatalogChoiceInvalid("Both of them are there.", field="document")
    if document is not None:
        return msgspec.json.encode(document), None
    version = await quoted_version(connection, call.tenant_id, number, at)
    return await store.text_of(connection, call.tenant_id, version.id), version.number


PLAN_ROUTES: Final[list[Any]] = [show_difference, plan_catalog, make_quote]
