"""The route of live traces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from openmvno.rest import Call, requires
from openmvno.traces import service
from openmvno.traces.schemas import TraceEntry, TraceSummary

TAGS: Final = ["Live traces"]
MEDIA_TYPE: Final = "application/x-ndjson"

Line = TraceEntry | TraceSummary
Lines = AsyncGenerator[Line, None]


@get(
    "/traces/live",
    guards=[requires("trace:read")],
    tags=TAGS,
    summary="Follow a subscriber live",
    media_type=MEDIA_TYPE,
)
async def follow_subscriber(
    call: NamedDependency[Call],
    subject: Annotated[
        str, QueryParameter(description="MSISDN, IMSI, ICCID, NAI or Session-Id", min_length=1)
    ],
    seconds: Annotated[int, QueryParameter(description="How long, 1 to 3600")] = 600,
) -> Stream:
    """What the network asks about a subscriber and what it is answered, with the rating, a line of
    JSON each, as it happens.

    The first line is a summary of nothing: the trace runs, and the audit log says who looks at
    whom. The last one, when the time is over, says how many exchanges were shown. Another tenant's
    subscribers are not found; of a session that is not the tenant's nothing is ever shown.
    """
    async with call.connection() as connection:
        meant = await service.find_subject(connection, call.tenant_id, subject)
    state = call.request.app.state
    lines = service.follow(
        call.connection, state.engine, state.explain_cdr, call.actor, meant, seconds
    )
    # What is refused is answered as such, before anything is streamed.
    first = await anext(lines)
    return Stream(_encoded(first, lines, state.stopping), media_type=MEDIA_TYPE)


async def _encoded(first: Line, lines: Lines, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    encoder = msgspec.json.Encoder()
    stop = asyncio.create_task(stopping.wait())
    coming: asyncio.Task[Line] | None = None
    try:
        yield encoder.encode(first) + b"\n"
        while True:
            coming = asyncio.create_task(anext(lines))
            await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            try:
                line = coming.result()
            except StopAsyncIteration:
                return
            yield encoder.encode(line) + b"\n"
    finally:
        stop.cancel()
        # A task of its own: also when the reader is gone and everything here is cancelled, the
        # trace ends and the audit log says what was seen.
        await asyncio.shield(asyncio.create_task(_end(lines, coming)))


async def _end(lines: Lines, coming: asyncio.Task[Line] | None) -> None:
    if coming is not None and not coming.done():
        coming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await coming
    await lines.aclose()


TRACE_ROUTES: Final[list[Any]] = [follow_subscriber]
