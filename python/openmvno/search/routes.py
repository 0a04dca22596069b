"""The route of the search."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta

from openmvno.rest import Call, requires
from openmvno.search.finding import Found, find
from openmvno.search.terms import terms_of

Kind = Literal["line", "customer", "account", "number", "sim", "voucher"]
NEEDED: Final[dict[Kind, str]] = {
    "line": "customers:read",
    "customer": "customers:read",
    "account": "customers:read",
    "number": "inventory:read",
    "sim": "inventory:read",
    "voucher": "vouchers:read",
}
"""The scope without which things of a kind are not found."""


class FoundView(msgspec.Struct):
    """Something that was found, with the ids to go on with."""

    kind: Annotated[Kind, Meta(examples=["line"])]
    label: Annotated[str, Meta(examples=["385910000001"])]
    secondary: Annotated[str, Meta(examples=["Ana Horvat, active"])]
    exact: Annotated[bool, Meta(description="What was typed, not only how it begins")]
    line_id: UUID | None
    account_id: UUID | None
    customer_id: UUID | None
    iccid: Annotated[str | None, Meta(examples=["8938510000000000018"])]
    serial: Annotated[int | None, Meta(examples=[1000042])]


class SearchView(msgspec.Struct):
    """At most 20, exact first."""

    items: list[FoundView]


@get("/search", guards=[requires("customers:read")], tags=["Search"], summary="Find anything")
async def search(
    call: NamedDependency[Call],
    q: Annotated[
        str,
        QueryParameter(
            min_length=1,
            max_length=200,
            description="A number, ICCID, IMSI, id, words of a name, their name elsewhere, a"
            " voucher's serial number; as it was pasted",
        ),
    ],
) -> SearchView:
    """Numbers, cards and names by how they begin, without regard to spaces, +, 00, dashes, case and
    accents. Stock needs ``inventory:read``, vouchers ``vouchers:read``."""
    kinds = frozenset(kind for kind, scope in NEEDED.items() if scope in call.actor.scopes)
    async with call.connection() as connection:
        found = await find(connection, call.tenant_id, terms_of(q), kinds)
    for kind in ("line", "customer"):
        subjects = [getattr(each, f"{kind}_id") for each in found]
        await call.shown(kind, list(dict.fromkeys(each for each in subjects if each)))
    return SearchView([_view(each) for each in found])


def _view(found: Found) -> FoundView:
    return FoundView(
        msgspec.convert(found.kind, Kind),
        found.label,
        found.secondary,
        found.exact,
        found.line_id,
        found.account_id,
        found.customer_id,
        found.iccid,
        found.serial,
    )


SEARCH_ROUTES: Final[list[Any]] = [search]
