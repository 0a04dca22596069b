"""Add-ons as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.addons.model import Addon
from openmvno.charging import Pay
from openmvno.money import format_amount
from openmvno.rest.moments import Moment

AddonCode = Annotated[str, Meta(max_length=64, examples=["weekend-pack"])]


class NewAddon(msgspec.Struct, forbid_unknown_fields=True):
    """An add-on for a line, by its product code.

    ``pay``: from the balance, in cash at the counter, or none (a present). ``price``: what its
    buyer was told that it costs; when it costs something else nothing is bought.
    """

    product: AddonCode
    pay: Pay = "balance"
    price: Annotated[str, Meta(max_length=40, examples=["4.99"])] | None = None


class AddonView(msgspec.Struct):
    """An add-on of a line. ``id``: this instance of it; ``price``: what it cost when the line got
    it, ``pay``: who paid that, nobody where it is none."""

    id: UUID
    line_id: UUID
    product: AddonCode
    price: Annotated[str, Meta(examples=["4.99"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    pay: Pay
    status: Annotated[
        str, Meta(examples=["active"], description="pending, active, refused or ended")
    ]
    added_at: Moment
    ended_at: Moment | None


def addon_view(addon: Addon) -> AddonView:
    """What the API shows of an add-on."""
    return AddonView(
        addon.instance_id,
        addon.line_id,
        addon.product,
        format_amount(addon.price_micros, addon.currency),
        addon.currency,
        addon.pay,
        addon.status,
        addon.added_at,
        addon.ended_at,
    )
