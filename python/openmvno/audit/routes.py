"""Reading the audit log."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from openmvno.audit import store
from openmvno.audit.errors import AuditAddressInvalid, AuditEntryNotFound
from openmvno.audit.model import EntryFilter
from openmvno.audit.schemas import AuditEntryView, view
from openmvno.rest import Call, Page, PageRequest, page_of, requires
from openmvno.rest.moments import moment_parameter, read_moment


@get(
    "/audit",
    guards=[requires("audit:read")],
    tags=["Audit"],
    summary="List changes and readings of personal data",
)
async def list_audit(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    kind: Annotated[
        Literal["change", "read"] | None, QueryParameter(description="change or read")
    ] = None,
    subject_type: Annotated[
        str | None, QueryParameter(description="line, account, customer …")
    ] = None,
    subject_id: Annotated[str | None, QueryParameter(description="Its id")] = None,
    action: Annotated[str | None, QueryParameter(description="Such as customer.changed")] = None,
    actor: Annotated[str | None, QueryParameter(description="Name of a token or user")] = None,
    user: Annotated[UUID | None, QueryParameter(description="Id of a user")] = None,
    token: Annotated[UUID | None, QueryParameter(description="Id of a token")] = None,
    address: Annotated[str | None, QueryParameter(description="IP address it came from")] = None,
    request_id: Annotated[str | None, QueryParameter(description="Of one request")] = None,
    since: Annotated[str | None, moment_parameter("From then on")] = None,
    until: Annotated[str | None, moment_parameter("Before then")] = None,
) -> Page[AuditEntryView]:
    """Everything the tenant's users, tokens and operators changed, and whose personal data they
    read, from the newest on."""
    wanted = EntryFilter(
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        action=action,
        actor=actor,
        user_id=user,
        token_id=token,
        address=_address(address),
        request_id=request_id,
        since=read_moment(since, "since"),
        until=read_moment(until, "until"),
    )
    async with call.connection() as connection:
        entries = await store.list_entries(
            connection, call.tenant_id, wanted, before=page.after(UUID), limit=page.rows
        )
    return page_of(entries, page, view, lambda entry: entry.entry_id)


@get(
    "/audit/{entry_id:uuid}",
    guards=[requires("audit:read")],
    tags=["Audit"],
    summary="One entry of the audit log",
)
async def show_audit_entry(call: NamedDependency[Call], entry_id: FromPath[UUID]) -> AuditEntryView:
    """One change, or one reading of personal data."""
    async with call.connection() as connection:
        entry = await store.entry_by_id(connection, call.tenant_id, entry_id)
    if entry is None:
        raise AuditEntryNotFound(f"There is no audit entry {entry_id}.", field="entry_id")
    return view(entry)


def _address(given: str | None) -> str | None:
    try:
        return None if given is None else str(ip_address(given))
    except ValueError as error:
        raise AuditAddressInvalid(f"{given!r} is not an IP address.", field="address") from error


AUDIT_ROUTES = [list_audit, show_audit_entry]
