"""Keeping what the engine noticed, and telling other systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from openmvno import provisioning
from openmvno.events import store
from openmvno.events.model import EngineEvent
from openmvno.provisioning import Notice


async def record_events(connection: AsyncConnection[Any], events: Sequence[EngineEvent]) -> None:
    """Keep events and hand each new one to the outbox as ``charging.<kind>``, once.

    For the materialiser, in the transaction that moves its watermark: that makes it the only
    writer, so the events of an account leave in the order given.
    """
    if not events:
        return
    new = await store.insert_events(connection, events)
    await provisioning.emit_notices(
        connection,
        [notice_of(event) for event in events if (event.tenant_id, event.event_id) in new],
    )


def notice_of(event: EngineEvent) -> Notice:
    """What other systems hear. The subject is the account: events of a line's provisioning keep
    their own order and never wait for these."""
    payload: dict[str, Any] = {
        "account": str(event.account_id),
        "line": None if event.line_id is None else str(event.line_id),
        "occurred_at": event.occurred_at.isoformat(),
        "detail": event.detail,
    }
    return Notice(
        event.tenant_id, event.event_id, event.account_id, f"charging.{event.kind}", payload
    )
