"""One trace of all engines of an installation, as a client of their gRPC."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError, StreamTerminatedError

from openmvno.charging.engine_client import EngineUnavailable, Exchange, TooManyTraces
from openmvno.rpc.engine.v1 import engine_pb2
from openmvno.rpc.engine.v1.engine_grpc import EngineStub

QUEUE_LIMIT = 100
"""Exchanges read ahead; the rest waits in the engine, which counts what it cannot keep."""

Item = Exchange | Exception | None


async def trace_all(
    stubs: Sequence[EngineStub], subject: dict[str, Any], seconds: int
) -> AsyncGenerator[Exchange, None]:
    """The exchanges of every engine that is there, as they come; first an empty one.

    Raises:
        EngineUnavailable: none is there; TooManyTraces.
    """
    request = engine_pb2.TraceRequest(subject=json.dumps(subject).encode(), seconds=seconds)
    queue: asyncio.Queue[Item] = asyncio.Queue(QUEUE_LIMIT)
    tasks = [asyncio.create_task(_follow(stub, request, queue)) for stub in stubs]
    running = len(tasks)
    begun = False
    failure: Exception | None = None
    try:
        while running:
            item = await queue.get()
            if item is None:
                running -= 1
            elif isinstance(item, Exception):
                running -= 1
                failure = item
            elif item.door or item.not_shown or not begun:
                begun = True
                yield item
        if not begun and failure is not None:
            raise failure
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(
    stub: EngineStub, request: engine_pb2.TraceRequest, queue: asyncio.Queue[Item]
) -> None:
    """One engine's exchanges, then None or why there were none."""
    end: Exception | None = None
    try:
        async with stub.Trace.open() as stream:
            await stream.send_message(request, end=True)
            async for message in stream:
                await queue.put(_exchange(message))
    except GRPCError as error:
        too_many = error.status is Status.RESOURCE_EXHAUSTED
        end = (TooManyTraces if too_many else EngineUnavailable)(error.message or "")
    except (StreamTerminatedError, OSError) as error:
        end = EngineUnavailable(str(error) or "the engine is not there")
    await queue.put(end)


def _exchange(message: engine_pb2.TraceMessage) -> Exchange:
    return Exchange(
        door=message.door,
        peer=message.peer,
        session=message.session,
        shard=None if message.shard < 0 else message.shard,
        at=message.at,
        answered=message.answered,
        request=message.request,
        answer=message.answer,
        journal=message.journal,
        before=json.loads(message.before) if message.before else None,
        after=json.loads(message.after) if message.after else None,
        not_shown=message.not_shown,
    )
