"""Usage file routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath
from msgspec import Meta

from openmvno.charging import last_of_each_shard
from openmvno.mediation import service, store
from openmvno.mediation.errors import UsageFileNotFound
from openmvno.mediation.model import RecordFate, UsageFile
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection
from openmvno.rest.files import read_upload
from openmvno.rest.moments import Moment

FILE_LIMIT: Final = 64 << 20
"""Bytes of a usage file: about half a million records."""

TAGS: Final = ["Balances and usage"]
EXAMPLE: Final = (
    "record_id,imsi,service,direction,destination,started_at,duration\n"
    "R-1,219010000000001,roaming-voice,originating,4930123456,2026-05-01T10:00:00Z,125\n"
)


class UsageFileView(msgspec.Struct):
    """A usage file. Its records are at ``/v1/usage-files/{id}/records``."""

    id: UUID
    file_name: str
    status: Annotated[str, Meta(description="processing or processed")]
    accepted: int
    duplicates: int
    rejected: int
    rated: int
    refused: int
    created_at: Moment


class UsageRecordView(msgspec.Struct):
    """A line of a file. ``fate``: rejected, duplicate, pending, rated, refused."""

    line_number: int
    record_id: str
    fate: str
    code: str | None
    message: str | None
    account_id: UUID | None
    line_id: UUID | None
    record: dict[str, Any]
    outcome: dict[str, Any] | None


@dataclass
class UsageFileOperation(Operation):
    """An operation whose body is a CSV file."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads as bytes."""
        text = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING),
            examples={"roaming call": Example(value=EXAMPLE)},
        )
        form = OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                properties={"file": Schema(type=OpenAPIType.STRING, content_encoding="binary")},
                required=["file"],
            )
        )
        self.request_body = RequestBody(
            content={"text/csv": text, "multipart/form-data": form},
            description=(
                "CSV with record_id, imsi or msisdn, service, direction (originating when empty),"
                " destination (as dialled, read by the catalogue's numbering), started_at (with"
                " time zone), duration or usage (whole units);"
                " where the price asks for it, rating_group, plmn (MCC and MNC of the serving"
                " network), msc, apn"
            ),
            required=True,
        )


def file_view(file: UsageFile) -> UsageFileView:
    """What the API shows of a file."""
    return UsageFileView(
        file.file_id,
        file.file_name,
        file.status,
        file.accepted,
        file.duplicates,
        file.rejected,
        file.rated,
        file.refused,
        file.created_at,
    )


def record_view(fate: RecordFate) -> UsageRecordView:
    """What the API shows of a line."""
    outcome = fate.outcome or {}
    return UsageRecordView(
        fate.line_number,
        fate.record_id,
        fate.fate,
        fate.code or outcome.get("error"),
        fate.message or outcome.get("message"),
        fate.account_id,
        fate.line_id,
        fate.record,
        fate.outcome,
    )


@post(
    "/usage-files",
    guards=[requires("usage:write")],
    tags=TAGS,
    summary="Send a usage file",
    request_max_body_size=FILE_LIMIT,
    operation_class=UsageFileOperation,
)
async def create_usage_file(creation: NamedDependency[Call]) -> Response[UsageFileView]:
    """Bad lines are listed, good ones are rated. The same file or record again changes nothing."""
    upload = await read_upload(creation.request)

    async def work(connection: Connection) -> Done:
        taken = await service.take_file(connection, creation.actor, upload.name, upload.content)
        headers = {"Location": f"/v1/usage-files/{taken.file.file_id}"}
        return Done(201, file_view(taken.file), headers, last_of_each_shard(taken.commands))

    return await creation.change(work, content=upload.content)


@get("/usage-files", guards=[requires("usage:read")], tags=TAGS, summary="List usage files")
async def list_usage_files(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[UsageFileView]:
    """Files from the newest on."""
    async with call.connection() as connection:
        files = await store.list_files(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(files, page, file_view, lambda file: file.file_id)


@get(
    "/usage-files/{file_id:uuid}",
    guards=[requires("usage:read")],
    tags=TAGS,
    summary="One usage file",
)
async def show_usage_file(call: NamedDependency[Call], file_id: FromPath[UUID]) -> UsageFileView:
    """A file and how far the engine is with it."""
    async with call.connection() as connection:
        file = await _file(connection, call.tenant_id, file_id)
    return file_view(file)


@get(
    "/usage-files/{file_id:uuid}/records",
    guards=[requires("usage:read")],
    tags=TAGS,
    summary="The lines of a usage file",
)
async def list_usage_records(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], file_id: FromPath[UUID]
) -> Page[UsageRecordView]:
    """Every line of the file in order, with its fate."""
    async with call.connection() as connection:
        await _file(connection, call.tenant_id, file_id)
        records = await store.list_records(
            connection, call.tenant_id, file_id, after=page.after(int), limit=page.rows
        )
    await call.shown("usage", sorted({each.line_id for each in records if each.line_id}))
    return page_of(records, page, record_view, lambda record: record.line_number)


async def _file(connection: Connection, tenant_id: UUID, file_id: UUID) -> UsageFile:
    file = await store.file_by_id(connection, tenant_id, file_id)
    if file is None:
        raise UsageFileNotFound(f"There is no usage file {file_id}.", field="file_id")
    return file


MEDIATION_ROUTES: Final[list[Any]] = [
    create_usage_file,
    list_usage_files,
    show_usage_file,
    list_usage_records,
]
