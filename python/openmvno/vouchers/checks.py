"""What must hold of the books about vouchers."""

from __future__ import annotations

from typing import Final

from openmvno.charging import command_of
from openmvno.ledger import COUNTS, Check, LedgerAccount

# A redemption that the engine has not done yet, or has refused, is still owed.
CHECKS: Final = (
    Check(
        "active vouchers are owed what the ledger says",
        "WITH owed AS (SELECT voucher.tenant_id, currency, sum(face_micros) AS micros FROM voucher"
        " JOIN voucher_batch USING (tenant_id, batch_id)"
        " LEFT JOIN voucher_redemption USING (tenant_id, redemption_id)"
        f"{command_of('voucher_redemption')}"
        " WHERE voucher.state = 'active' OR (voucher.state = 'redeemed'"
        "  AND (command.outcome IS NULL OR command.outcome ? 'error')) GROUP BY 1, 2),"
        " booked AS (SELECT tenant_id, currency, -sum(amount_micros) AS micros FROM ledger_entry"
        f" WHERE ledger_account = '{LedgerAccount.VOUCHERS}' AND {COUNTS} GROUP BY 1, 2)"
        " SELECT tenant_id, 'vouchers in ' || currency, 'active ones are worth '"
        " || coalesce(owed.micros, 0) || ' micros, the ledger owes ' || coalesce(booked.micros, 0)"
        " FROM owed FULL JOIN booked USING (tenant_id, currency)"
        " WHERE coalesce(owed.micros, 0) <> coalesce(booked.micros, 0)",
    ),
)
