"""What must hold of the books about payments."""

from __future__ import annotations

from typing import Final

from openmvno.ledger import Check

CHECKS: Final = (
    Check(
        "each movement of a payment is in the ledger",
        "SELECT movement.tenant_id, kind || ' ' || movement_id, 'is ' || movement.amount_micros"
        " || ' micros, the ledger has ' || coalesce(booked.micros, 0)"
        " FROM payment_movement AS movement LEFT JOIN (SELECT tenant_id, cause_id,"
        "  sum(amount_micros) FILTER (WHERE amount_micros > 0) AS micros FROM ledger_entry"
        "  WHERE cause LIKE 'payment\\_%' GROUP BY 1, 2) AS booked"
        " ON booked.tenant_id = movement.tenant_id AND booked.cause_id = movement_id"
        " WHERE movement.amount_micros <> coalesce(booked.micros, 0)",
    ),
    Check(
        "each posting about a payment has its movement",
        "SELECT entry.tenant_id, cause || ' ' || cause_id, 'has no movement'"
        " FROM ledger_entry AS entry WHERE cause LIKE 'payment\\_%' AND NOT EXISTS ("
        " SELECT FROM payment_movement WHERE payment_movement.tenant_id = entry.tenant_id"
        " AND movement_id = cause_id)",
    ),
    Check(
        "no payment has given more than it has brought",
        "SELECT payment.tenant_id, 'payment ' || payment_id, 'is over by ' || over || ' micros'"
        " FROM payment JOIN LATERAL (SELECT sum(CASE WHEN kind IN ('allocation', 'payout',"
        "  'offset') THEN amount_micros WHEN kind IN ('receipt', 'withdrawal')"
        "  THEN -amount_micros ELSE 0 END) AS over FROM payment_movement AS movement"
        "  LEFT JOIN engine_command AS command ON command.shard = movement.shard"
        "  AND command.seq = movement.command_seq"
        "  WHERE movement.tenant_id = payment.tenant_id"
        "  AND movement.payment_id = payment.payment_id"
        "  AND (movement.shard IS NULL"
        "   OR (command.outcome IS NOT NULL AND NOT command.outcome ? 'error'))) AS sums ON true"
        " WHERE over > 0",
    ),
)
