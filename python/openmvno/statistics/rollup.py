"""A batch of the materialiser, added up: one upsert for each sum that it touches.

What the journal's rows add up to comes summed already, a few rows however many there were; what
commands add up to, whose particulars are in tables, PostgreSQL sums. All of it is in the
transaction that moves the watermark, so that what is done again after a crash counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.statistics.model import Measure

ARRIVED_SUM: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_sum (
    tenant_id uuid, at timestamptz, measure text, kind text, detail text, currency text,
    events bigint, usage numeric, amount_micros numeric) ON COMMIT DELETE ROWS
"""
"""The temporary table of a session that counts."""

Sum = tuple[bytes, int, str, str, str, str, int, str, str]
"""Tenant, the minute (Unix ms), measure, kind, detail, currency, events, usage, micros."""

_SUM: Final = (
    "INSERT INTO arrived_sum (tenant_id, at, measure, kind, detail, currency, events, usage,"
    " amount_micros) "
)
_GIVEN: Final = """
SELECT tenant_id, at, measure, kind, detail, currency, events, usage, amount_micros FROM unnest(
    %(tenants)s::uuid[], %(minutes)s::timestamptz[], %(measures)s::text[], %(kinds)s::text[],
    %(details)s::text[], %(currencies)s::text[], %(events)s::int8[], %(usages)s::numeric[],
    %(amounts)s::numeric[])
    AS given(tenant_id, at, measure, kind, detail, currency, events, usage, amount_micros)
"""
_SUM_GIVEN: Final = f"{_SUM} {_GIVEN}"
# Counts for the time at which a command was written, however late its outcome is read.
_SUM_COMMANDS: Final = f"""
WITH done AS (
    SELECT c.tenant_id, date_trunc('minute', c.created_at) AS at, c.command ->> 'type' AS type,
           c.command ->> 'status' AS status, c.command ->> 'reason' AS reason,
           c.outcome ->> 'error' AS error,
           -- Read of these commands alone: others may name things by the same words.
           CASE WHEN c.command ->> 'type' = 'adjust_balance'
                THEN (c.command ->> 'amount')::numeric END AS amount,
           CASE WHEN c.command ->> 'type' = 'adjust_balance'
                THEN (c.command ->> 'reference')::uuid END AS reference,
           CASE WHEN c.command ->> 'type' = 'adjust_balance'
                THEN (c.command ->> 'account')::uuid END AS account
    FROM unnest(%(shards)s::int4[], %(seqs)s::int8[]) AS t(shard, seq)
    JOIN engine_command c ON c.shard = t.shard AND c.seq = t.seq),
counted AS (
    SELECT tenant_id, at, '{Measure.FAILURE}' AS measure,
           CASE type WHEN 'rate_usage' THEN 'usage_record' ELSE 'change' END AS kind,
           error AS detail, '' AS currency, 0::numeric AS amount
    FROM done WHERE error IS NOT NULL
    UNION ALL
    SELECT tenant_id, at, '{Measure.LINE}', 'opened', '', '', 0
    FROM done WHERE error IS NULL AND type = 'open_line'
    UNION ALL
    SELECT tenant_id, at, '{Measure.LINE}', 'closed', '', '', 0
    FROM done WHERE error IS NULL AND type = 'change_line' AND status = 'closed'
    UNION ALL
    SELECT tenant_id, at, '{Measure.ACCOUNT}', 'opened', '', '', 0
    FROM done WHERE error IS NULL AND type = 'open_account'
    UNION ALL
    SELECT done.tenant_id, done.at, '{Measure.TOP_UP}',
           CASE WHEN r.redemption_id IS NOT NULL THEN 'voucher'
                WHEN m.movement_id IS NOT NULL THEN 'payment' ELSE 'direct' END,
           'balance', a.currency, done.amount
    FROM done
    JOIN account a ON a.tenant_id = done.tenant_id AND a.account_id = done.account
    LEFT JOIN voucher_redemption r
        ON r.tenant_id = done.tenant_id AND r.redemption_id = done.reference
    LEFT JOIN payment_movement m
        ON m.tenant_id = done.tenant_id AND m.movement_id = done.reference
    WHERE error IS NULL AND type = 'adjust_balance' AND reason = 'top_up')
{_SUM}
SELECT tenant_id, at, measure, kind, detail, currency, count(*), 0, sum(amount)
FROM counted GROUP BY 1, 2, 3, 4, 5, 6
"""
# In the order of the key, so that two who count never wait for each other: one statement a
# transaction.
_KEEP: Final = """
INSERT INTO statistic AS s
    (tenant_id, step, at, measure, kind, detail, currency, events, usage, amount_micros)
SELECT tenant_id, step,
       CASE step WHEN 'day' THEN date_trunc('day', a.at, time_zone)
                 ELSE date_trunc(step, a.at, 'UTC') END,
       measure, kind, detail, a.currency, sum(events), sum(usage), sum(amount_micros)
FROM """
_ADDED: Final = """ a JOIN tenant USING (tenant_id)
CROSS JOIN (VALUES ('minute'), ('hour'), ('day')) AS steps(step)
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (tenant_id, step, at, measure, kind, detail, currency) DO UPDATE
SET events = s.events + excluded.events, usage = s.usage + excluded.usage,
    amount_micros = s.amount_micros + excluded.amount_micros
"""
_KEEP_ARRIVED: Final = f"{_KEEP} arrived_sum {_ADDED}"
_KEEP_GIVEN: Final = f"{_KEEP} ({_GIVEN}) {_ADDED}"


async def count(
    connection: AsyncConnection[Any],
    sums: Sequence[Sum],
    commands: Sequence[tuple[int, int]],
) -> None:
    """Add a batch up, in the caller's transaction, after its rows are written: the ``sums`` of its
    journal rows, and the ``commands`` (shard, seq) whose outcome is known now. The session is
    prepared."""
    if not commands:
        if sums:
            await connection.execute(_KEEP_GIVEN, _parameters(sums))
        return
    if sums:
        await connection.execute(_SUM_GIVEN, _parameters(sums))
    shards, seqs = zip(*commands, strict=True)
    await connection.execute(_SUM_COMMANDS, {"shards": list(shards), "seqs": list(seqs)})
    await keep(connection)


async def prepare(connection: AsyncConnection[Any]) -> None:
    """Make the temporary table of a session. ``connection`` is in autocommit mode."""
    await connection.execute(ARRIVED_SUM)


async def keep(connection: AsyncConnection[Any]) -> None:
    """Add what the transaction summed up to what is there."""
    await connection.execute(_KEEP_ARRIVED)


def _parameters(sums: Sequence[Sum]) -> dict[str, list[Any]]:
    tenants, minutes, measures, kinds, details, currencies, events, usages, amounts = zip(
        *sums, strict=True
    )
    return {
        "tenants": [UUID(bytes=tenant) for tenant in tenants],
        "minutes": [datetime.fromtimestamp(minute / 1000, UTC) for minute in minutes],
        "measures": list(measures),
        "kinds": list(kinds),
        "details": list(details),
        "currencies": list(currencies),
        "events": list(events),
        "usages": list(usages),
        "amounts": list(amounts),
    }
