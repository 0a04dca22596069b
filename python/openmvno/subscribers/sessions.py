"""Ending the charging sessions of a line."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, abort_session, insert_commands
from openmvno.subscribers.model import Line


async def abort_sessions(
    connection: AsyncConnection[Any], actor: Actor, line: Line, session_id: str | None
) -> CommandPlace:
    """Have the gateways end a session of a line, or all of its open ones (RFC 6733 section 8.5).

    The session gets nothing more from now on; it ends when its gateway reports, or by itself after
    a time of silence. What the engine answers names the sessions; ``session_unknown`` when it has
    none of this Session-Id.
    """
    command = abort_session(actor.tenant_id, line.account_id, line.line_id, session_id)
    [place] = await insert_commands(connection, [command])
    await audit.record(
        connection,
        actor,
        "line.sessions_aborted",
        "line",
        line.line_id,
        after={"session_id": session_id},
    )
    return place
