"""Reading the audit log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from openmvno.audit import store
from openmvno.audit.schemas import AuditEntryView, view
from openmvno.rest import Call, Page, PageRequest, page_of, requires


@get("/audit", guards=[requires("audit:read")], tags=["Audit"], summary="List changes")
async def list_audit(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    subject_type: Annotated[
        str | None, QueryParameter(description="line, account, customer …")
    ] = None,
    subject_id: Annotated[str | None, QueryParameter(description="Its id")] = None,
) -> Page[AuditEntryView]:
    """Every change the tenant's tokens and operators made, from the newest on."""
    async with call.connection() as connection:
        entries = await store.list_entries(
            connection,
            call.tenant_id,
            subject_type=subject_type,
            subject_id=subject_id,
            before=page.after(UUID),
            limit=page.rows,
        )
    return page_of(entries, page, view, lambda entry: entry.entry_id)


AUDIT_ROUTES = [list_audit]
