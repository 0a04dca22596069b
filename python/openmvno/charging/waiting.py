"""Rows that wait for an engine command: their columns shard and command_seq name it.

Such a row is written with its command; whether it came true is what the engine answered, which the
materialiser notes down with the command.
"""

from __future__ import annotations

from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging.commands import CommandPlace

NOT_REFUSED: Final = "NOT coalesce(command.outcome ? 'error', false)"
"""A condition on a row beside its command: the engine did not refuse it, as far as is known."""


def waits_for(place: CommandPlace) -> dict[str, int]:
    """The columns of a row that waits for the command at ``place``."""
    shard, seq = place
    return {"shard": shard, "command_seq": seq}


def command_of(table: LiteralString) -> LiteralString:
    """A join that puts the command a row of ``table`` waits for beside it, as ``command``."""
    return (
        " LEFT JOIN engine_command AS command"
        f" ON command.shard = {table}.shard AND command.seq = {table}.command_seq"
    )


def command_status(outcome: dict[str, Any] | None) -> str:
    """pending until the engine has applied a command, then completed (or refused)."""
    if outcome is None:
        return "pending"
    return "refused" if "error" in outcome else "completed"


async def outcome_at(
    connection: AsyncConnection[Any], place: CommandPlace
) -> dict[str, Any] | None:
    """What the engine answered to the command at ``place``, once the table has it."""
    cursor = await connection.execute(
        "SELECT outcome FROM engine_command WHERE shard = %s AND seq = %s", place
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def step_row(
    connection: AsyncConnection[Any],
    kind: tuple[LiteralString, LiteralString],
    tenant_id: UUID,
    row: UUID,
    state: str,
    *,
    place: CommandPlace | None = None,
    refusal: str | None = None,
) -> None:
    """Move a locked row on that goes from command to command. ``kind``: its table and key;
    ``place``: the command it waits for from now on."""
    table, key = kind
    shard, seq = place or (None, None)
    await connection.execute(
        f"UPDATE {table} SET state = %s, refusal = coalesce(%s, refusal),"
        " shard = coalesce(%s, shard), command_seq = coalesce(%s, command_seq), updated_at = now()"
        f" WHERE tenant_id = %s AND {key} = %s",
        (state, refusal, shard, seq, tenant_id, row),
    )


async def was_refused(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    table: LiteralString,
    key: LiteralString,
    row: UUID,
) -> bool:
    """Whether the engine is known to have refused the last command a row waited for: what it holds
    is then not what the row says."""
    cursor = await connection.execute(
        f"SELECT FROM {table}{command_of(table)}"
        f" WHERE {table}.tenant_id = %s AND {key} = %s AND NOT ({NOT_REFUSED})",
        (tenant_id, row),
    )
    return cursor.rowcount > 0
