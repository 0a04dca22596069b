"""Add-ons as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.addons.model import Addon
from openmvno.rest.moments import Moment

AddonCode = Annotated[str, Meta(max_length=64, examples=["weekend-pack"])]


class NewAddon(msgspec.Struct, forbid_unknown_fields=True):
    """An add-on for a line, by its product code."""

    product: AddonCode


class AddonView(msgspec.Struct):
    """An add-on of a line. ``id``: this instance of it."""

    id: UUID
    line_id: UUID
    product: AddonCode
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
        addon.status,
        addon.added_at,
        addon.ended_at,
    )
