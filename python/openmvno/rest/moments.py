"""Points in time as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from openmvno.rest.errors import RequestMalformed
from openmvno.rest.teaching import accepted

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-11-27T09:30:00Z"])]
"""RFC 3339 with its offset from UTC: a time without one is refused, it would mean two things."""


def moment_parameter(description: str) -> QueryParameter:
    """A query parameter that is read by :func:`read_moment`: the framework would take numbers."""
    return QueryParameter(description=f"{description}, RFC 3339 with an offset", format="date-time")


def read_moment(given: str | None, field: str) -> datetime | None:
    """What a query parameter says.

    Raises:
        RequestMalformed.
    """
    if given is None:
        return None
    try:
        return msgspec.convert(given, Moment)
    except msgspec.ValidationError as error:
        raise RequestMalformed(
            f"{given[:60]!r} is no time.", field=field, accepted=accepted(Moment)
        ) from error
