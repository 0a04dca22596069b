"""Commands about what a line has beside its main product: add-ons, lists, groups, wallets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from openmvno.charging.commands import Command, account_command

Pay = Literal["balance", "cash", "none"]
"""Who pays for what a line gets: the account's balance, money at the counter, or nobody."""


def add_product(
    tenant: UUID,
    account: UUID,
    line: UUID,
    instance: UUID,
    product: str,
    *,
    pay: Pay,
    price: int | None,
) -> Command:
    """Give a line an add-on; its buckets are granted with it, and ``pay`` pays what the catalogue
    in force asks for it.

    ``price``: micros that its buyer was told; None: whatever it costs. The engine refuses with
    product_unknown, product_exists, product_conflict, product_not_eligible, price_changed or
    insufficient_balance.
    """
    told = {} if price is None else {"price": price}
    return account_command(
        "add_product",
        tenant,
        account,
        line=str(line),
        instance=str(instance),
        product=product,
        pay=pay,
        **told,
    )


def remove_product(tenant: UUID, account: UUID, line: UUID, instance: UUID) -> Command:
    """Take an add-on away; its buckets end now. Refused with product_instance_unknown."""
    return account_command(
        "remove_product", tenant, account, line=str(line), instance=str(instance)
    )


def set_favourites(tenant: UUID, account: UUID, line: UUID, numbers: Sequence[str]) -> Command:
    """Replace a line's Friends & Family list (digits).

    The engine refuses with favourites_not_offered, favourites_too_many or favourite_not_allowed.
    """
    return account_command("set_favourites", tenant, account, line=str(line), numbers=list(numbers))


def set_groups(tenant: UUID, account: UUID, line: UUID, groups: Sequence[UUID]) -> Command:
    """Replace the closed user groups a line is in."""
    return account_command(
        "set_groups", tenant, account, line=str(line), groups=[str(group) for group in groups]
    )


def top_up_wallet(
    tenant: UUID,
    account: UUID,
    line: UUID | None,
    bucket: str,
    *,
    option: str | None,
    amount: int | None,
    days: int | None,
    pay: Pay,
    reference: UUID,
) -> Command:
    """Put content into a bucket: by an option of the catalogue, or an amount for some days.

    ``line`` None: the pool all lines of the account share. ``amount`` in the bucket's unit, micros
    for money. ``pay``: balance, cash or none. The engine refuses with bucket_unknown,
    top_up_unknown or insufficient_balance.
    """
    optional: dict[str, Any] = {
        "line": None if line is None else str(line),
        "option": option,
        "amount": amount,
        "days": days,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    return account_command(
        "top_up_wallet",
        tenant,
        account,
        bucket=bucket,
        pay=pay,
        reference=str(reference),
        **given,
    )
