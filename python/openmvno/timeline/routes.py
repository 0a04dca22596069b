"""Timelines of lines, accounts and customers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from openmvno.customers import find_account, find_customer
from openmvno.rest import Call, Page, PageRequest, cursor_of, opens, requires
from openmvno.rest.call import Connection
from openmvno.rest.moments import Moment
from openmvno.rest.reach import ABOVE_LINES
from openmvno.subscribers import find_line
from openmvno.timeline.service import Entry, Subjects, entries, of_account, of_customer

TAGS: Final = ["Customers"]
READ: Final = [requires("customers:read")]

Kind = Literal[
    "change",
    "product",
    "identity",
    "top_up",
    "payment",
    "refund",
    "voucher",
    "transfer",
    "notice",
    "port",
    "delivery",
    "usage",
    "read",
]
WithUsage = Annotated[bool, QueryParameter(description="With an entry for each CDR")]
WithReads = Annotated[
    bool, QueryParameter(description="With who read personal data, for whom may know")
]


class EntryView(msgspec.Struct):
    """Something that happened. ``code`` is stable: pages make a sentence of it in their language,
    with ``parameters``. Amounts are decimal strings."""

    id: UUID
    at: Moment
    kind: Annotated[Kind, Meta(examples=["payment"])]
    code: Annotated[str, Meta(examples=["payment.received"])]
    parameters: Annotated[
        dict[str, Any], Meta(examples=[{"amount": "10.00", "currency": "EUR", "provider": "desk"}])
    ]
    actor: Annotated[str | None, Meta(examples=["ana@mvno.example"])]
    line_id: UUID | None
    account_id: UUID | None


@get(
    "/lines/{line_id:uuid}/timeline",
    guards=READ,
    opt=opens("reach:read"),
    tags=["Lines"],
    summary="What happened to a line",
)
async def show_line_timeline(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    line_id: FromPath[UUID],
    usage: WithUsage = False,
    reads: WithReads = True,
) -> Page[EntryView]:
    """Changes, products, cards and numbers, ports, notices, failed deliveries, and the money of its
    account: from the newest on. What the caller has no scope for is left out; who read data and
    what a change was before need ``audit:read``."""
    async with call.connection() as connection:
        line = await find_line(connection, call.tenant_id, line_id)
        subjects = Subjects({line_id: line.account_id}, [line.account_id])
        answer = await _page(connection, call, page, subjects, usage=usage, reads=reads)
    await call.shown("line", [line_id])
    return answer


@get(
    "/accounts/{account_id:uuid}/timeline",
    guards=READ,
    opt=opens("reach:read", ABOVE_LINES),
    tags=TAGS,
    summary="What happened to an account and its lines",
)
async def show_account_timeline(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    account_id: FromPath[UUID],
    usage: WithUsage = False,
    reads: WithReads = True,
) -> Page[EntryView]:
    """As for a line, of the account and all its lines."""
    async with call.connection() as connection:
        await find_account(connection, call.tenant_id, account_id)
        subjects = await of_account(connection, call.tenant_id, account_id)
        answer = await _page(connection, call, page, subjects, usage=usage, reads=reads)
    await call.shown("account", [account_id])
    return answer


@get(
    "/customers/{customer_id:uuid}/timeline",
    guards=READ,
    opt=opens("reach:read", ABOVE_LINES),
    tags=TAGS,
    summary="What happened to a customer",
)
async def show_customer_timeline(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    customer_id: FromPath[UUID],
    usage: WithUsage = False,
    reads: WithReads = True,
) -> Page[EntryView]:
    """As for a line, of the customer, its accounts and their lines; not of customers below it."""
    async with call.connection() as connection:
        await find_customer(connection, call.tenant_id, customer_id)
        subjects = await of_customer(connection, call.tenant_id, customer_id)
        answer = await _page(connection, call, page, subjects, usage=usage, reads=reads)
    await call.shown("customer", [customer_id])
    return answer


async def _page(
    connection: Connection,
    call: Call,
    page: PageRequest,
    subjects: Subjects,
    *,
    usage: bool,
    reads: bool,
) -> Page[EntryView]:
    found, last = await entries(
        connection,
        call.actor,
        subjects,
        usage=usage,
        reads=reads,
        before=page.after(UUID),
        limit=page.limit,
    )
    return Page([_view(each) for each in found], None if last is None else cursor_of(last))


def _view(entry: Entry) -> EntryView:
    return EntryView(
        entry.entry_id,
        entry.at,
        msgspec.convert(entry.kind, Kind),
        entry.code,
        entry.parameters,
        entry.actor,
        entry.line_id,
        entry.account_id,
    )


TIMELINE_ROUTES: Final[list[Any]] = [
    show_line_timeline,
    show_account_timeline,
    show_customer_timeline,
]
