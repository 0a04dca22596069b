"""SIM card routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection
from openmvno.rest.files import read_upload
from openmvno.sims import service, store
from openmvno.sims.errors import SimImportNotFound
from openmvno.sims.model import Sim, SimImport

FILE_LIMIT: Final = 32 << 20
"""Bytes of a SIM file: about half a million cards."""

EXAMPLE: Final = "iccid,imsi\n8938510000000000018,219010000000001\n"


class SimView(msgspec.Struct):
    """A SIM card."""

    iccid: str
    imsi: str
    state: Annotated[str, Meta(description="available, in_use, lost, disposed")]
    line_id: UUID | None
    import_id: UUID | None
    updated_at: datetime


class RejectedLine(msgspec.Struct):
    """A line that was not loaded, and why."""

    line_number: int
    code: str
    message: str


class SimImportView(msgspec.Struct):
    """What became of a file. ``already_known``: lines equal to a card in the inventory."""

    id: UUID
    file_name: str
    loaded: int
    already_known: int
    rejected: int
    rejected_lines: list[RejectedLine]
    created_at: datetime


@dataclass
class SimFileOperation(Operation):
    """An operation whose body is a CSV file."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes."""
        self.request_body = RequestBody(
            content={
                "text/csv": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING),
                    examples={"one card": Example(value=EXAMPLE)},
                )
            },
            description="CSV with the columns iccid and imsi",
            required=True,
        )


def sim_view(sim: Sim) -> SimView:
    """What the API shows of a card."""
    return SimView(sim.iccid, sim.imsi, sim.state, sim.line_id, sim.import_id, sim.updated_at)


def import_view(result: SimImport) -> SimImportView:
    """What the API shows of an import."""
    return SimImportView(
        result.import_id,
        result.file_name,
        result.loaded,
        result.already_known,
        result.rejected,
        [RejectedLine(**entry) for entry in result.report],
        result.created_at,
    )


@post(
    "/sim-imports",
    guards=[requires("inventory:write")],
    tags=["Inventory"],
    summary="Import SIM cards",
    request_max_body_size=FILE_LIMIT,
    operation_class=SimFileOperation,
)
async def import_sims(creation: NamedDependency[Call]) -> Response[SimImportView]:
    """Good lines land, bad ones are listed, a repeat doubles nothing."""
    upload = await read_upload(creation.request)

    async def work(connection: Connection) -> Done:
        result = await service.import_sims(connection, creation.actor, upload.name, upload.content)
        headers = {"Location": f"/v1/sim-imports/{result.import_id}"}
        return Done(201, import_view(result), headers)

    return await creation.change(work, content=upload.content)


@get(
    "/sim-imports/{import_id:uuid}",
    guards=[requires("inventory:read")],
    tags=["Inventory"],
    summary="One import",
)
async def show_import(call: NamedDependency[Call], import_id: FromPath[UUID]) -> SimImportView:
    """What became of a file."""
    async with call.connection() as connection:
        result = await store.find_import(connection, call.tenant_id, import_id)
    if result is None:
        raise SimImportNotFound(f"There is no SIM import {import_id}.")
    return import_view(result)


@get("/sims", guards=[requires("inventory:read")], tags=["Inventory"], summary="List SIM cards")
async def list_sims(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    sim_state: Annotated[
        Literal["available", "in_use", "lost", "disposed"] | None,
        QueryParameter(name="state", description="Only those in this state"),
    ] = None,
) -> Page[SimView]:
    """The inventory in order of ICCIDs."""
    async with call.connection() as connection:
        rows = await store.list_sims(
            connection,
            call.tenant_id,
            state=sim_state,
            after=page.after(str),
            limit=page.rows,
        )
    await call.shown("line", [row.line_id for row in rows[: page.limit] if row.line_id])
    return page_of(rows, page, sim_view, lambda sim: sim.iccid)


SIM_ROUTES: Final[list[Any]] = [import_sims, show_import, list_sims]
