"""A live trace on the engine's side: exchanges are handed out as they are, decoded elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno._core import CoreError, Engine, Traced
from openmvno.rpc.engine.v1 import engine_pb2

LOOK_SECONDS = 0.1
"""How often the exchanges that wait are fetched."""

LONGEST_SECONDS = 3_600
"""A trace that nobody ends does by itself."""


async def messages(
    engine: Engine, request: engine_pb2.TraceRequest
) -> AsyncGenerator[engine_pb2.TraceMessage, None]:
    """What a trace shows until its time is over or its reader is gone.

    Raises:
        GRPCError: it has no subject, or too many run.
    """
    if not 1 <= request.seconds <= LONGEST_SECONDS:
        raise GRPCError(
            Status.INVALID_ARGUMENT, f"a trace runs between 1 and {LONGEST_SECONDS} seconds"
        )
    try:
        trace = engine.trace_start(request.subject)
    except CoreError as error:
        raise GRPCError(Status.INVALID_ARGUMENT, str(error)) from error
    if trace is None:
        raise GRPCError(Status.RESOURCE_EXHAUSTED, "too many traces run already")
    loop = asyncio.get_running_loop()
    until = loop.time() + request.seconds
    try:
        yield engine_pb2.TraceMessage(shard=-1)
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(LOOK_SECONDS, left))
            exchanges, not_shown = engine.trace_take(trace)
            for exchange in exchanges:
                yield _message(exchange, not_shown)
                not_shown = 0
            if not_shown:
                yield engine_pb2.TraceMessage(shard=-1, not_shown=not_shown)
    finally:
        engine.trace_stop(trace)


def _message(exchange: Traced, not_shown: int) -> engine_pb2.TraceMessage:
    return engine_pb2.TraceMessage(
        door=exchange.door,
        peer=exchange.peer,
        session=exchange.session,
        shard=-1 if exchange.shard is None else exchange.shard,
        at=exchange.at,
        answered=exchange.answered,
        request=exchange.request,
        answer=exchange.answer,
        journal=exchange.journal,
        before=exchange.before,
        after=exchange.after,
        not_shown=not_shown,
    )
