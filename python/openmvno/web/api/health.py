"""Is the process alive, and can it serve?"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from litestar import Request, Response, get
from psycopg_pool import PoolTimeout

from openmvno.charging import EngineUnavailable

NOBODY = UUID(int=0)
PATIENCE_SECONDS = 2.0


class Health(msgspec.Struct):
    """ok, or what is missing."""

    status: str
    checks: dict[str, str] = {}


@get("/healthz", tags=["Operation"], summary="Is the process alive?", opt={"public": True})
async def healthz() -> Health:
    """Always 200 while the process answers at all."""
    return Health("ok")


@get(
    "/readyz",
    tags=["Operation"],
    summary="Can it serve?",
    opt={"public": True, "also": {503: "Something does not answer"}},
)
async def readyz(request: Request[Any, Any, Any]) -> Response[Health]:
    """200 when database and charging engine answer, else 503 naming what does not."""
    database, engine = await asyncio.gather(_database(request), _engine(request))
    ready = database == engine == "ok"
    body = Health("ok" if ready else "unavailable", {"database": database, "engine": engine})
    return Response(body, status_code=200 if ready else 503)


async def _database(request: Request[Any, Any, Any]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async with request.app.state.resources.open_connection() as connection:
                await connection.execute("SELECT 1")
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        return f"does not answer: {type(error).__name__}"
    return "ok"


async def _engine(request: Request[Any, Any, Any]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await request.app.state.engine.balance(NOBODY, NOBODY)
    except (EngineUnavailable, TimeoutError) as error:
        return f"does not answer: {type(error).__name__}"
    return "ok"
