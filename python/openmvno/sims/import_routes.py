"""Routes of SIM imports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, QueryParameter

from openmvno.provisioning import Sealer
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection
from openmvno.rest.files import read_upload
from openmvno.sims import import_store, importing
from openmvno.sims.model import ImportTerms, SimImport
from openmvno.sims.schemas import CSV_EXAMPLE, RejectedLine, SimImportView, import_view

TAGS: Final = ["Inventory"]

FILE_LIMIT: Final = 256 << 20
"""Octets of a SIM file: about a million and a half cards with all their keys and codes."""

REJECTIONS_SHOWN: Final = 1000


@dataclass
class SimFileOperation(Operation):
    """An operation whose body is a SIM file."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes."""
        binary = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        )
        self.request_body = RequestBody(
            content={
                "text/csv": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING),
                    examples={"one card": Example(value=CSV_EXAMPLE)},
                ),
                "text/plain": OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)),
                "application/octet-stream": binary,
            },
            description="CSV or XLSX with the columns iccid and imsi, or a vendor's output file",
            required=True,
        )


@post(
    "/sims/imports",
    guards=[requires("inventory:write")],
    tags=TAGS,
    summary="Import SIM cards",
    request_max_body_size=FILE_LIMIT,
    operation_class=SimFileOperation,
)
async def import_sims(
    creation: NamedDependency[Call],
    form: Annotated[
        Literal["physical", "esim"], QueryParameter(description="Of cards without the column form")
    ] = "physical",
    algorithm: Annotated[
        Literal["comp128v1", "comp128v2", "comp128v3"] | None,
        QueryParameter(description="Of keys without OP or OPc and without the column algorithm"),
    ] = None,
    transport_key: Annotated[
        str,
        QueryParameter(
            max_length=60,
            description="Name of the key that the keys are encrypted under; none: they are not;"
            " left out: the one the file names",
        ),
    ] = "",
) -> Response[SimImportView]:
    """Good lines land, bad ones are listed, a repeat doubles nothing.

    A small file is answered with what became of it, a large one with 202 and its place: read that
    to see its progress.
    """
    upload = await read_upload(creation.request)
    sealer: Sealer = creation.request.app.state.sealer
    terms = ImportTerms(form, algorithm, transport_key)

    async def work(connection: Connection) -> Done:
        result = await importing.take_file(
            connection, creation.actor, sealer, upload.name, upload.content, terms
        )
        view = await _view(connection, creation.tenant_id, result)
        headers = {"Location": f"/v1/sims/imports/{result.import_id}"}
        return Done(201 if result.state == "done" else 202, view, headers)

    return await creation.change(work, content=upload.content)


@get(
    "/sims/imports",
    guards=[requires("inventory:read")],
    tags=TAGS,
    summary="List SIM imports",
)
async def list_imports(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[SimImportView]:
    """From the newest on, without their rejected lines."""
    async with call.connection() as connection:
        rows = await import_store.list_imports(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(rows, page, lambda row: import_view(row, []), lambda row: row.import_id)


@get(
    "/sims/imports/{import_id:uuid}",
    guards=[requires("inventory:read")],
    tags=TAGS,
    summary="One SIM import",
)
async def show_import(call: NamedDependency[Call], import_id: FromPath[UUID]) -> SimImportView:
    """What became of a file, or how far it has been read."""
    async with call.connection() as connection:
        result = await import_store.find(connection, call.tenant_id, import_id)
        return await _view(connection, call.tenant_id, result)


@get(
    "/sims/imports/{import_id:uuid}/rejections",
    guards=[requires("inventory:read")],
    tags=TAGS,
    summary="The rejected lines of a SIM import",
)
async def list_rejections(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], import_id: FromPath[UUID]
) -> Page[RejectedLine]:
    """Every line that was not loaded, and why."""
    async with call.connection() as connection:
        await import_store.find(connection, call.tenant_id, import_id)
        rows = await import_store.list_rejections(
            connection, call.tenant_id, import_id, after=page.after(int), limit=page.rows
        )
    return page_of(
        rows,
        page,
        lambda row: RejectedLine(row.line_number, row.code, row.message),
        lambda row: row.line_number,
    )


async def _view(connection: Connection, tenant_id: UUID, result: SimImport) -> SimImportView:
    rejected = await import_store.list_rejections(
        connection, tenant_id, result.import_id, after=None, limit=REJECTIONS_SHOWN
    )
    return import_view(
        result, [RejectedLine(row.line_number, row.code, row.message) for row in rejected]
    )


SIM_IMPORT_ROUTES: Final[list[Any]] = [import_sims, list_imports, show_import, list_rejections]
