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
        "audit_entry",
        "cdr",
        "closed_user_group",
        "closed_user_group_member",
        "customer",
        "engine_event",
        "idempotency_key",
        "line_favourites",
        "line_password",
        "line_product",
        "msisdn",
        "outbox",
        "outbox_delivery",
        "posting",
        "provisioning_target",
        "sim",
        "sim_import",
        "subscriber_line",
        "top_up",
        "usage_file",
        "usage_record",
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
    "radius_client": "access servers of the host networks, which serve many tenants",
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
    "provisioning/store.py:sealed_secrets": "the delivery worker serves every tenant's targets",
    "provisioning/store.py:claim_due": "the delivery worker takes what is due, of any tenant",
    "provisioning/store.py:cancel_refused": "the delivery worker's look every five seconds",
    "rest/idempotency.py:forget_old_keys": "housekeeping, once in five minutes",
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
    "charging/journal_session.py:UNLOCK": "locks by their numbers, of no table",
    "database/copying.py:copy_rows": "INSERT of rows that were copied, into any table",
    "database/partitions.py:drop_old_journal_partitions": "about one partition, named at run time",
    "database/rows.py:insert_row": "INSERT of one row, of any table",
    "mediation/store.py:_COUNTED_FILE": "the end of the statements of file_by_id and list_files",
}
"""Strings that look like a statement and are only a part of one."""
