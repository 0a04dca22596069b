"""Commands to the engine: their JSON, and the one place where they get their sequence numbers.

A command is written in the transaction of the change it belongs to. The engine applies the
commands of a shard strictly by seq, so each is applied exactly once whoever asks how often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from openmvno import _core
from openmvno.identifiers import new_id

CommandPlace = tuple[int, int]
"""(shard, seq) of a command."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command for the shard of ``account``, or for one shard by number."""

    tenant: UUID
    account: UUID | None
    body: dict[str, Any]
    shard: int | None = None


def open_account(
    tenant: UUID, account: UUID, currency: str, credit_limit: int, overrun: str
) -> Command:
    """Open a payer account with balance 0. ``credit_limit`` in micros."""
    return account_command(
        "open_account",
        tenant,
        account,
        currency=currency,
        credit_limit=credit_limit,
        overrun=overrun,
    )


def change_account(tenant: UUID, account: UUID, changes: Mapping[str, Any]) -> Command:
    """Change what is given of an account.

    ``changes`` in the engine's words: credit_limit (micros), temporary_limit ({amount, until} or
    None, until in Unix ms), limit_warning and low_balance (micros or None), time_zone (IANA name),
    partners (codes, the whole list).
    """
    return account_command("change_account", tenant, account, **changes)


def open_line(
    tenant: UUID, account: UUID, line: UUID, product: str, msisdn: str, imsi: str, status: str
) -> Command:
    """Open a line on an account that was opened before."""
    return account_command(
        "open_line",
        tenant,
        account,
        line=str(line),
        product=product,
        msisdn=msisdn,
        imsi=imsi,
        status=status,
    )


def change_line(tenant: UUID, account: UUID, line: UUID, changes: Mapping[str, Any]) -> Command:
    """Change what is given of a line.

    ``changes`` in the engine's words: status, product, spending_cap ({amount, renew} or None, the
    amount in micros), own_balance, toll_free_barred, zero_rated_allowed.
    """
    return account_command("change_line", tenant, account, line=str(line), **changes)


def adjust_balance(
    tenant: UUID, account: UUID, amount: int, reason: str, reference: UUID
) -> Command:
    """Move ``amount`` micros onto (or off) the balance. ``reason``: top_up or adjustment."""
    return account_command(
        "adjust_balance", tenant, account, amount=amount, reason=reason, reference=str(reference)
    )


def abort_session(tenant: UUID, account: UUID, line: UUID, session: str | None) -> Command:
    """Have the gateway end a session of a line by its Session-Id; None: all that are open."""
    return account_command("abort_session", tenant, account, line=str(line), session=session)


def activate_catalog(tenant: UUID, version: int, shard: int, at: datetime | None) -> Command:
    """Put a catalogue version (``catalog_version.id``) in force in ``shard``, at once or ``at``
    (whole milliseconds)."""
    body: dict[str, Any] = {"type": "activate_catalog", "tenant": str(tenant), "version": version}
    if at is not None:
        body["at"] = round(at.timestamp() * 1000)
    return Command(tenant, None, body, shard)


def withdraw_catalog(tenant: UUID, version: int, shard: int) -> Command:
    """Let a catalogue version that was to come into force in ``shard`` not come."""
    body = {"type": "withdraw_catalog", "tenant": str(tenant), "version": version}
    return Command(tenant, None, body, shard)


def rate_usage(
    tenant: UUID,
    account: UUID,
    line: UUID,
    *,
    content_key: str,
    service: str,
    direction: str,
    destination: str | None,
    usage: int,
    started_at: datetime,
    rating_group: int | None,
    plmn: str | None,
    msc: str | None,
    apn: str | None,
) -> Command:
    """Rate usage that another network delivered; once per ``content_key`` and account.

    The engine reads ``destination`` as it reads what the network sends, and finds out whose it is.
    """
    return account_command(
        "rate_usage",
        tenant,
        account,
        line=str(line),
        content_key=content_key,
        service=service,
        direction=direction,
        destination=destination,
        rating_group=rating_group,
        usage=usage,
        started_at=int(started_at.timestamp() * 1000),
        plmn=plmn,
        msc=msc,
        apn=apn,
    )


def account_command(kind: str, tenant: UUID, account: UUID, **members: Any) -> Command:
    """A command for the shard of ``account``; the engine refuses members it does not know."""
    body = {"type": kind, "tenant": str(tenant), "account": str(account), **members}
    return Command(tenant, account, body)


async def shard_count(connection: AsyncConnection[Any]) -> int:
    """The number of shards of this installation, fixed when it was created."""
    cursor = await connection.execute("SELECT shards FROM installation")
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("The database is not initialised; run openmvno migrate.")
    return int(row[0])


async def insert_commands(
    connection: AsyncConnection[Any], commands: Sequence[Command]
) -> list[CommandPlace]:
    """Number the commands and write them; returns their places in the order given.

    The update of ``command_sequence`` locks a shard's row until the transaction ends, so numbers
    become visible in order and without gaps. Shards are locked in ascending order, so that two
    transactions never wait for each other.
    """
    if not commands:
        return []
    shards = await shard_count(connection)
    placed = [_shard_of(command, shards) for command in commands]
    counts: dict[int, int] = {}
    for shard in placed:
        counts[shard] = counts.get(shard, 0) + 1
    following = {}
    for shard in sorted(counts):
        following[shard] = await _allocate(connection, shard, counts[shard])
    places: list[CommandPlace] = []
    for shard in placed:
        places.append((shard, following[shard]))
        following[shard] += 1
    await _insert(connection, zip(places, commands, strict=True))
    return places


def last_of_each_shard(places: Iterable[CommandPlace]) -> list[CommandPlace]:
    """The places to wait for: a shard applies its commands in order, so its last stands for all."""
    return list(dict(sorted(places)).items())


def _shard_of(command: Command, shards: int) -> int:
    if command.shard is not None:
        return command.shard
    if command.account is None:
        raise ValueError("a command needs an account or a shard")
    return _core.shard_of(command.tenant.bytes, command.account.bytes, shards)


async def _allocate(connection: AsyncConnection[Any], shard: int, count: int) -> int:
    """The first of ``count`` sequence numbers."""
    cursor = await connection.execute(
        "INSERT INTO command_sequence (shard, last_seq) VALUES (%(shard)s, %(count)s)"
        " ON CONFLICT (shard) DO UPDATE SET last_seq = command_sequence.last_seq + %(count)s"
        " RETURNING last_seq",
        {"shard": shard, "count": count},
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0]) - count + 1


async def _insert(
    connection: AsyncConnection[Any], placed: Iterable[tuple[CommandPlace, Command]]
) -> None:
    rows = [
        (shard, seq, new_id(), command.tenant, msgspec.json.encode(command.body).decode())
        for (shard, seq), command in placed
    ]
    await connection.execute(
        "INSERT INTO engine_command (shard, seq, command_id, tenant_id, command)"
        " SELECT shard, seq, id, tenant, command::jsonb FROM unnest("
        "%s::int[], %s::bigint[], %s::uuid[], %s::uuid[], %s::text[])"
        " AS given (shard, seq, id, tenant, command)",
        [list(column) for column in zip(*rows, strict=True)],
    )
