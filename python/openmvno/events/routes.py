"""Event routes. Events follow within a second of the usage that caused them."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from openmvno.events import store
from openmvno.events.schemas import EventView, event_view
from openmvno.rest import Call, Page, PageRequest, opens, page_of, requires

TAGS: Final = ["Balances and usage"]


@get(
    "/events",
    guards=[requires("usage:read")],
    opt=opens("reach:read"),
    tags=TAGS,
    summary="List charging events",
)
async def list_events(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    account: Annotated[UUID | None, QueryParameter(description="Of this account")] = None,
    line: Annotated[UUID | None, QueryParameter(description="Of this line")] = None,
    kind: Annotated[str | None, QueryParameter(description="low_balance, cap_reached …")] = None,
) -> Page[EventView]:
    """Thresholds passed, balances low, caps reached: from the newest on.

    Targets of the provisioning outbox get each of them as ``charging.<kind>``.
    """
    account, line = call.of_lines(account, line)
    async with call.connection() as connection:
        events = await store.list_events(
            connection,
            call.tenant_id,
            account_id=account,
            line_id=line,
            kind=kind,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(events, page, event_view, lambda event: event.event_id)


EVENT_ROUTES: Final[list[Any]] = [list_events]
