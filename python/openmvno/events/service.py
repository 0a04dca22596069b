"""Keeping what the engine noticed, and telling other systems."""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection

from openmvno import provisioning
from openmvno.events import store

# What other systems hear. The subject is the account: events of a line's provisioning keep their
# own order and never wait for these.
_NOTICES: Final = f"""
SELECT tenant_id, event_id, account_id AS subject_id, 'charging.' || kind AS event,
       jsonb_build_object('account', account_id, 'line', line_id, 'occurred_at', occurred_at,
                          'detail', detail) AS payload, place
FROM {store.ARRIVED}
"""


async def record_events(connection: AsyncConnection[Any], stream: bytes) -> None:
    """Keep events and hand each to the outbox as ``charging.<kind>``.

    ``stream``: COPY BINARY of ``engine_event`` rows. For the materialiser, in the transaction that
    moves its watermark: that makes each event come once, and this the only writer, so the events
    of an account leave in the order given. Nothing is done here row by row.
    """
    await store.copy_events(connection, stream)
    await provisioning.emit_notices(connection, _NOTICES)
