"""What must hold of the books about transfers."""

from __future__ import annotations

from typing import Final

from openmvno.charging import command_of
from openmvno.ledger import COUNTS, Check, LedgerAccount

_LONG: Final = "1 hour"
"""A transfer is in transit for a moment, or while the engine is away."""

CHECKS: Final = (
    Check(
        "the transit account holds what is on its way",
        "WITH under_way AS (SELECT transfer.tenant_id, currency,"
        f" sum(amount_micros + fee_micros) AS micros FROM transfer{command_of('transfer')}"
        " WHERE (state = 'debiting' AND NOT command.outcome ? 'error')"
        "  OR (state IN ('crediting', 'returning')"
        "   AND (command.outcome IS NULL OR command.outcome ? 'error')) GROUP BY 1, 2),"
        " booked AS (SELECT tenant_id, currency, -sum(amount_micros) AS micros FROM ledger_entry"
        f" WHERE ledger_account = '{LedgerAccount.TRANSIT}' AND {COUNTS} GROUP BY 1, 2)"
        " SELECT tenant_id, 'transit in ' || currency, 'on its way are '"
        " || coalesce(under_way.micros, 0) || ' micros, the ledger holds '"
        " || coalesce(booked.micros, 0)"
        " FROM under_way FULL JOIN booked USING (tenant_id, currency)"
        " WHERE coalesce(under_way.micros, 0) <> coalesce(booked.micros, 0)",
    ),
    Check(
        "no transfer is on its way for long",
        "SELECT tenant_id, 'transfer ' || transfer_id, 'is ' || state || ' since ' || updated_at"
        " FROM transfer WHERE state IN ('debiting', 'crediting', 'returning')"
        f" AND updated_at < now() - interval '{_LONG}'",
    ),
)
