"""CDR routes. CDRs follow within a second of the last answer to the network."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from openmvno.charging import store
from openmvno.charging.errors import CdrNotFound
from openmvno.charging.explanation import EXPLANATION_ROUTES
from openmvno.charging.schemas import CdrView, cdr_view
from openmvno.rest import Call, Page, PageRequest, opens, page_of, requires

TAGS: Final = ["Balances and usage"]


@get(
    "/cdrs",
    guards=[requires("usage:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="List CDRs",
)
async def list_cdrs(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    account: Annotated[UUID | None, QueryParameter(description="Of this account")] = None,
    line: Annotated[UUID | None, QueryParameter(description="Of this line")] = None,
    session: Annotated[str | None, QueryParameter(description="Of this Session-Id")] = None,
) -> Page[CdrView]:
    """CDRs from the newest on."""
    account, line = call.of_lines(account, line)
    async with call.reading() as connection:
        cdrs = await store.list_cdrs(
            connection,
            call.tenant_id,
            account_id=account,
            line_id=line,
            session_id=session,
            before=page.after(UUID),
            limit=page.rows,
        )
    await call.shown("usage", sorted({cdr.line_id for cdr in cdrs[: page.limit]}))
    return page_of(
        cdrs, page, partial(cdr_view, for_outside=call.actor.is_outside), lambda cdr: cdr.cdr_id
    )


@get(
    "/cdrs/{cdr_id:uuid}",
    guards=[requires("usage:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="One CDR",
)
async def show_cdr(call: NamedDependency[Call], cdr_id: FromPath[UUID]) -> CdrView:
    """A priced piece of usage. Why it has its amount: its ``explanation``."""
    async with call.reading() as connection:
        cdr = await store.cdr_by_id(connection, call.tenant_id, cdr_id)
    if cdr is None:
        raise CdrNotFound(f"There is no CDR {cdr_id}.", field="cdr_id")
    await call.shown("usage", [cdr.line_id])
    return cdr_view(cdr, for_outside=call.actor.is_outside)


CHARGING_ROUTES: Final[list[Any]] = [list_cdrs, show_cdr, *EXPLANATION_ROUTES]
