"""Changing what the engine has to know of an account: limits, warnings, time zone, partners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.catalog import offer_on_sale
from openmvno.charging import CommandPlace, change_account, insert_commands, was_refused
from openmvno.customers import store
from openmvno.customers.errors import PartnerUnknown, TemporaryLimitPast, TimeZoneUnknown
from openmvno.customers.hierarchy import defaults_of
from openmvno.customers.model import Account, Customer
from openmvno.errors import one_of
from openmvno.money import format_amount, parse_unsigned_amount


async def modify_account(
    connection: AsyncConnection[Any], actor: Actor, account: Account, wanted: Account
) -> tuple[Account, list[CommandPlace]]:
    """Make a locked account what is ``wanted`` of it. No change, no command.

    After a change that the engine refused it is told everything anew, whatever differs now.

    Raises:
        TemporaryLimitPast, TimeZoneUnknown, PartnerUnknown, CatalogNotPublished.
    """
    before, after = engine_terms(account), engine_terms(wanted)
    changes = {name: value for name, value in after.items() if value != before[name]}
    of_account = ("account", "account_id", account.account_id)
    if await was_refused(connection, actor.tenant_id, *of_account):
        changes = {name: value for name, value in after.items() if name != "time_zone" or value}
    if not changes:
        return account, []
    await _check(connection, actor.tenant_id, wanted, set(changes))
    command = change_account(actor.tenant_id, account.account_id, changes)
    [place] = await insert_commands(connection, [command])
    changed = await store.update_account(connection, actor.tenant_id, wanted, place)
    await audit.record(
        connection,
        actor,
        "account.changed",
        "account",
        account.account_id,
        before=_audited(account, set(changes)),
        after=_audited(changed, set(changes)),
    )
    return changed, [place]


async def apply_defaults(
    connection: AsyncConnection[Any], actor: Actor, customer: Customer, account: Account
) -> tuple[Account, list[CommandPlace]]:
    """Give an account that has just been opened the defaults in force for its customer.

    Raises:
        what :func:`modify_account` raises, where a default does not fit any more.
    """
    if customer.parent_id is None and customer.class_name is None and not customer.defaults:
        return account, []
    found = await defaults_of(connection, actor.tenant_id, customer.customer_id)
    terms: dict[str, Any] = {}
    for name in ("credit_limit", "low_balance", "limit_warning"):
        if name in found:
            terms[f"{name}_micros"] = parse_unsigned_amount(found[name].value, name)
    for name in ("time_zone", "partners"):
        if name in found:
            terms[name] = found[name].value
    return await modify_account(connection, actor, account, replace(account, **terms))


def engine_terms(account: Account) -> dict[str, Any]:
    """What change_account may say of an account, in the engine's words."""
    until = account.temporary_limit_until
    temporary = None
    if until is not None:
        milliseconds = int(until.timestamp() * 1000)
        temporary = {"amount": account.temporary_limit_micros, "until": milliseconds}
    return {
        "credit_limit": account.credit_limit_micros,
        "temporary_limit": temporary,
        "limit_warning": account.limit_warning_micros,
        "low_balance": account.low_balance_micros,
        "time_zone": account.time_zone,
        "partners": account.partners,
    }


def _audited(account: Account, names: set[str]) -> dict[str, Any]:
    """What people read in the audit log: decimal amounts instead of micros."""

    def amount(micros: int | None) -> str | None:
        return None if micros is None else format_amount(micros, account.currency)

    until = account.temporary_limit_until
    readable = {
        "credit_limit": amount(account.credit_limit_micros),
        "temporary_limit": None
        if until is None
        else {"amount": amount(account.temporary_limit_micros), "until": until.isoformat()},
        "limit_warning": amount(account.limit_warning_micros),
        "low_balance": amount(account.low_balance_micros),
        "time_zone": account.time_zone,
        "partners": account.partners,
    }
    return {name: value for name, value in readable.items() if name in names}


async def _check(
    connection: AsyncConnection[Any], tenant_id: UUID, wanted: Account, changed: set[str]
) -> None:
    until = wanted.temporary_limit_until
    if "temporary_limit" in changed and until is not None and until <= datetime.now(UTC):
        raise TemporaryLimitPast(f"{until.isoformat()} is past.", field="temporary_limit.until")
    zone = wanted.time_zone
    if "time_zone" in changed and zone and not await store.knows_time_zone(connection, zone):
        raise TimeZoneUnknown(f"{zone!r} is no time zone.", field="time_zone")
    if "partners" in changed and wanted.partners:
        offer = await offer_on_sale(connection, tenant_id)
        for index, code in enumerate(wanted.partners):
            if code not in offer.partners or code in wanted.partners[:index]:
                raise PartnerUnknown(
                    f"The catalogue in force (version {offer.number}) has no further partner"
                    f" {code!r}.",
                    field=f"partners[{index}]",
                    accepted=f"each once: {one_of(sorted(offer.partners))}",
                )
