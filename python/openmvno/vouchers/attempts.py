"""Wrong PINs are counted for each account and each origin; too many lock it for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, statistics
from openmvno.actor import Actor
from openmvno.vouchers.errors import VoucherLocked, VoucherPinWrong

WINDOW: Final = timedelta(hours=1)
"""Wrong PINs count together within this time."""

LOCKED_FOR: Final = timedelta(hours=1)

ACCOUNT_LIMIT: Final = 5
"""Wrong PINs of one account."""

ORIGIN_LIMIT: Final = 20
"""Wrong PINs from one origin: several people may share an address."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Who types a PIN in, and where (an address, a telephone number; may be empty)."""

    account_id: UUID
    origin: str

    def subjects(self) -> list[tuple[str, int]]:
        """(subject, limit) that a wrong PIN counts for."""
        subjects = [(f"account:{self.account_id}", ACCOUNT_LIMIT)]
        if self.origin:
            subjects.append((f"origin:{self.origin}", ORIGIN_LIMIT))
        return subjects


async def check(connection: AsyncConnection[Any], tenant_id: UUID, guess: Guess) -> None:
    """Let a PIN be tried. The caller holds the account's lock, so its limit is exact.

    Raises:
        VoucherLocked.
    """
    subjects = [subject for subject, _ in guess.subjects()]
    cursor = await connection.execute(
        "SELECT max(locked_until) FROM voucher_attempt WHERE tenant_id = %s"
        " AND subject = ANY(%s) AND locked_until > now()",
        (tenant_id, subjects),
    )
    row = await cursor.fetchone()
    if row is not None and row[0] is not None:
        raise _locked(row[0])


async def count_wrong(
    connection: AsyncConnection[Any], actor: Actor, guess: Guess
) -> VoucherPinWrong | VoucherLocked:
    """Count a wrong PIN; what the caller is to be told."""
    left: list[int] = []
    locks: list[datetime] = []
    for subject, limit in guess.subjects():
        failures, locked_until = await _count(connection, actor.tenant_id, subject, limit)
        left.append(limit - failures)
        if locked_until is not None:
            locks.append(locked_until)
            await _record_lock(connection, actor, guess, subject, failures, locked_until)
    cause = "pin_wrong_and_locked" if locks else "pin_wrong"
    await statistics.note(connection, actor.tenant_id, "failure", "voucher", cause)
    if locks:
        return _locked(max(locks))
    return VoucherPinWrong(field="pin", extra={"attempts_left": max(0, min(left))})


async def forgive(connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID) -> None:
    """A right PIN: the account's wrong ones are forgotten."""
    await connection.execute(
        "DELETE FROM voucher_attempt WHERE tenant_id = %s AND subject = %s",
        (tenant_id, f"account:{account_id}"),
    )


async def forget_old(connection: AsyncConnection[Any]) -> None:
    """Housekeeping: what does not count any more goes."""
    await connection.execute(
        "DELETE FROM voucher_attempt WHERE first_at < now() - %s::interval"
        " AND coalesce(locked_until, '-infinity') < now()",
        (WINDOW,),
    )


async def _count(
    connection: AsyncConnection[Any], tenant_id: UUID, subject: str, limit: int
) -> tuple[int, datetime | None]:
    cursor = await connection.execute(
        "INSERT INTO voucher_attempt AS a (tenant_id, subject, failures, first_at)"
        " VALUES (%(tenant)s, %(subject)s, 1, now())"
        " ON CONFLICT (tenant_id, subject) DO UPDATE SET"
        " failures = CASE WHEN a.first_at < now() - %(window)s::interval THEN 1"
        "  ELSE a.failures + 1 END,"
        " first_at = CASE WHEN a.first_at < now() - %(window)s::interval THEN now()"
        "  ELSE a.first_at END"
        " RETURNING failures",
        {"tenant": tenant_id, "subject": subject, "window": WINDOW},
    )
    row = await cursor.fetchone()
    assert row is not None
    failures = int(row[0])
    if failures < limit:
        return failures, None
    cursor = await connection.execute(
        "UPDATE voucher_attempt SET locked_until = now() + %s::interval"
        " WHERE tenant_id = %s AND subject = %s RETURNING locked_until",
        (LOCKED_FOR, tenant_id, subject),
    )
    row = await cursor.fetchone()
    assert row is not None
    return failures, row[0]


async def _record_lock(
    connection: AsyncConnection[Any],
    actor: Actor,
    guess: Guess,
    subject: str,
    failures: int,
    locked_until: datetime,
) -> None:
    await audit.record(
        connection,
        actor,
        "voucher.locked",
        "account",
        guess.account_id,
        after={
            "subject": subject,
            "wrong_pins": failures,
            "locked_until": locked_until.isoformat(),
            "origin": guess.origin,
        },
    )


def _locked(until: datetime) -> VoucherLocked:
    shown = until.isoformat(timespec="seconds")
    return VoucherLocked(
        field="pin", accepted=f"another try after {shown}", extra={"locked_until": shown}
    )
