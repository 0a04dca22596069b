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
from weakref import WeakKeyDictionary

import msgspec
from psycopg import AsyncConnection

from openmvno import _core
from openmvno.identifiers import new_id

CommandPlace = tuple[int, int]
"""(shard, seq) of a command."""


_SHARDS: WeakKeyDictionary[AsyncConnection[Any], int] = WeakKeyDictionary()
"""What connections that are open have read already."""


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
    tenant: UUID,
    account: UUID,
    line: UUID,
    product: str,
    msisdn: str,
    imsi: str,
    status: str,
    further_imsis: Sequence[str] = (),
) -> Command:
    """Open a line on an account that was opened before; usage of any IMSI of its card is its."""
    further = {"further_imsis": list(further_imsis)} if further_imsis else {}
    return account_command(
        "open_line",
        tenant,
        account,
        line=str(line),
        product=product,
        msisdn=msisdn,
        imsi=imsi,
        status=status,
        **further,
    )


def change_line(tenant: UUID, account: UUID, line: UUID, changes: Mapping[str, Any]) -> Command:
    """Change what is given of a line.

    ``changes`` in the engine's words: status, product, msisdn, imsi, further_imsis (the whole list
    of the card's others), spending_cap ({amount, renew} or None, the amount in micros),
    own_balance, toll_free_barred, zero_rated_allowed.
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
    known = _SHARDS.get(connection)
    if known is not None:
        return known
    cursor = await connection.execute("SELECT shards FROM installation")
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("The database is not initialised; run openmvno migrate.")
    _SHARDS[connection] = int(row[0])
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
    by_shard: dict[int, list[int]] = {}
    for index, command in enumerate(commands):
        by_shard.setdefault(_shard_of(command, shards), []).append(index)
    places: list[CommandPlace] = [(-1, -1)] * len(commands)
    for shard in sorted(by_shard):
        indices = by_shard[shard]
        first = await _insert(connection, shard, [commands[index] for index in indices])
        for seq, index in enumerate(indices, first):
            places[index] = (shard, seq)
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


async def _insert(connection: AsyncConnection[Any], shard: int, commands: Sequence[Command]) -> int:
    """Write the commands under the next sequence numbers of their shard; returns the first one."""
    cursor = await connection.execute(
        "WITH numbered AS ("
        " INSERT INTO command_sequence (shard, last_seq) VALUES (%(shard)s, %(count)s)"
        " ON CONFLICT (shard) DO UPDATE SET last_seq = command_sequence.last_seq + %(count)s"
        " RETURNING shard, last_seq - %(count)s AS before)"
        " INSERT INTO engine_command (shard, seq, command_id, tenant_id, command)"
        " SELECT numbered.shard, numbered.before + place, id, tenant, command::jsonb"
        " FROM numbered CROSS JOIN unnest("
        "%(ids)s::uuid[], %(tenants)s::uuid[], %(commands)s::text[])"
        " WITH ORDINALITY AS given (id, tenant, command, place) RETURNING seq",
        {
            "shard": shard,
            "count": len(commands),
            "ids": [new_id() for _ in commands],
            "tenants": [command.tenant for command in commands],
            "commands": [msgspec.json.encode(command.body).decode() for command in commands],
        },
    )
    written = await cursor.fetchall()
    return min(int(seq) for (seq,) in written)
