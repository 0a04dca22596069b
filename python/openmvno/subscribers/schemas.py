"""Lines and sign-ups as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.customers.schemas import AccountView, CustomerView, NewCustomer
from openmvno.payments.schemas import AmountIn, TopUpView
from openmvno.subscribers.model import Line
from openmvno.subscribers.sign_up import LineWish

Msisdn = Annotated[str, Meta(examples=["385910000001"], description="E.164 digits, without +")]
Iccid = Annotated[str, Meta(examples=["8938510000000000018"])]
ProductCode = Annotated[str, Meta(examples=["prepaid-basic"])]
FirstStatus = Literal["active", "preactive"]


class NewLine(msgspec.Struct, forbid_unknown_fields=True):
    """A line; the first free number or SIM card is taken where none is named."""

    product: ProductCode
    msisdn: Msisdn | None = None
    iccid: Iccid | None = None
    status: FirstStatus = "active"

    def wish(self) -> LineWish:
        """As the domain takes it."""
        return LineWish(self.product, self.msisdn, self.iccid, self.status)


class SignUp(msgspec.Struct, forbid_unknown_fields=True):
    """A subscriber to be: ``customer`` for a new payer or ``customer_id`` for one we know."""

    product: ProductCode
    customer: NewCustomer | None = None
    customer_id: UUID | None = None
    msisdn: Msisdn | None = None
    iccid: Iccid | None = None
    status: FirstStatus = "active"
    initial_top_up: AmountIn | None = None

    def wish(self) -> LineWish:
        """The line, as the domain takes it."""
        return LineWish(self.product, self.msisdn, self.iccid, self.status)


class LineChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a line; what is left out stays."""

    status: Literal["active", "blocked", "suspended", "closed"] | UnsetType = UNSET
    product: ProductCode | UnsetType = UNSET


class LineView(msgspec.Struct):
    """A line."""

    id: UUID
    account_id: UUID
    product: ProductCode
    msisdn: Msisdn
    imsi: Annotated[str, Meta(examples=["219010000000001"])]
    iccid: Iccid
    status: Annotated[
        str, Meta(examples=["active"], description="preactive, active, blocked, suspended, closed")
    ]
    created_at: datetime
    updated_at: datetime


class SignUpView(msgspec.Struct):
    """What a sign-up made. ``status``: pending until the engine has all of it."""

    status: Annotated[str, Meta(examples=["completed"])]
    customer: CustomerView
    account: AccountView
    line: LineView
    top_up: TopUpView | None


def line_view(line: Line) -> LineView:
    """What the API shows of a line."""
    return LineView(
        line.line_id,
        line.account_id,
        line.product,
        line.msisdn,
        line.imsi,
        line.iccid,
        line.status,
        line.created_at,
        line.updated_at,
    )
