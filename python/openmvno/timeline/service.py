"""The entries of all sources, merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.actor import Actor
from openmvno.money import format_amount
from openmvno.timeline.sources import (
    ACCOUNTS_OF,
    LINES_OF,
    OF_STAFF,
    SOURCES,
    TOLD,
    USAGE,
)

FULL: Final = "audit:read"
"""With this scope the readers of data are told, too, and every field that a change had."""

PLAIN: Final = (
    "status",
    "product",
    "price",
    "currency",
    "pay",
    "msisdn",
    "iccid",
    "blocked_by",
    "reason",
    "name",
    "marks",
)
"""Fields of a change that everybody is told who may see the timeline."""

PARTNERLY: Final = frozenset({"to_account_id", "from_account_id", "provider", "other"})
"""Parameters that users outside the staff are not told."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Of what the timeline is: lines with the account that pays for each, accounts, a customer."""

    lines: dict[UUID, UUID] = field(default_factory=dict)
    accounts: Sequence[UUID] = ()
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. ``code`` is stable; a sentence of it needs ``parameters``."""

    entry_id: UUID
    at: datetime
    kind: str
    code: str
    parameters: dict[str, Any]
    actor: str | None
    line_id: UUID | None
    account_id: UUID | None


async def of_customer(
    connection: AsyncConnection[Any], tenant_id: UUID, customer_id: UUID
) -> Subjects:
    """A customer with its accounts and their lines; not those of customers below it."""
    cursor = await connection.execute(ACCOUNTS_OF, {"tenant": tenant_id, "customer": customer_id})
    accounts = [account for (account,) in await cursor.fetchall()]
    return Subjects(await _lines(connection, tenant_id, accounts), accounts, customer_id)


async def of_account(
    connection: AsyncConnection[Any], tenant_id: UUID, account_id: UUID
) -> Subjects:
    """An account with its lines."""
    return Subjects(await _lines(connection, tenant_id, [account_id]), [account_id])


async def _lines(
    connection: AsyncConnection[Any], tenant_id: UUID, accounts: Sequence[UUID]
) -> dict[UUID, UUID]:
    cursor = await connection.execute(LINES_OF, {"tenant": tenant_id, "accounts": list(accounts)})
    return dict(await cursor.fetchall())


async def entries(
    connection: AsyncConnection[Any],
    actor: Actor,
    subjects: Subjects,
    *,
    usage: bool,
    reads: bool,
    before: UUID | None,
    limit: int,
) -> tuple[list[Entry], UUID | None]:
    """The newest ``limit`` entries before that id, and where to go on; a page is a little longer
    where several have the id of its last one."""
    named = [("line", line) for line in subjects.lines]
    named += [("account", account) for account in subjects.accounts]
    if subjects.customer_id is not None:
        named.append(("customer", subjects.customer_id))
    values = {
        "tenant": actor.tenant_id,
        "types": [kind for kind, _ in named],
        "ids": [str(name) for _, name in named],
        "lines": list(subjects.lines),
        "payers": list(subjects.lines.values()),
        "accounts": list(subjects.accounts),
        "reads": reads and FULL in actor.scopes,
        "told": list(TOLD),
        "before": before,
        "limit": limit + 1,
    }
    found: list[Entry] = []
    for statement, scope in SOURCES:
        is_theirs = statement not in OF_STAFF if actor.is_outside else _has(actor, scope)
        if is_theirs and (usage or statement != USAGE):
            cursor = await connection.execute(statement, values)
            found += [_entry(row, actor) for row in await cursor.fetchall()]
    found.sort(key=lambda entry: (entry.entry_id, entry.kind), reverse=True)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1].entry_id
    shown = found[:limit] + [each for each in found[limit:] if each.entry_id == last]
    return shown, last if len(shown) < len(found) else None


def _has(actor: Actor, scope: str | None) -> bool:
    return scope is None or scope in actor.scopes


def _entry(row: tuple[Any, ...], actor: Actor) -> Entry:
    entry_id, at, kind, code, parameters, who, line_id, account_id = row
    if kind in ("change", "read"):
        kind, parameters = _change(kind, code, parameters, is_full=FULL in actor.scopes)
    told = {}
    for name, value in parameters.items():
        if actor.is_outside and name in PARTNERLY:
            continue
        if name.endswith("_micros"):
            if value is not None:
                currency = parameters["currency"]
                told[name.removesuffix("_micros")] = format_amount(value, currency)
        elif value is not None:
            told[name] = value
    if actor.is_outside and who != actor.name:
        who = None  # the names of staff are not theirs to know
    return Entry(entry_id, at, kind, code, told, who, line_id, account_id)


def _change(
    kind: str, code: str, values: dict[str, Any], *, is_full: bool
) -> tuple[str, dict[str, Any]]:
    if kind == "change" and code.startswith("line."):
        if "addon" in code or "product" in code:
            kind = "product"
        elif "sim" in code or "number" in code:
            kind = "identity"
    if is_full:
        return kind, values
    after = values["after"] or {}
    return kind, {name: after[name] for name in PLAIN if name in after}
