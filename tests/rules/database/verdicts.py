"""Every table of the schema and how a distributed PostgreSQL would spread it.

The rule: a table that grows with subscribers leads its keys with ``tenant_id``; journal, snapshots,
commands and watermarks with ``shard``; the identity map with the identity. What neither is the
installation's: small, and on every node. A new table gets its line here or the tests fail.
"""

from __future__ import annotations

from typing import Final

TENANT: Final = frozenset(
    {
        "account",
        "account_balance",
        "app_user",
        "audit_anchor",
        "audit_entry",
        "audit_link",
        "audit_read_subject",
        "audit_unsealed",
        "auto_top_up",
        "auto_top_up_run",
        "books_check",
        "bulk_job",
        "bulk_job_row",
        "cdr",
        "closed_user_group",
        "closed_user_group_member",
        "customer",
        "customer_class",
        "customer_move",
        "customer_word",
        "engine_event",
        "idempotency_key",
        "ledger_entry",
        "line_favourites",
        "line_password",
        "line_product",
        "login_failure",
        "msisdn",
        "number_policy",
        "outbox",
        "outbox_delivery",
        "payer_change",
        "payment",
        "payment_customer",
        "payment_event",
        "payment_method",
        "payment_method_setup",
        "payment_movement",
        "payment_provider",
        "payment_refund",
        "port_request",
        "posting",
        "provisioning_target",
        "role",
        "sim",
        "sim_import",
        "sim_imsi",
        "sim_import_piece",
        "sim_import_rejection",
        "sim_policy",
        "sim_transport_key",
        "statistic",
        "statistic_note",
        "subscriber_line",
        "tenant_branding",
        "top_up",
        "transfer",
        "transfer_terms",
        "usage_file",
        "usage_record",
        "user_invitation",
        "user_session",
        "voucher",
        "voucher_attempt",
        "voucher_batch",
        "voucher_lifetime",
        "voucher_redemption",
        "voucher_series",
        "wallet_top_up",
    }
)
SHARD: Final = frozenset(
    {
        "command_sequence",
        "engine_command",
        "journal",
        "materialiser_watermark",
        "snapshot_slice",
    }
)
IDENTITY: Final = frozenset({"identity_map"})
INSTALLATION: Final = {
    "alembic_version": "one row: the schema's version",
    "api_token": "some of each tenant; the token alone says whose it is, so its hash is unique",
    "catalog_version": "some of each tenant; CDRs and journal name a version by its id alone",
    "diameter_peer": "gateways of the host networks, which serve many tenants",
    "engine_node": "a row for each engine that runs",
    "installation": "one row: the number of shards",
    "oauth_client": "some of each tenant; its id alone says whose it is, so that is unique",
    "process_report": "a row for each process that reports",
    "radius_client": "access servers of the host networks, which serve many tenants",
    "schema_step": "the steps of the schema",
    "tenant": "the tenants themselves",
}

LEADING: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(TENANT, ("tenant_id",)),
    **dict.fromkeys(SHARD, ("shard",)),
    **dict.fromkeys(IDENTITY, ("kind", "identity")),
}
"""With what the keys of a spread table begin."""

PINNED_BY: Final[dict[str, str]] = {
    **dict.fromkeys(TENANT, "tenant_id"),
    **dict.fromkeys(SHARD, "shard"),
    **dict.fromkeys(IDENTITY, "identity"),
}
"""The column a statement has to name so that one node can answer it."""

KEYLESS: Final = {
    "posting": "written once by the materialiser in the transaction of its watermark, never changed"
}
"""Spread tables without any unique key, and why that is right."""

ALL_OVER: Final = {
    "access/sessions.py:forget_old_sessions": "housekeeping, once in five minutes",
    "audit/sealing.py:_WAITING": "the worker that seals asks whose entries wait, every two seconds",
    "audit/sealing.py:_UNANCHORED": "the worker that seals anchors every tenant, once an hour",
    "numbers/store.py:end_what_is_over": "housekeeping: reservations and quarantines that are over",
    "porting/store.py:due": "the worker takes what is due, of any tenant",
    "porting/store.py:gone_back": "the worker takes what is due, of any tenant",
    "provisioning/resealing.py:_rows": "an operator's command: all secrets are sealed anew",
    "provisioning/store.py:open_targets": "the delivery worker serves every tenant's targets",
    "sims/import_store.py:open_imports": "the worker reads the files that wait, of any tenant",
    "jobs/store.py:open_jobs": "the work process takes what is there, of any tenant",
    "provisioning/store.py:claim_due": "the delivery worker takes what is due, of any tenant",
    "provisioning/store.py:cancel_refused": "the delivery worker's look every five seconds",
    "rest/idempotency.py:forget_old_keys": "housekeeping, once in five minutes",
    "ledger/checks.py:CHECKS": "the check of the books, once a day",
    "payments/checks.py:CHECKS": "the check of the books, once a day",
    "payer_changes/checks.py:CHECKS": "the check of the books, once a day",
    "statistics/checks.py:CHECKS": "the check of the books, once a day",
    "statistics/notes.py:_TAKE": "the materialiser counts what was noted, once a second",
    "statistics/pruning.py:prune": "housekeeping, once in five minutes",
    "transfers/checks.py:CHECKS": "the check of the books, once a day",
    "vouchers/checks.py:CHECKS": "the check of the books, once a day",
    "work/books.py:_DIFFERING": "the check of the books, once a day",
    "work/books.py:examine": "the check of the books, once a day",
    "work/books.py:run_when_due": "whether the check of the books is due, once in five minutes",
    "payments/comparing.py:differences": "the check of the books asks every tenant's providers",
    "payments/auto_top_ups.py:next_due": "the work process starts what is due, of any tenant",
    "payments/payment_store.py:left_pending": "the work process's look, by a partial index",
    "payments/payment_store.py:left_unanswered": "the work process's look, by a partial index",
    "payments/setups.py:left_open": "the work process's look, by a partial index",
    "payments/refunds.py:left_open": "the work process's look, by a partial index",
    "payer_changes/store.py:to_carry_on": "the work process's look, by a partial index",
    "transfers/store.py:in_transit": "the work process's look, by a partial index",
    "vouchers/store.py:batches_past": "housekeeping, once in five minutes",
    "vouchers/attempts.py:forget_old": "housekeeping, once in five minutes",
    "charging/evidence.py:CARD": "a gateway that names the card does not say whose it is",
    "database/partitions.py:DROPPABLE": "housekeeping: what every shard has passed",
    "gateways/radius/recorded.py:RECORDED": "a session that goes on does not say whose it is",
    "work/journal_reader.py:oldest_waiting": "the materialiser's lag, once a second",
    "charging/recovery.py:_restore_slices": "an engine that starts reads every shard it has",
    "work/housekeeping.py:replayed_from": "housekeeping, once in five minutes",
    "work/journal_reader.py:watermarks": "the materialiser reads all its watermarks at the start",
}
"""Statements that walk every tenant or shard, and why that is right. None is in the way of an
ordinary request; card and recorded session are one look-up in an index on every node."""

NOT_WHOLE: Final = {
    "audit/store.py:_ENTRY": "the beginning of the statements of the audit log's readers",
    "charging/journal_session.py:UNLOCK": "locks by their numbers, of no table",
    "database/copying.py:copy_rows": "INSERT of rows that were copied, into any table",
    "database/partitions.py:drop_old_journal_partitions": "about one partition, named at run time",
    "database/rows.py:_insert": "INSERT of one row, of any table",
    "statistics/rollup.py:_SUM": "the beginning of the statements that add a batch up",
    "statistics/rollup.py:_KEEP": "the beginning of the statements that keep what was added up",
    "mediation/store.py:_COUNTED_FILE": "the end of the statements of file_by_id and list_files",
}
"""Strings that look like a statement and are only a part of one."""
