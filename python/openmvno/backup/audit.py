"""Whether the books of a database balance, and whether an engine can take it over."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from openmvno import audit
from openmvno._core import CoreError, Engine
from openmvno.actor import command_line_actor
from openmvno.backup.folder import Backup
from openmvno.backup.plan import Plan, shown
from openmvno.backup.tools import Progress, Rarely
from openmvno.charging.catalogs import Catalogs
from openmvno.charging.recovery import recover
from openmvno.database import Role
from openmvno.database.location import acting_as
from openmvno.supervisor.doctor import Finding
from openmvno.work.materialiser import Materialiser

# An engine that reads and never serves.
ENGINE_CONFIG: Final = {"owner": 0, "origin_host": "audit.invalid", "origin_realm": "invalid"}

JOURNAL: Final = """
SELECT shard, count(*), min(seq), max(seq), max(written_at) FROM journal GROUP BY shard
ORDER BY shard
"""
AHEAD_OF_JOURNAL: Final = """
SELECT count(*) FROM (
  SELECT shard, seq FROM snapshot_slice
  UNION ALL SELECT shard, greatest(seq, balances_seq) FROM materialiser_watermark) AS place
WHERE place.seq > coalesce((SELECT max(seq) FROM journal j WHERE j.shard = place.shard), 0)
"""
COMMANDS: Final = """
SELECT count(*) FROM command_sequence s
WHERE s.last_seq <> coalesce((SELECT max(seq) FROM engine_command c WHERE c.shard = s.shard), 0)
"""
PARTITIONS: Final = """
SELECT c.oid::regclass::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'posting'::regclass ORDER BY 1
"""
UNBALANCED: Final = sql.SQL(
    "SELECT count(*), min(cause_id::text) FROM ("
    " SELECT cause_id FROM {} GROUP BY cause_id, currency HAVING sum(amount_micros) <> 0) AS u"
)
BALANCES: Final = """
SELECT tenant_id, account_id, coalesce(p.posted, 0), coalesce(b.balance_micros, 0) FROM (
  SELECT tenant_id, account_id, -sum(amount_micros)::bigint AS posted FROM posting
  WHERE ledger_account = 'balance' GROUP BY 1, 2) AS p
FULL JOIN account_balance b USING (tenant_id, account_id)
"""
CONTENT: Final = """
SELECT (SELECT count(*) FROM account_balance), (SELECT count(*) FROM subscriber_line),
       (SELECT count(*) FROM cdr), (SELECT count(*) FROM outbox_delivery WHERE state = 'pending'),
       (SELECT string_agg(t.code || ' ' || v.number, ', ' ORDER BY t.code)
        FROM tenant t JOIN LATERAL (
          SELECT number FROM catalog_version c WHERE c.tenant_id = t.tenant_id
          AND state = 'published' ORDER BY effective_at DESC LIMIT 1) AS v ON true)
"""


@dataclass(frozen=True, slots=True)
class Books:
    """What a database holds, and what was found."""

    findings: list[Finding]
    last_row_at: datetime | None
    positions: dict[int, int]
    """Last journal seq of each shard."""
    accounts: int
    lines: int
    cdrs: int
    deliveries: int
    """Deliveries of the outbox that wait."""
    catalogs: str
    sessions: int
    """Sessions that are open."""

    @property
    def balance(self) -> bool:
        """Whether everything was found well."""
        return all(finding.is_good for finding in self.findings)


def settle(url: str, plan: Plan, say: Progress) -> None:
    """What a restored database needs before it serves: a higher Origin-State-Id, an entry in the
    audit log, and the tables brought up to the journal."""
    asyncio.run(_settle(url, plan, say))


def note_backup(url: str, backup: Backup) -> None:
    """An entry in the audit log of the installation that was backed up."""
    asyncio.run(_note_backup(url, backup))


async def _note_backup(url: str, backup: Backup) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        # A backup is of no tenant, and neither is who makes it here.
        actor = command_line_actor(UUID(int=0), "backup")
        await audit.record(connection, actor, "installation.backed_up", "installation", backup.id)


async def _settle(url: str, plan: Plan, say: Progress) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        # The engines of then are engines of another database.
        await connection.execute("DELETE FROM engine_node")
        after = {
            "backup": plan.backup.id,
            "to": shown(plan.to) if plan.to is not None else "latest",
            "origin_state_id": await _raise_origin_state(connection),
        }
        actor = command_line_actor(UUID(int=0), "restore")
        await audit.record(
            connection,
            actor,
            "installation.restored",
            "installation",
            plan.backup.id,
            after=after,
        )
    say("bringing CDRs, postings and balances up to the journal")
    worker = acting_as(url, Role.WORKER)
    materialiser = Materialiser(worker)
    async with await psycopg.AsyncConnection.connect(worker, autocommit=True) as connection:
        await materialiser.prepare(connection)
        while await materialiser.step(connection):
            pass
        await materialiser.balances.refresh(connection)


async def _raise_origin_state(connection: psycopg.AsyncConnection[Any]) -> int:
    # RFC 6733 section 8.16: it increases whenever state is lost, and may be the time of that. A
    # second restore to the same moment must come out higher than the first: the clock does.
    cursor = await connection.execute(
        "UPDATE installation SET origin_state_id = greatest(origin_state_id + 1,"
        " extract(epoch FROM clock_timestamp())::bigint) RETURNING origin_state_id"
    )
    row = await cursor.fetchone()
    return int(row[0]) if row is not None else 0


def examine_books(url: str, say: Progress) -> Books:
    """Look at everything in a database nobody else works on; changes nothing."""
    with psycopg.connect(url) as connection:
        connection.read_only = True
        say("reading the journal")
        journal = connection.execute(JOURNAL).fetchall()
        say("taking the journal over as an engine does")
        engine, takes_over = _take_over(url, {row[0]: row[3] for row in journal})
        findings = [
            _journal_finding(journal),
            _counted(connection, "positions", AHEAD_OF_JOURNAL, "ahead of the journal"),
            _counted(connection, "commands", COMMANDS, "shards whose commands end elsewhere"),
            takes_over,
            _postings(connection, Rarely(say)),
        ]
        if takes_over.is_good and engine is not None:
            say("comparing balances with postings")
            findings.append(_balances(connection, engine))
        content = connection.execute(CONTENT).fetchone()
        assert content is not None
    return Books(
        findings=findings,
        last_row_at=max((row[4] for row in journal), default=None),
        positions={row[0]: row[3] for row in journal},
        accounts=content[0],
        lines=content[1],
        cdrs=content[2],
        deliveries=content[3],
        catalogs=content[4] or "none",
        sessions=json.loads(engine.statistics())["sessions"] if engine is not None else 0,
    )


def _journal_finding(journal: list[tuple[Any, ...]]) -> Finding:
    for shard, count, first, last, _ in journal:
        if count != last - first + 1:
            missing = last - first + 1 - count
            return Finding(
                "journal", is_good=False, detail=f"shard {shard}: {missing} rows missing"
            )
    rows = sum(row[1] for row in journal)
    return Finding("journal", is_good=True, detail=f"{rows} rows, without a gap in any shard")


def _counted(connection: psycopg.Connection[Any], subject: str, query: str, what: str) -> Finding:
    row = connection.execute(query).fetchone()
    count = row[0] if row is not None else 0
    return Finding(subject, is_good=count == 0, detail=f"{count} {what}")


def _postings(connection: psycopg.Connection[Any], say: Progress) -> Finding:
    # A cause is posted in one day: one partition at a time keeps the sorting small.
    for (partition,) in connection.execute(PARTITIONS).fetchall():
        say(f"adding up {partition}")
        row = connection.execute(UNBALANCED.format(sql.Identifier(partition))).fetchone()
        if row is not None and row[0]:
            detail = f"{row[0]} causes in {partition} do not sum to zero, such as {row[1]}"
            return Finding("postings", is_good=False, detail=detail)
    return Finding("postings", is_good=True, detail="every cause sums to zero")


def _balances(connection: psycopg.Connection[Any], engine: Engine) -> Finding:
    """Table, postings and engine, account by account. What an open session was charged to date is
    posted with its CDR, and the table has the balance as of the account's last posting."""
    count = 0
    with connection.cursor(binary=True) as cursor:
        for tenant, account, posted, balance in cursor.stream(BALANCES):
            count += 1
            view = json.loads(engine.balance(tenant.bytes, account.bytes) or b"{}")
            live = view.get("balance", 0)
            if not (
                live == balance == posted or (view.get("sessions") and live <= balance <= posted)
            ):
                detail = (
                    f"account {account}: {posted} posted, {balance} in account_balance,"
                    f" {live} in the engine (micros)"
                )
                return Finding("balances", is_good=False, detail=detail)
    return Finding("balances", is_good=True, detail=f"{count} accounts as posted and as charged")


def _take_over(url: str, positions: dict[int, int]) -> tuple[Engine | None, Finding]:
    """Snapshots and journal into an engine, as at its start."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT shards FROM installation").fetchone()
    if row is None:
        return None, Finding("engine", is_good=True, detail="no engine has run yet")
    shards = int(row[0])
    engine = Engine(json.dumps({**ENGINE_CONFIG, "shards": shards}))
    try:
        found = recover(engine, Catalogs(engine), url, shards)
    except CoreError as error:
        return None, Finding("engine", is_good=False, detail=str(error))
    other = [shard for shard, seq in positions.items() if engine.journal_seq(shard) != seq]
    detail = f"{found.slices} snapshot slices and {found.rows} journal rows replayed"
    if other:
        detail += f"; shards {other} end elsewhere than the journal"
    return engine, Finding("engine", is_good=not other, detail=detail)
