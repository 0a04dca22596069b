"""A batch of the materialiser, added up: one upsert for each sum that it touches.

The rows of the batch are copied once more, into temporary tables that keep what is counted, and
PostgreSQL adds them up. All of it is in the transaction that moves the watermark, so that what is
done again after a crash counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno.events import ARRIVED as ARRIVED_EVENT
from openmvno.statistics.model import Measure

# What is not counted stays octets: nothing of it is read.
_ARRIVED_CDR: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_cdr (
    tenant_id uuid, cdr_id uuid, account_id uuid, line_id uuid, recorded_at timestamptz,
    session_id bytea, request_number bytea, kind text, service text, direction bytea,
    destination bytea, rating_group bytea, started_at bytea, ended_at bytea, usage bigint,
    currency text, amount_micros bigint, overrun_micros bytea, balance_after_micros bytea,
    catalog_version bytea, product bytea, rate bytea, cause bytea, refers_to bytea,
    correlation bytea, origin_host bytea, shard bytea, journal_seq bytea, parts bytea,
    partners bytea, inputs bytea) ON COMMIT DELETE ROWS
"""
_ARRIVED_POSTING: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_posting (
    tenant_id uuid, recorded_at timestamptz, cause_id uuid, account_id uuid, ledger_account text,
    currency text, amount_micros bigint, shard bytea, journal_seq bytea) ON COMMIT DELETE ROWS
"""
_ARRIVED_SUM: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_sum (
    tenant_id uuid, at timestamptz, measure text, kind text, detail text, currency text,
    events bigint, usage numeric, amount_micros numeric) ON COMMIT DELETE ROWS
"""
STAGES: Final = (_ARRIVED_CDR, _ARRIVED_POSTING, _ARRIVED_SUM)
"""The temporary tables of a session that counts."""

_SUM: Final = (
    "INSERT INTO arrived_sum (tenant_id, at, measure, kind, detail, currency, events, usage,"
    " amount_micros) "
)
_SUM_CDRS: Final = (
    f"{_SUM} SELECT tenant_id, date_trunc('minute', recorded_at), '{Measure.USAGE}', service,"
    " kind, currency, count(*), sum(usage), sum(amount_micros) FROM arrived_cdr"
    " GROUP BY 1, 2, 4, 5, 6"
)
_SUM_POSTINGS: Final = (
    f"{_SUM} SELECT tenant_id, date_trunc('minute', recorded_at), '{Measure.POSTING}',"
    " ledger_account, '', currency, count(*), 0, sum(amount_micros) FROM arrived_posting"
    " GROUP BY 1, 2, 4, 6"
)
# A cap that is reached and usage without a price are refusals that the journal does tell of.
_SUM_EVENTS: Final = (
    f"{_SUM} SELECT tenant_id, date_trunc('minute', occurred_at), '{Measure.FAILURE}',"
    f" 'charging', kind, '', count(*), 0, 0 FROM {ARRIVED_EVENT}"
    " WHERE kind IN ('cap_reached', 'unrated_usage') GROUP BY 1, 2, 5"
)
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
# In the order of the key, so that two who count never wait for each other.
_KEEP: Final = """
INSERT INTO statistic AS s
    (tenant_id, step, at, measure, kind, detail, currency, events, usage, amount_micros)
SELECT tenant_id, step,
       CASE step WHEN 'day' THEN date_trunc('day', a.at, time_zone)
                 ELSE date_trunc(step, a.at, 'UTC') END,
       measure, kind, detail, a.currency, sum(events), sum(usage), sum(amount_micros)
FROM arrived_sum a JOIN tenant USING (tenant_id)
CROSS JOIN (VALUES ('minute'), ('hour'), ('day')) AS steps(step)
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
ON CONFLICT (tenant_id, step, at, measure, kind, detail, currency) DO UPDATE
SET events = s.events + excluded.events, usage = s.usage + excluded.usage,
    amount_micros = s.amount_micros + excluded.amount_micros
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a batch wrote. The streams are COPY BINARY of the columns named, empty for none;
    ``commands``: places of those whose outcome is known now; ``has_events``: their rows are
    still in the events' own temporary table."""

    cdr_columns: str
    cdrs: bytes
    posting_columns: str
    postings: bytes
    has_events: bool
    commands: Sequence[tuple[int, int]]


async def count(connection: AsyncConnection[Any], arrived: Arrived) -> None:
    """Add a batch up, in the caller's transaction, after its rows are written. The session is
    prepared."""
    if not (arrived.cdrs or arrived.postings or arrived.has_events or arrived.commands):
        return
    if arrived.cdrs:
        await _copy(connection, "arrived_cdr", arrived.cdr_columns, arrived.cdrs)
        await connection.execute(_SUM_CDRS)
    if arrived.postings:
        await _copy(connection, "arrived_posting", arrived.posting_columns, arrived.postings)
        await connection.execute(_SUM_POSTINGS)
    if arrived.has_events:
        await connection.execute(_SUM_EVENTS)
    if arrived.commands:
        shards, seqs = zip(*arrived.commands, strict=True)
        await connection.execute(_SUM_COMMANDS, {"shards": list(shards), "seqs": list(seqs)})
    await keep(connection)


async def prepare(connection: AsyncConnection[Any]) -> None:
    """Make the temporary tables of a session. ``connection`` is in autocommit mode."""
    for stage in STAGES:
        await connection.execute(stage)


async def keep(connection: AsyncConnection[Any]) -> None:
    """Add what the transaction summed up to what is there."""
    await connection.execute(_KEEP)


async def _copy(connection: AsyncConnection[Any], table: str, columns: str, stream: bytes) -> None:
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as copy,
    ):
        await copy.write(stream)
