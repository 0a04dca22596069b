"""Where the entries of a timeline are stored. Each statement goes by an index, from the newest on.

Of each subject no more rows than a page has are read; ids are time-ordered (UUIDv7), so that
sources are merged by them. Columns: id, time, kind, code, parameters, actor, line, account.
"""

from __future__ import annotations

from typing import Final, LiteralString

_STATUS: Final[LiteralString] = (
    "CASE WHEN command.outcome IS NULL THEN 'pending' WHEN command.outcome ? 'error' THEN 'refused'"
    " ELSE 'completed' END"
)
_END: Final[LiteralString] = " DESC LIMIT %(limit)s) AS t"

AUDIT: Final[LiteralString] = (
    "SELECT t.entry_id, t.at, CASE t.kind WHEN 'read' THEN 'read' ELSE 'change' END, t.action,"
    " jsonb_build_object('before', t.before, 'after', t.after), t.actor,"
    " CASE s.type WHEN 'line' THEN s.id::uuid END, CASE s.type WHEN 'account' THEN s.id::uuid END"
    " FROM unnest(%(types)s::text[], %(ids)s::text[]) AS s (type, id) CROSS JOIN LATERAL ("
    "SELECT entry_id, at, kind, action, before, after, actor FROM audit_entry"
    " WHERE tenant_id = %(tenant)s AND subject_type = s.type AND subject_id = s.id"
    " AND (%(reads)s OR kind = 'change') AND action <> ALL (%(told)s::text[])"
    " AND (%(before)s::uuid IS NULL OR entry_id < %(before)s)"
    f" ORDER BY entry_id{_END}"
)
TOLD: Final = (
    "account.topped_up",
    "voucher.redeemed",
    "line.wallet_topped_up",
    "transfer.begun",
    "transfer.crediting",
    "transfer.completed",
    "transfer.refused",
    "transfer.returning",
    "transfer.returned",
)
"""What the rows of the money itself tell better, with what came of it."""

TOP_UPS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT top_up_id, top_up.created_at, 'top_up', 'top_up', jsonb_build_object('amount_micros',"
    f" amount_micros, 'currency', currency, 'reference', reference, 'status', {_STATUS}),"
    " NULL::text, NULL::uuid, account_id FROM top_up LEFT JOIN engine_command AS command"
    " ON command.shard = top_up.shard AND command.seq = top_up.command_seq"
    " WHERE top_up.tenant_id = %(tenant)s AND account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR top_up_id < %(before)s)"
    f" ORDER BY top_up_id{_END}"
)
PAYMENTS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT payment_id, created_at, 'payment', 'payment.' || state, jsonb_build_object("
    "'payment_id', payment_id, 'amount_micros', asked_micros, 'currency', currency, 'provider',"
    " provider, 'reference', reference, 'failure', failure), NULL::text, NULL::uuid, account_id"
    " FROM payment WHERE tenant_id = %(tenant)s AND account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR payment_id < %(before)s)"
    f" ORDER BY payment_id{_END}"
)
REFUNDS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT refund_id, r.created_at, 'refund', 'refund.' || r.state, jsonb_build_object("
    "'payment_id', r.payment_id, 'amount_micros', r.amount_micros, 'currency', p.currency,"
    " 'reason', r.reason, 'failure', r.failure), NULL::text, NULL::uuid, r.account_id"
    " FROM payment_refund r JOIN payment p ON p.tenant_id = %(tenant)s"
    " AND p.payment_id = r.payment_id WHERE r.tenant_id = %(tenant)s AND r.account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR refund_id < %(before)s)"
    f" ORDER BY refund_id{_END}"
)
VOUCHERS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT redemption_id, v.created_at, 'voucher', 'voucher.redeemed', jsonb_build_object("
    f"'serial', serial, 'origin', origin, 'status', {_STATUS}), NULL::text, line_id, account_id"
    " FROM voucher_redemption v LEFT JOIN engine_command AS command"
    " ON command.shard = v.shard AND command.seq = v.command_seq"
    " WHERE v.tenant_id = %(tenant)s AND account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR redemption_id < %(before)s)"
    f" ORDER BY redemption_id{_END}"
)
SENT: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT transfer_id, created_at, 'transfer', 'transfer.sent', jsonb_build_object("
    "'transfer_id', transfer_id, 'amount_micros', amount_micros, 'fee_micros', fee_micros,"
    " 'currency', currency, 'status', state, 'to_account_id', to_account_id), NULL::text,"
    " NULL::uuid, from_account_id FROM transfer"
    " WHERE tenant_id = %(tenant)s AND from_account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR transfer_id < %(before)s)"
    f" ORDER BY transfer_id{_END}"
)
GOT: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT transfer_id, created_at, 'transfer', 'transfer.got', jsonb_build_object("
    "'transfer_id', transfer_id, 'amount_micros', amount_micros, 'currency', currency, 'status',"
    " state, 'from_account_id', from_account_id), NULL::text, NULL::uuid, to_account_id"
    " FROM transfer WHERE tenant_id = %(tenant)s AND to_account_id = s.id"
    " AND (%(before)s::uuid IS NULL OR transfer_id < %(before)s)"
    f" ORDER BY transfer_id{_END}"
)
WALLETS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(lines)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT wallet_top_up_id, w.created_at, 'top_up', 'wallet_top_up', jsonb_build_object("
    "'bucket', bucket, 'amount_micros', price_micros, 'currency', currency, 'pay', pay, 'status',"
    f" {_STATUS}), NULL::text, line_id, account_id FROM wallet_top_up w"
    " LEFT JOIN engine_command AS command ON command.shard = w.shard"
    " AND command.seq = w.command_seq WHERE w.tenant_id = %(tenant)s AND line_id = s.id"
    " AND (%(before)s::uuid IS NULL OR wallet_top_up_id < %(before)s)"
    f" ORDER BY wallet_top_up_id{_END}"
)
NOTICES: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(lines)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT event_id, occurred_at, 'notice', kind, detail, NULL::text, line_id, account_id"
    " FROM engine_event WHERE tenant_id = %(tenant)s AND line_id = s.id"
    " AND (%(before)s::uuid IS NULL OR event_id < %(before)s)"
    f" ORDER BY event_id{_END}"
)
ACCOUNT_NOTICES: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(accounts)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT event_id, occurred_at, 'notice', kind, detail, NULL::text, line_id, account_id"
    " FROM engine_event WHERE tenant_id = %(tenant)s AND account_id = s.id AND line_id IS NULL"
    " AND (%(before)s::uuid IS NULL OR event_id < %(before)s)"
    f" ORDER BY event_id{_END}"
)
PORTS: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(lines)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT port_id, created_at, 'port', 'port_' || direction || '.' || state, jsonb_build_object("
    "'port_id', port_id, 'msisdn', number, 'other', other, 'reason', reason), NULL::text, line_id,"
    " NULL::uuid FROM port_request WHERE tenant_id = %(tenant)s AND line_id = s.id"
    " AND (%(before)s::uuid IS NULL OR port_id < %(before)s)"
    f" ORDER BY port_id{_END}"
)
# A delivery is looked up by its key, of which the target is a part: there are few targets.
DELIVERIES: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(lines)s::uuid[]) AS s (id) CROSS JOIN LATERAL ("
    "SELECT o.event_id, o.created_at, 'delivery', 'delivery.failed', jsonb_build_object("
    "'event', o.event, 'targets', f.targets), NULL::text, o.subject_id, NULL::uuid FROM outbox o"
    " CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('target', d.target, 'state', d.state,"
    " 'attempts', d.attempts, 'error', d.last_error)) AS targets FROM provisioning_target p"
    " JOIN outbox_delivery d ON d.tenant_id = %(tenant)s AND d.target = p.name"
    " AND d.event_id = o.event_id WHERE p.tenant_id = %(tenant)s AND d.last_error IS NOT NULL) f"
    " WHERE o.tenant_id = %(tenant)s AND o.subject_id = s.id AND f.targets IS NOT NULL"
    " AND (%(before)s::uuid IS NULL OR o.event_id < %(before)s)"
    f" ORDER BY o.sequence{_END}"
)
USAGE: Final[LiteralString] = (
    "SELECT t.* FROM unnest(%(lines)s::uuid[], %(payers)s::uuid[]) AS s (id, payer)"
    " CROSS JOIN LATERAL (SELECT cdr_id, started_at, 'usage', 'usage.' || service,"
    " jsonb_build_object('cdr_id', cdr_id, 'destination', destination, 'usage', usage,"
    " 'amount_micros', amount_micros, 'currency', currency, 'direction', direction, 'of', kind),"
    " NULL::text, line_id, account_id FROM cdr"
    " WHERE tenant_id = %(tenant)s AND account_id = s.payer AND line_id = s.id"
    " AND (%(before)s::uuid IS NULL OR cdr_id < %(before)s)"
    f" ORDER BY cdr_id{_END}"
)

SOURCES: Final[tuple[tuple[LiteralString, str | None], ...]] = (
    (AUDIT, None),
    (TOP_UPS, "payments:read"),
    (PAYMENTS, "payments:read"),
    (REFUNDS, "payments:read"),
    (VOUCHERS, "payments:read"),
    (SENT, "payments:read"),
    (GOT, "payments:read"),
    (WALLETS, "payments:read"),
    (NOTICES, "usage:read"),
    (ACCOUNT_NOTICES, "usage:read"),
    (PORTS, None),
    (DELIVERIES, "provisioning:read"),
    (USAGE, "usage:read"),
)
"""Each source with the scope that staff and programs need for it; None: what opens the timeline."""

OF_STAFF: Final = frozenset({DELIVERIES})
"""Not for users outside the staff, whatever scope they have."""

LINES_OF: Final[LiteralString] = (
    "SELECT line_id, account_id FROM subscriber_line"
    " WHERE tenant_id = %(tenant)s AND account_id = ANY (%(accounts)s)"
)
ACCOUNTS_OF: Final[LiteralString] = (
    "SELECT account_id FROM account WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s"
)
