"""The part of `work` that works jobs: a row is a transaction, with what it writes and its progress.

So a row is worked once, whenever the process ends. What the engine answers to a row's commands is
noted down later: until then the row is neither done nor failed.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg

from openmvno import subscribers
from openmvno.actor import Actor
from openmvno.database import Pool, of_tenant, repeat
from openmvno.errors import DomainError, Told
from openmvno.jobs import store
from openmvno.jobs.model import Applied, Rejection, Row, Unsettled
from openmvno.jobs.operations import OPERATIONS, undo_sign_up
from openmvno.rest.errors import EngineRefused, InternalError, TextNotStorable
from openmvno.rest.teaching import malformed

log = logging.getLogger(__name__)

IDLE_SECONDS: Final = 0.5
ROWS_A_TURN: Final = 100
"""Rows of one job before the next one has its turn."""

SETTLED_AT_ONCE: Final = 500

Connection = psycopg.AsyncConnection[Any]


async def run(pool: Pool, tenant_pool: Pool, stop: asyncio.Event) -> None:
    """Work what there is until ``stop`` is set. ``pool`` sees every tenant's jobs; rows are worked
    on ``tenant_pool``, as the tenant that sent them."""
    turns = partial(take_turns, pool, tenant_pool, stop)
    await repeat(turns, IDLE_SECONDS, stop, "jobs wait for PostgreSQL")


async def take_turns(pool: Pool, tenant_pool: Pool, stop: asyncio.Event) -> bool:
    """Work a piece of every job that is not finished; whether any row was worked."""
    async with pool.connection() as connection:
        jobs = await store.open_jobs(connection)
    busy = False
    for tenant_id, job_id in jobs:
        for _ in range(ROWS_A_TURN):
            if stop.is_set() or not await work_row(tenant_pool, tenant_id, job_id):
                break
            busy = True
        async with of_tenant(tenant_pool, tenant_id) as connection:
            await settle(connection, tenant_id, job_id)
            await store.finish(connection, tenant_id, job_id)
    return busy


async def work_row(tenant_pool: Pool, tenant_id: UUID, job_id: UUID) -> bool:
    """Work the next row of a job; False when there is none."""
    async with of_tenant(tenant_pool, tenant_id) as connection:
        row = await store.take_row(connection, tenant_id, job_id)
        if row is None:
            return False
        result = await _tried(connection, _actor(tenant_id, row.actor), row)
        done = failed = 0
        if isinstance(result, Rejection):
            await store.note_failed(connection, tenant_id, job_id, result)
            failed = 1
        elif result.commands:
            await store.note_applied(
                connection, tenant_id, job_id, row.number, result.commands, result.undo
            )
        else:
            await store.note_done(connection, tenant_id, job_id, [row.number])
            done = 1
        await store.count(connection, tenant_id, job_id, done=done, failed=failed)
    return True


async def _tried(connection: Connection, actor: Actor, row: Row) -> Applied | Rejection:
    """What a row wrote; nothing where it was refused."""
    operation = OPERATIONS[row.kind]
    try:
        async with connection.transaction():
            wanted = _read(row, operation.row)
            return await operation.apply(connection, actor, wanted)
    except DomainError as error:
        return _rejection(row.number, error)
    except psycopg.OperationalError:
        raise  # the row is worked again
    except psycopg.DataError:
        return _rejection(row.number, TextNotStorable(field=None))
    except Exception:
        log.exception("a row of a job failed", extra={"request_id": actor.request_id})
        return _rejection(
            row.number,
            InternalError("The row could not be worked; the log of the work process says why."),
        )


def _read(row: Row, kind: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.convert(row.content, kind, strict=not row.is_text)
    except msgspec.ValidationError as error:
        raise malformed(str(error), kind) from error


async def settle(connection: Connection, tenant_id: UUID, job_id: UUID) -> None:
    """Note down what the engine answered to rows that have been worked."""
    waiting = await store.take_unsettled(connection, tenant_id, job_id, SETTLED_AT_ONCE)
    if not waiting:
        return
    places = [(shard, seq) for row in waiting for shard, seq in row.commands]
    known = await store.outcomes_of(connection, tenant_id, places)
    done: list[int] = []
    failed = 0
    for row in waiting:
        outcomes = [known.get((shard, seq)) for shard, seq in row.commands]
        if None in outcomes:
            continue
        refused = [outcome is not None and "error" in outcome for outcome in outcomes]
        if any(refused):
            failed += 1
            outcome = outcomes[refused.index(True)] or {}
            await _take_back(connection, tenant_id, job_id, row, outcome, outcomes)
        else:
            done.append(row.number)
    if done:
        await store.note_done(connection, tenant_id, job_id, done)
    if done or failed:
        await store.count(connection, tenant_id, job_id, done=len(done), failed=failed)


async def _take_back(
    connection: Connection,
    tenant_id: UUID,
    job_id: UUID,
    row: Unsettled,
    outcome: dict[str, Any],
    outcomes: list[dict[str, Any] | None],
) -> None:
    if row.undo is not None:
        await undo_sign_up(connection, _actor(tenant_id, row.actor), row.undo, outcomes)
    code = str(outcome["error"])
    told = subscribers.refusals("product").get(code, Told(EngineRefused, None))
    error = told.kind(str(outcome.get("message", "")), field=told.field)
    await store.note_failed(connection, tenant_id, job_id, _rejection(row.number, error))


def _rejection(number: int, error: DomainError) -> Rejection:
    return Rejection(number, error.code, error.detail, error.field)


def _actor(tenant_id: UUID, kept: dict[str, Any]) -> Actor:
    """Who sent the job: what its rows do is audited as theirs."""
    return Actor(
        tenant_id,
        kept["name"],
        kept["request_id"],
        token_id=_id(kept["token_id"]),
        user_id=_id(kept["user_id"]),
        address=kept["address"],
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
