"""Topping wallets up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.addons import MainLine
from openmvno.catalog import offer_on_sale
from openmvno.charging import CommandPlace, insert_commands, top_up_wallet
from openmvno.customers import Account
from openmvno.errors import one_of
from openmvno.identifiers import new_id
from openmvno.wallets import store
from openmvno.wallets.errors import BucketUnknown
from openmvno.wallets.model import TopUpWish, WalletTopUp
from openmvno.wallets.rules import content_of, format_units


async def top_up_line(
    connection: AsyncConnection[Any],
    actor: Actor,
    account: Account,
    line: MainLine,
    wish: TopUpWish,
) -> tuple[WalletTopUp, CommandPlace]:
    """Put content into a wallet of a line, or into the account's pool where the bucket is shared.

    Raises:
        BucketUnknown, CatalogNotPublished and what :func:`content_of` raises.
    """
    offer = await offer_on_sale(connection, actor.tenant_id)
    bucket = offer.buckets.get(wish.bucket)
    if bucket is None:
        raise BucketUnknown(
            f"The catalogue in force (version {offer.number}) has no bucket {wish.bucket!r}.",
            field="bucket",
            accepted=one_of(offer.buckets),
        )
    content = content_of(bucket, wish)
    top_up = WalletTopUp(
        wallet_top_up_id=new_id(),
        account_id=account.account_id,
        line_id=line.line_id,
        bucket=bucket.code,
        unit=bucket.unit,
        top_up_option=content.option,
        amount=content.amount,
        days=content.days,
        pay=wish.pay,
        price_micros=content.price_micros,
        currency=account.currency,
        reference=wish.reference,
        created_at=datetime.now(UTC),
    )
    # An option's amount and days are the engine's to look up, in the version it charges by.
    by_amount = content.option is None
    command = top_up_wallet(
        actor.tenant_id,
        account.account_id,
        None if bucket.shared else line.line_id,
        bucket.code,
        option=content.option,
        amount=content.amount if by_amount else None,
        days=content.days if by_amount else None,
        pay=wish.pay,
        reference=top_up.wallet_top_up_id,
    )
    [place] = await insert_commands(connection, [command])
    await store.insert_top_up(connection, actor.tenant_id, top_up, place)
    await _record(connection, actor, top_up)
    return top_up, place


async def _record(connection: AsyncConnection[Any], actor: Actor, top_up: WalletTopUp) -> None:
    await audit.record(
        connection,
        actor,
        "line.wallet_topped_up",
        "line",
        top_up.line_id,
        after={
            "wallet_top_up": str(top_up.wallet_top_up_id),
            "bucket": top_up.bucket,
            "option": top_up.top_up_option,
            "amount": format_units(top_up.amount, top_up.unit, top_up.currency),
            "days": top_up.days,
            "pay": top_up.pay,
            "price": format_units(top_up.price_micros, "money", top_up.currency),
            "currency": top_up.currency,
            "reference": top_up.reference,
        },
    )
