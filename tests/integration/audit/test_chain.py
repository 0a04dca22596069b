"""The chain of the audit log: sealed beside the requests, and every tampering named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection

from openmvno import audit, tenants
from openmvno.actor import Actor, command_line_actor
from openmvno.audit import sealing
from openmvno.audit.chain import CONTENT, START, Content, link_hash
from openmvno.database import Pool, Role, create_pool
from openmvno.identifiers import new_id
from openmvno.settings import Settings

KEY = b"anchors" * 5


@pytest.fixture
async def worker_pool(settings: Settings) -> AsyncIterator[Pool]:
    """As the work process has it."""
    async with create_pool(settings, "test work", role=Role.WORKER) as opened:
        yield opened


@dataclass
class Log:
    """A tenant's audit log with five changes in it, sealed and anchored."""

    pool: Pool
    worker: Pool
    tenant: UUID
    actor: Actor

    async def write(self, name: str) -> None:
        async with self.pool.connection() as connection:
            await audit.record(
                connection, self.actor, "customer.changed", "customer", name, after={"name": name}
            )

    async def seal(self) -> None:
        while await sealing.seal_waiting(self.worker):
            pass

    async def verify(self, kept: list[audit.Anchor] | None = None) -> audit.Verdict:
        async with self.pool.connection() as connection:
            return await audit.verify(connection, self.tenant, KEY, lambda _: None, kept)

    async def tamper(self, *statements: str) -> None:
        """As a database administrator could: past triggers and row security."""
        async with self.pool.connection() as connection:
            await connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await connection.execute(statement.encode())

    async def ids(self) -> list[UUID]:
        """Entries by their number."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT entry_id FROM audit_link WHERE tenant_id = %s ORDER BY number",
                (self.tenant,),
            )
            return [row[0] for row in await cursor.fetchall()]


@pytest.fixture
async def log(pool: Pool, worker_pool: Pool) -> Log:
    async with pool.connection() as connection:
        tenant = await tenants.ensure_tenant(connection, "acme", "Acme", "EUR")
    found = Log(pool, worker_pool, tenant.tenant_id, command_line_actor(tenant.tenant_id, "test"))
    for name in ("Ana", "Bea", "Cyd", "Dee"):
        await found.write(name)
    await found.seal()
    assert len(await sealing.anchor(worker_pool, KEY)) == 1
    return found


async def test_what_is_sealed_is_sound(log: Log) -> None:
    verdict = await log.verify()
    assert (verdict.checked, verdict.fault) == (5, None)
    assert await sealing.anchor(log.worker, KEY) == [], "nothing new to anchor"
    await log.write("Eva")
    await log.seal()
    verdict = await log.verify()
    assert (verdict.checked, verdict.fault) == (6, None)


async def test_sealing_waits_for_nobody_and_nobody_for_it(log: Log) -> None:
    """An entry whose transaction ends late is sealed late, in whatever order ids are."""
    early = new_id()
    async with log.pool.connection() as connection:
        await _insert(connection, log, early)
        await log.write("later id, earlier commit")
        await log.seal()
        assert (await log.verify()).fault is None
        assert early not in await log.ids()
    await log.seal()
    assert (await log.ids())[-1] == early
    assert (await log.verify()).fault is None


async def _insert(connection: AsyncConnection[Any], log: Log, entry: UUID) -> None:
    await connection.execute(
        "INSERT INTO audit_entry (tenant_id, entry_id, actor, request_id, action, subject_type,"
        " subject_id) VALUES (%s, %s, 'a', 'r', 'x.changed', 'x', '1')",
        (log.tenant, entry),
    )


async def test_two_sealers_make_one_chain(log: Log) -> None:
    for number in range(40):
        await log.write(f"n{number}")
    await asyncio.gather(*(sealing.seal_waiting(log.worker) for _ in range(3)))
    await log.seal()
    verdict = await log.verify()
    assert (verdict.checked, verdict.fault) == (45, None)


async def test_a_changed_row_is_named(log: Log) -> None:
    third = (await log.ids())[2]
    for change in (
        """SET after = '{"name": "Eve"}'""",
        "SET actor = 'somebody else'",
        "SET at = at - interval '1 hour'",
        "SET address = '192.0.2.1'",
    ):
        before = await _row(log, third)
        await log.tamper(f"UPDATE audit_entry {change} WHERE entry_id = '{third}'")
        verdict = await log.verify()
        assert verdict.fault is not None
        assert f"entry {third} (number 3, customer.changed of customer Bea" in verdict.fault
        assert verdict.checked == 2
        await log.tamper(
            f"DELETE FROM audit_entry WHERE entry_id = '{third}'",
            f"INSERT INTO audit_entry SELECT * FROM jsonb_populate_record(NULL::audit_entry,"
            f" $json${before}$json$)",
        )
        assert (await log.verify()).fault is None


async def _row(log: Log, entry: UUID) -> str:
    async with log.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT to_jsonb(e)::text FROM audit_entry e WHERE entry_id = %s", (entry,)
        )
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def test_a_missing_row_is_named(log: Log) -> None:
    fourth = (await log.ids())[3]
    await log.tamper(f"DELETE FROM audit_entry WHERE entry_id = '{fourth}'")
    verdict = await log.verify()
    assert verdict.fault == (
        f"entry {fourth} (number 4) is missing: it was removed after it was sealed"
    )


async def test_a_row_removed_with_its_link_is_named(log: Log) -> None:
    ids = await log.ids()
    await log.tamper(
        f"DELETE FROM audit_entry WHERE entry_id = '{ids[1]}'",
        f"DELETE FROM audit_link WHERE entry_id = '{ids[1]}'",
    )
    fault = (await log.verify()).fault
    assert fault == f"the link of entry number 2 is missing (the next is 3, entry {ids[2]})"


async def test_reordered_rows_are_named(log: Log) -> None:
    _, second, third, *_ = await log.ids()
    spare = uuid4()
    await log.tamper(
        f"UPDATE audit_link SET entry_id = '{spare}' WHERE entry_id = '{second}'",
        f"UPDATE audit_link SET entry_id = '{second}' WHERE entry_id = '{third}'",
        f"UPDATE audit_link SET entry_id = '{third}' WHERE entry_id = '{spare}'",
    )
    fault = (await log.verify()).fault
    assert fault is not None
    assert f"entry {third} (number 2," in fault
    assert "changed or moved" in fault


async def test_a_row_put_in_by_the_side_is_named(log: Log) -> None:
    entry = new_id()
    await log.tamper(
        "INSERT INTO audit_entry (tenant_id, entry_id, actor, request_id, action, subject_type,"
        f" subject_id) VALUES ('{log.tenant}', '{entry}', 'a', 'r', 'x.changed', 'x', '1')"
    )
    fault = (await log.verify()).fault
    assert fault is not None
    assert fault.startswith(f"entry {entry} (x.changed, ")
    assert "never sealed" in fault


async def test_a_row_removed_before_it_was_sealed_is_named(log: Log) -> None:
    await log.write("Eva")
    await log.tamper("DELETE FROM audit_entry WHERE subject_id = 'Eva'")
    await log.seal()
    fault = (await log.verify()).fault
    assert fault is not None
    assert fault.endswith("is missing: it was removed before it was sealed")


async def _write_anew(log: Log) -> None:
    """The whole chain, hashed anew over what the entries say now."""
    async with log.pool.connection() as connection:
        await connection.execute("SET LOCAL session_replication_role = replica")
        cursor = await connection.execute(
            f"SELECT l.number, {CONTENT} FROM audit_link l JOIN audit_entry e"
            " USING (tenant_id, entry_id) WHERE l.tenant_id = %s ORDER BY 1",
            (log.tenant,),
        )
        previous = START
        for number, *content in await cursor.fetchall():
            previous = link_hash(previous, log.tenant, Content(*content))
            await connection.execute(
                "UPDATE audit_link SET hash = %s WHERE tenant_id = %s AND number = %s",
                (previous, log.tenant, number),
            )


async def test_a_chain_written_anew_does_not_fit_its_anchors(log: Log) -> None:
    kept = [anchor for anchor, _ in await _anchors(log)]
    await log.tamper("UPDATE audit_entry SET actor = 'nobody' WHERE subject_id = 'Bea'")
    await _write_anew(log)
    fault = (await log.verify()).fault
    assert fault is not None
    assert "number 5) is another one than the anchor says" in fault

    await log.tamper("DELETE FROM audit_anchor")
    assert (await log.verify()).fault is None, "anchors that are gone are missed after hours"
    fault = (await log.verify(kept)).fault
    assert fault is not None, "and anchors kept elsewhere at once"
    assert "written anew" in fault
    await log.tamper("UPDATE audit_link SET sealed_at = sealed_at - interval '4 hours'")
    fault = (await log.verify()).fault
    assert fault is not None
    assert "have no anchor" in fault


async def _anchors(log: Log) -> list[tuple[audit.Anchor, bytes]]:
    async with log.pool.connection() as connection:
        return await audit.anchors_of(connection, log.tenant)


async def test_a_forged_anchor_and_a_chain_cut_off_are_named(log: Log) -> None:
    await log.tamper(
        "DELETE FROM audit_link WHERE number = 5",
        "DELETE FROM audit_entry WHERE subject_id = 'Dee'",
    )
    fault = (await log.verify()).fault
    assert fault == "the chain ends at number 4, and an anchor knows number 5: cut off"
    await log.tamper(
        "UPDATE audit_anchor SET number = 4, hash = (SELECT hash FROM audit_link WHERE number = 4)"
    )
    fault = (await log.verify()).fault
    assert fault == "the anchor at number 4 was not signed with this installation's key"
