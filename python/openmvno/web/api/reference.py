"""The catalogue of errors, for people and programs: what each stable code means."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter
from msgspec import Meta

from openmvno.errors import DomainError, all_errors
from openmvno.rest.errors import RouteNotFound


class Problem(msgspec.Struct):
    """A refusal (RFC 9457). ``code`` is stable. ``field`` names the offending field: a place in the
    body, a parameter or a header; it is missing where the state of things forbids the request.
    ``accepted`` says what would be accepted instead, and ``detail`` all of it in a sentence: the
    rule or state, then what is accepted. Some codes have members of their own beside these."""

    type: Annotated[str, Meta(examples=["/v1/errors/amount_precision"])]
    title: str
    status: int
    detail: str
    code: Annotated[str, Meta(examples=["amount_precision"])]
    instance: str
    request_id: str
    field: Annotated[str, Meta(examples=["initial_top_up.amount"])] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    accepted: Annotated[str, Meta(examples=["one of active, preactive"])] | msgspec.UnsetType = (
        msgspec.UNSET
    )


class ErrorEntry(msgspec.Struct):
    """One kind of refusal."""

    code: Annotated[str, Meta(examples=["amount_precision"])]
    status: Annotated[int, Meta(examples=[422])]
    title: str
    description: str
    accepted: Annotated[
        str,
        Meta(
            description="What would be accepted instead; a problem may say it more precisely",
            examples=["one of active, preactive"],
        ),
    ]


def meaning(error: type[DomainError]) -> str:
    """An error in a sentence."""
    return (error.__doc__ or error.title).split("\n")[0].replace("``", "")


def error_catalogue() -> list[ErrorEntry]:
    """Every error the API can answer with."""
    return [
        ErrorEntry(error.code, error.status, error.title, meaning(error), error.accepted)
        for error in all_errors()
    ]


@get("/v1/errors", tags=["Reference"], summary="All error codes", opt={"public": True})
async def list_errors() -> list[ErrorEntry]:
    """Every ``code`` a problem may carry, with its HTTP status and meaning."""
    return error_catalogue()


@get("/v1/errors/{code:str}", tags=["Reference"], summary="One error code", opt={"public": True})
async def show_error(
    code: Annotated[str, PathParameter(description="The code of a problem")],
) -> ErrorEntry:
    """What the ``type`` of a problem links to."""
    for entry in error_catalogue():
        if entry.code == code:
            return entry
    raise RouteNotFound(
        f"There is no error code {code[:60]!r}.",
        field="code",
        accepted="a code that GET /v1/errors lists",
    )
