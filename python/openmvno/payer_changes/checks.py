"""What must hold of the books about changes of payer."""

from __future__ import annotations

from typing import Final

from openmvno.ledger import Check, LedgerAccount

_LONG: Final = "1 hour"
"""A line is on its way for seconds, or while the engine is away."""

CHECKS: Final = (
    Check(
        "the money that a line took along has arrived",
        "SELECT posting.tenant_id, 'change of payer ' || cause_id,"
        " 'has ' || sum(amount_micros) || ' micros ' || currency || ' in transit'"
        " FROM posting JOIN payer_change AS change ON change.tenant_id = posting.tenant_id"
        " AND payer_change_id = cause_id"
        f" WHERE ledger_account = '{LedgerAccount.TRANSIT}' AND state IN ('completed', 'returned')"
        " GROUP BY posting.tenant_id, cause_id, currency HAVING sum(amount_micros) <> 0",
    ),
    Check(
        "no line is on its way to another payer for long",
        "SELECT tenant_id, 'change of payer ' || payer_change_id,"
        " 'is ' || state || ' since ' || updated_at FROM payer_change"
        " WHERE state IN ('freezing', 'exporting', 'importing', 'releasing', 'returning')"
        f" AND created_at < now() - interval '{_LONG}'",
    ),
)
