"""Bringing a line to another account, which may lie in another shard, step by step.

No command of the engine has a part in both accounts. Each is written once the engine has done the
one before, in the transaction that moves the change on: a process that dies between two steps
leaves the line standing still in one place, and whoever looks next carries it on, once. What the
new account cannot have comes back to the old one by the same way.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, subscribers
from openmvno.actor import Actor
from openmvno.charging import (
    Command,
    CommandPlace,
    export_line,
    freeze_line,
    import_line,
    insert_commands,
    outcome_at,
    release_line,
    step_row,
)
from openmvno.customers import check_in_service, find_account
from openmvno.identifiers import new_id
from openmvno.payer_changes import store
from openmvno.payer_changes.errors import PayerCurrency, PayerUnchanged
from openmvno.payer_changes.model import PayerChange

SESSIONS_END_WITHIN: Final = timedelta(seconds=5)
"""So long gateways have to end the line's sessions; then they are given up."""


async def begin(
    connection: AsyncConnection[Any], actor: Actor, line_id: UUID, account_id: UUID, reason: str
) -> tuple[PayerChange, CommandPlace]:
    """Let a line stand still, to be brought to the account.

    Raises:
        AccountNotFound, CustomerBarred, LineNotFound, LineStateConflict, LineMoving,
        PayerUnchanged, PayerCurrency.
    """
    tenant_id = actor.tenant_id
    account = await find_account(connection, tenant_id, account_id)
    await check_in_service(connection, tenant_id, account.customer_id, "account_id")
    line = await subscribers.find_open_line(connection, tenant_id, line_id)
    if line.account_id == account_id:
        raise PayerUnchanged("The line is on this account.", field="account_id")
    present = await find_account(connection, tenant_id, line.account_id)
    if present.currency != account.currency:
        raise PayerCurrency(
            f"The account is in {account.currency}, the line's is in {present.currency}.",
            field="account_id",
            accepted=f"an account in {present.currency}",
        )
    change_id, now = new_id(), datetime.now(UTC)
    [place] = await insert_commands(
        connection, [freeze_line(tenant_id, line.account_id, line_id, change_id)]
    )
    change = PayerChange(
        payer_change_id=change_id,
        line_id=line_id,
        from_account_id=line.account_id,
        to_account_id=account_id,
        state="freezing",
        refusal=None,
        reason=reason,
        actor=actor.name,
        export_at=now + SESSIONS_END_WITHIN,
        shard=place[0],
        command_seq=place[1],
        created_at=now,
        updated_at=now,
    )
    await store.insert(connection, tenant_id, change)
    await subscribers.set_moving(connection, tenant_id, line_id, moving=True)
    await _record(connection, actor, change, "line.payer_change_begun")
    return change, place


async def carry_on(
    connection: AsyncConnection[Any],
    actor: Actor,
    change_id: UUID,
    outcome: dict[str, Any] | None = None,
    waited_for: CommandPlace | None = None,
    *,
    ask_again: bool = False,
) -> CommandPlace | None:
    """Bring a change one step further, if the engine has answered; the next command, if any.

    ``outcome``: the answer to the command ``waited_for``, where the caller has it before the table.
    ``ask_again``: sessions that are still open are counted anew.
    """
    change = await store.change_by_id(connection, actor.tenant_id, change_id, lock=True)
    assert change is not None
    if change.state not in store.UNDER_WAY:
        return None
    if outcome is None or waited_for != (change.shard, change.command_seq):
        outcome = await outcome_at(connection, (change.shard, change.command_seq))
    if outcome is None:
        return None
    if "error" in outcome:
        return await _after_refusal(connection, actor, change, str(outcome["error"]))
    return await _after_success(connection, actor, change, outcome, ask_again)


async def _after_success(
    connection: AsyncConnection[Any],
    actor: Actor,
    change: PayerChange,
    outcome: dict[str, Any],
    ask_again: bool,
) -> CommandPlace | None:
    match change.state:
        case "freezing":
            return await _after_freeze(connection, actor, change, outcome, ask_again)
        case "exporting":
            return await _bring(connection, actor, change, "importing", outcome["image"])
        case "importing":
            return await _after_import(connection, actor, change)
        case "returning":
            await subscribers.land(connection, actor, change.line_id)
            await _end(connection, actor, change, "returned")
        case _:
            await step_row(
                connection, store.ROW, actor.tenant_id, change.payer_change_id, "completed"
            )
    return None


async def _after_refusal(
    connection: AsyncConnection[Any], actor: Actor, change: PayerChange, refusal: str
) -> CommandPlace | None:
    if change.state == "freezing":
        await subscribers.set_moving(connection, actor.tenant_id, change.line_id, moving=False)
        await _end(connection, actor, change, "refused", refusal)
        return None
    if change.state == "importing":
        image = await store.image_under_way(connection, change)
        return await _bring(connection, actor, change, "returning", image, refusal)
    # The engine never refuses the others; the check of the books names what waits for long.
    return None


async def _after_freeze(
    connection: AsyncConnection[Any],
    actor: Actor,
    change: PayerChange,
    outcome: dict[str, Any],
    ask_again: bool,
) -> CommandPlace | None:
    of_old = (actor.tenant_id, change.from_account_id, change.line_id, change.payer_change_id)
    if outcome["sessions"] and datetime.now(UTC) < change.export_at:
        if not ask_again:
            return None
        return await _move_on(connection, actor, change, "freezing", freeze_line(*of_old))
    return await _move_on(connection, actor, change, "exporting", export_line(*of_old))


async def _after_import(
    connection: AsyncConnection[Any], actor: Actor, change: PayerChange
) -> CommandPlace:
    command = release_line(
        actor.tenant_id, change.from_account_id, change.line_id, change.payer_change_id
    )
    place = await _move_on(connection, actor, change, "releasing", command)
    line = await subscribers.land(connection, actor, change.line_id)
    await subscribers.tell_payer(connection, actor, line, change.from_account_id, place)
    await _record(connection, actor, change, "line.payer_changed")
    return place


async def _bring(
    connection: AsyncConnection[Any],
    actor: Actor,
    change: PayerChange,
    state: str,
    image: dict[str, Any],
    refusal: str | None = None,
) -> CommandPlace:
    """Have the line imported: from now on the tables say that it is on that account."""
    account_id = change.to_account_id if state == "importing" else change.from_account_id
    command = import_line(
        actor.tenant_id, account_id, change.line_id, change.payer_change_id, image
    )
    place = await _move_on(connection, actor, change, state, command, refusal)
    await subscribers.set_payer(connection, actor.tenant_id, change.line_id, account_id)
    return place


async def _move_on(
    connection: AsyncConnection[Any],
    actor: Actor,
    change: PayerChange,
    state: str,
    command: Command,
    refusal: str | None = None,
) -> CommandPlace:
    [place] = await insert_commands(connection, [command])
    await step_row(
        connection,
        store.ROW,
        actor.tenant_id,
        change.payer_change_id,
        state,
        place=place,
        refusal=refusal,
    )
    return place


async def _end(
    connection: AsyncConnection[Any],
    actor: Actor,
    change: PayerChange,
    state: str,
    refusal: str | None = None,
) -> None:
    await step_row(
        connection, store.ROW, actor.tenant_id, change.payer_change_id, state, refusal=refusal
    )
    await _record(connection, actor, change, f"line.payer_change_{state}")


async def _record(
    connection: AsyncConnection[Any], actor: Actor, change: PayerChange, action: str
) -> None:
    await audit.record(
        connection,
        actor,
        action,
        "line",
        change.line_id,
        before={"account": str(change.from_account_id)},
        after={
            "account": str(change.to_account_id),
            "payer_change": str(change.payer_change_id),
            "reason": change.reason,
        },
    )
