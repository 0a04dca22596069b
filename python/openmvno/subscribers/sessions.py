"""The charging sessions of a line: those that are open, and ending them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.charging import (
    CommandPlace,
    EngineClient,
    EngineNotReachable,
    EngineUnavailable,
    abort_session,
    insert_commands,
)
from openmvno.money import format_amount
from openmvno.subscribers.model import Line
from openmvno.subscribers.session_schemas import OpenSessionView, OpenUnitsView


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


async def open_sessions(engine: EngineClient, tenant_id: UUID, line: Line) -> list[OpenSessionView]:
    """Those that are open now, oldest first; none when the engine has not opened the account yet.

    Raises:
        EngineNotReachable.
    """
    try:
        found = await engine.sessions(tenant_id, line.account_id, line.line_id)
        account = await engine.balance(tenant_id, line.account_id) if found else None
    except EngineUnavailable as error:
        raise EngineNotReachable from error
    currency = "" if account is None else str(account["currency"])
    return [_session_view(session, currency) for session in found or []]


def _session_view(session: dict[str, Any], currency: str) -> OpenSessionView:
    return OpenSessionView(
        session_id=session["session_id"],
        service=session["service"],
        direction=session["direction"],
        destination=session["destination"],
        gateway=session["origin_host"],
        since=_instant(session["since"]),
        last_report=_instant(session["last_report"]),
        status=_status(session),
        currency=currency,
        units=[_units_view(unit, currency) for unit in session["units"]],
    )


def _status(session: dict[str, Any]) -> str:
    if session["expired"]:
        return "given_up"
    return "ending" if session["aborted"] else "open"


def _units_view(unit: dict[str, Any], currency: str) -> OpenUnitsView:
    return OpenUnitsView(
        rating_group=unit["rating_group"],
        rate=unit["rate"],
        granted=unit["granted"],
        used=unit["used"],
        charged=format_amount(unit["charged_micros"], currency),
        reserved=format_amount(unit["reserved_micros"], currency),
    )


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
