"""Routes that show and end charging sessions."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.errors import Told
from openmvno.rest import Call, Done, Outcome, opens, requires
from openmvno.rest.call import Connection
from openmvno.subscribers import service
from openmvno.subscribers.errors import SessionUnknown
from openmvno.subscribers.schemas import SessionAbort, SessionAbortView
from openmvno.subscribers.session_schemas import OpenSessionView
from openmvno.subscribers.sessions import abort_sessions, open_sessions

REFUSALS: Final = {SessionUnknown.code: Told(SessionUnknown, "session_id")}


@get(
    "/lines/{line_id:uuid}/sessions",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=["Lines"],
    summary="List charging sessions of a line",
)
async def list_sessions(
    call: NamedDependency[Call], line_id: FromPath[UUID]
) -> list[OpenSessionView]:
    """The sessions that are open now, oldest first, as the engine holds them."""
    async with call.reading() as connection:
        line = await service.find_line(connection, call.tenant_id, line_id)
    sessions = await open_sessions(call.request.app.state.engine, call.tenant_id, line)
    await call.shown("usage", [line_id] if sessions else [])
    return sessions


@post(
    "/lines/{line_id:uuid}/session-aborts",
    guards=[requires("customers:write")],
    tags=["Lines"],
    summary="End charging sessions of a line",
)
async def create_session_abort(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[SessionAbort]
) -> Response[SessionAbortView]:
    """The gateway is asked to end the session, and nothing more is granted in it.

    201 once the engine has journaled it, with the Session-Ids concerned. The session ends when the
    gateway reports what was used last, or after a time of silence.
    """

    async def work(connection: Connection) -> Done:
        line = await service.find_line(connection, creation.tenant_id, line_id)
        place = await abort_sessions(connection, creation.actor, line, data.session_id)
        return Done(201, SessionAbortView(line_id, "pending", []), commands=[place])

    return await creation.change(work, finish=_finish, refusals=REFUSALS)


def _finish(body: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
    [outcome] = outcomes
    if outcome is None:
        return body
    return {**body, "status": "ordered", "session_ids": outcome["sessions"]}


SESSION_ROUTES: Final[list[Any]] = [list_sessions, create_session_abort]
