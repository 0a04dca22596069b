"""Cursor pages: stable under inserts, the cursor opaque to clients."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from openmvno.rest.errors import CursorInvalid

T = TypeVar("T")
K = TypeVar("K")

DEFAULT_LIMIT: Final = 50
MAXIMUM_LIMIT: Final = 500


class Page(msgspec.Struct, Generic[T]):
    """One page of a listing; ``next_cursor`` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    cursor: str | None
    limit: int

    @property
    def rows(self) -> int:
        """How many rows to fetch: one more than is shown, which tells whether a page follows."""
        return self.limit + 1

    def after(self, key_type: type[K]) -> K | None:
        """The key of the last item of the previous page.

        Raises:
            CursorInvalid: the cursor is not of this listing.
        """
        return None if self.cursor is None else decode_cursor(self.cursor, key_type)


def provide_page(
    cursor: Annotated[
        str | None,
        QueryParameter(description="next_cursor of the previous page", max_length=500),
    ] = None,
    limit: Annotated[
        int, QueryParameter(ge=1, le=MAXIMUM_LIMIT, description="Most items of one page")
    ] = DEFAULT_LIMIT,
) -> PageRequest:
    """The page parameters of a listing (a Litestar dependency)."""
    return PageRequest(cursor, limit)


def decode_cursor(cursor: str, key_type: type[K]) -> K:
    """The key inside a cursor.

    Raises:
        CursorInvalid: it is not one of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(
            base64.b64decode(padded, altchars=b"-_", validate=True), type=key_type
        )
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise CursorInvalid(
            "It is the next_cursor of another listing, or none.", field="cursor"
        ) from error


def cursor_of(key: object) -> str:
    """The cursor that :func:`decode_cursor` reads: of the last item that was shown."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def page_of(
    rows: Sequence[Any], request: PageRequest, view: Callable[[Any], T], key: Callable[[Any], Any]
) -> Page[T]:
    """The page of ``rows``, of which ``request.rows`` were asked for."""
    shown = rows[: request.limit]
    cursor = None
    if len(rows) > request.limit:
        cursor = cursor_of(key(shown[-1]))
    return Page([view(row) for row in shown], cursor)
