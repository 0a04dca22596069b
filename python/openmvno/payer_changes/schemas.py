"""Changes of payer as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.payer_changes.model import PayerChange
from openmvno.rest.moments import Moment


class NewPayerChange(msgspec.Struct, forbid_unknown_fields=True):
    """The account that is to pay for the line from now on, in the same currency."""

    account_id: Annotated[UUID, Meta(examples=["0197a2b4-7f7e-7cc4-a3a9-3d9b1f0c2d11"])]
    reason: Annotated[str, Meta(max_length=200, examples=["left the company plan"])] = ""


class PayerChangeView(msgspec.Struct):
    """A change of payer. ``refusal``: why it was refused or returned, in the engine's word;
    ``actor``: who asked for it."""

    id: UUID
    line_id: UUID
    from_account_id: UUID
    to_account_id: UUID
    status: Annotated[
        str,
        Meta(
            examples=["completed"],
            description="freezing, exporting, importing, releasing, completed, refused, returning"
            " or returned",
        ),
    ]
    refusal: str | None
    reason: str
    actor: str
    created_at: Moment
    updated_at: Moment


def payer_change_view(change: PayerChange) -> PayerChangeView:
    """What the API shows of a change."""
    return PayerChangeView(
        change.payer_change_id,
        change.line_id,
        change.from_account_id,
        change.to_account_id,
        change.state,
        change.refusal,
        change.reason,
        change.actor,
        change.created_at,
        change.updated_at,
    )
