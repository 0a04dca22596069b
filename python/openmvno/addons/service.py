"""Giving lines add-ons and taking them away. The caller holds the line's lock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.addons import store
from openmvno.addons.errors import AddonNotFound, PriceChanged
from openmvno.addons.model import Addon, MainLine
from openmvno.addons.rules import check_goes_with, check_joins
from openmvno.catalog import ADDON, MAIN, Offer, Product, offer_on_sale
from openmvno.charging import CommandPlace, Pay, add_product, insert_commands, remove_product
from openmvno.identifiers import new_id
from openmvno.money import format_amount


async def add(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: MainLine,
    code: str,
    field: str = "product",
    *,
    pay: Pay = "balance",
    told: int | None = None,
) -> tuple[Addon, CommandPlace]:
    """Give a line an add-on of the catalogue in force; ``pay`` pays its price. ``told``: micros
    that its buyer was told that it costs.

    Raises:
        CatalogNotPublished; ProductUnknown, ProductKindMismatch, AddonExists, AddonConflict,
        AddonNotEligible: naming ``field``; PriceChanged.
    """
    offer = await offer_on_sale(connection, actor.tenant_id)
    product = offer.product(code, ADDON, field)
    main = offer.product(line.product, MAIN, field)
    present = await _present(connection, actor.tenant_id, offer, line.line_id)
    check_joins(product, main, present, field)
    price = product.price_micros
    if told is not None and told != price:
        raise PriceChanged(
            f"{code} costs {format_amount(price, product.currency)} {product.currency} by now.",
            field="price",
        )
    addon = Addon(
        new_id(),
        line.account_id,
        line.line_id,
        code,
        price,
        product.currency,
        pay,
        datetime.now(UTC),
    )
    # Another version may come into force before the engine reads this: then it has to be the same
    # price, unless nobody pays it.
    command = add_product(
        actor.tenant_id,
        line.account_id,
        line.line_id,
        addon.instance_id,
        code,
        pay=pay,
        price=None if pay == "none" else price,
    )
    [place] = await insert_commands(connection, [command])
    await store.insert_addon(connection, actor.tenant_id, addon, place)
    await audit.record(
        connection, actor, "line.addon_added", "line", line.line_id, after=_audited(addon)
    )
    return addon, place


async def remove(
    connection: AsyncConnection[Any], actor: Actor, line: MainLine, instance_id: UUID
) -> tuple[Addon, CommandPlace]:
    """Take an add-on away; what is left in its buckets is lost.

    Raises:
        AddonNotFound: the line has no such add-on now.
    """
    present = await store.present_addons(connection, actor.tenant_id, line.line_id)
    addon = next((each for each in present if each.instance_id == instance_id), None)
    if addon is None:
        raise AddonNotFound(f"The line has no add-on {instance_id}.", field="instance_id")
    command = remove_product(actor.tenant_id, line.account_id, line.line_id, instance_id)
    [place] = await insert_commands(connection, [command])
    await store.end(connection, actor.tenant_id, line.line_id, instance_id)
    await audit.record(
        connection, actor, "line.addon_removed", "line", line.line_id, before=_audited(addon)
    )
    return replace(addon, ended_at=datetime.now(UTC)), place


async def remove_by_code(
    connection: AsyncConnection[Any], actor: Actor, line: MainLine, code: str
) -> tuple[Addon, CommandPlace]:
    """Take away the add-on ``code``; of several the one it got last.

    Raises:
        AddonNotFound.
    """
    present = await store.present_addons(connection, actor.tenant_id, line.line_id)
    wanted = [addon.instance_id for addon in present if addon.product == code]
    if not wanted:
        raise AddonNotFound(f"The line has no add-on {code}.", field="product")
    return await remove(connection, actor, line, max(wanted))


async def end_all(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """End the add-ons of a line that closes; the engine ends them with the line."""
    await store.end(connection, tenant_id, line_id, None)


async def set_payer(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, account_id: UUID
) -> None:
    """The add-ons of a line go with it to another account."""
    await store.set_payer(connection, tenant_id, line_id, account_id)


async def addons_of(
    connection: AsyncConnection[Any], tenant_id: UUID, offer: Offer, line_id: UUID
) -> list[Product]:
    """The products of a line's add-ons in the order they decide: the highest precedence first."""
    present = await _present(connection, tenant_id, offer, line_id)
    return sorted(present, key=lambda product: -product.precedence)


async def check_main_product(
    connection: AsyncConnection[Any], tenant_id: UUID, offer: Offer, line_id: UUID, code: str
) -> None:
    """Let a line with its add-ons change to the main product ``code``.

    Raises:
        ProductUnknown, ProductKindMismatch, AddonNotEligible, AddonConflict.
    """
    main = offer.product(code, MAIN)
    for addon in await _present(connection, tenant_id, offer, line_id):
        check_goes_with(addon, main)


async def _present(
    connection: AsyncConnection[Any], tenant_id: UUID, offer: Offer, line_id: UUID
) -> list[Product]:
    addons = await store.present_addons(connection, tenant_id, line_id)
    return [offer.product(addon.product, ADDON) for addon in addons]


def _audited(addon: Addon) -> dict[str, str]:
    audited = {"instance": str(addon.instance_id), "product": addon.product}
    if addon.price_micros:
        price = format_amount(addon.price_micros, addon.currency)
        audited |= {"price": price, "currency": addon.currency, "pay": addon.pay}
    return audited
