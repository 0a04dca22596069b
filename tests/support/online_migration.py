"""Looks at what a migration step locks, reads and rewrites, while its transaction is still open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

# Charging, materialising and take-overs use these all the time.
HOT = frozenset(
    {
        "account_balance",
        "cdr",
        "command_sequence",
        "engine_command",
        "engine_event",
        "identity_map",
        "journal",
        "materialiser_watermark",
        "posting",
        "snapshot_slice",
    }
)
# A few rows however many subscribers there are: read and rewritten in a moment.
SMALL = frozenset(
    {
        "alembic_version",
        "api_token",
        "catalog_version",
        "closed_user_group",
        "diameter_peer",
        "engine_node",
        "installation",
        "provisioning_target",
        "radius_client",
        "schema_step",
        "sim_import",
        "tenant",
        "usage_file",
    }
)
# Those that writers (the first two) or readers, too, (the last) wait for.
STRONG = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")

TABLES = """
SELECT c.oid, coalesce((SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                        WHERE i.inhrelid = c.oid), c.relname), pg_relation_filenode(c.oid)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
LOCKED = f"""
SELECT DISTINCT relation FROM pg_locks
WHERE pid = pg_backend_pid() AND relation IS NOT NULL AND mode IN {STRONG}
"""
READ = "SELECT relid FROM pg_stat_xact_user_tables WHERE seq_scan > 0"


def complaints(
    connection: Connection, step: Callable[[], Any], *, growing: bool = True
) -> list[str]:
    """Run ``step`` in the connection's open transaction; what of it would hold up a busy system.

    Whatever takes a lock that others wait for must be over in a moment: it may neither rewrite a
    table nor read one through. With ``growing`` this goes for every table that grows, else for the
    hot ones alone.
    """

    def rows(statement: str) -> list[Any]:
        return list(connection.exec_driver_sql(statement))

    before = {oid: (name, filenode) for oid, name, filenode in rows(TABLES)}
    step()
    after = {oid: filenode for oid, _, filenode in rows(TABLES)}
    locked = {oid for (oid,) in rows(LOCKED)}
    read = {oid for (oid,) in rows(READ)}
    found = set()
    for oid, (name, filenode) in before.items():
        if name in SMALL or not (growing or name in HOT):
            continue
        if oid in after and after[oid] != filenode:
            found.add(f"{name} is rewritten")
        if oid in locked and oid in read:
            found.add(f"{name} is locked while it is read through")
    return sorted(found)
