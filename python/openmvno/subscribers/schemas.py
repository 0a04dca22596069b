"""Lines and sign-ups as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.addons.schemas import AddonView
from openmvno.customers import CustomerDetails
from openmvno.customers.schemas import AccountView, CustomerView, NewCustomer
from openmvno.money import format_amount, parse_positive_amount
from openmvno.numbers.schemas import ClassName
from openmvno.payments.schemas import AmountIn, TopUpView
from openmvno.rest.moments import Moment
from openmvno.subscribers.errors import CustomerAmbiguous
from openmvno.subscribers.model import Line
from openmvno.subscribers.sign_up import LineWish

Msisdn = Annotated[str, Meta(examples=["385910000001"], description="E.164 digits, without +")]
Iccid = Annotated[str, Meta(examples=["8938510000000000014"])]
ProductCode = Annotated[str, Meta(examples=["prepaid-basic"])]
FirstStatus = Literal["active", "preactive"]
Renew = Literal["day", "week", "month"]
Addons = Annotated[
    list[ProductCode], Meta(max_length=16, examples=[["weekend-pack"]], description="Add-ons")
]


class NewLine(msgspec.Struct, forbid_unknown_fields=True):
    """A line; the first free number or SIM card is taken where none is named.

    ``number_class``: of that number; ``reservation``: it is one of those reserved.
    """

    product: ProductCode
    msisdn: Msisdn | None = None
    iccid: Iccid | None = None
    status: FirstStatus = "active"
    addons: Addons = []
    number_class: ClassName = "standard"
    reservation: UUID | None = None

    def wish(self) -> LineWish:
        """As the domain takes it."""
        return _wish(self)


class SignUp(msgspec.Struct, forbid_unknown_fields=True):
    """A subscriber to be: ``customer`` for a new payer or ``customer_id`` for one we know.

    The first free number or SIM card is taken where none is named; ``number_class``: of that
    number; ``reservation``: it is one of those reserved.
    """

    product: ProductCode
    customer: NewCustomer | None = None
    customer_id: UUID | None = None
    msisdn: Msisdn | None = None
    iccid: Iccid | None = None
    status: FirstStatus = "active"
    addons: Addons = []
    initial_top_up: AmountIn | None = None
    number_class: ClassName = "standard"
    reservation: UUID | None = None

    def payer(self) -> CustomerDetails | UUID:
        """Who pays: a customer to be, or the id of one there is.

        Raises:
            CustomerAmbiguous.
        """
        if self.customer is not None and self.customer_id is None:
            return self.customer.details()
        if self.customer_id is not None and self.customer is None:
            return self.customer_id
        raise CustomerAmbiguous("Neither or both of them are there.", field="customer")

    def wish(self) -> LineWish:
        """The line, as the domain takes it."""
        return _wish(self)


def _wish(asked: NewLine | SignUp) -> LineWish:
    return LineWish(
        asked.product,
        asked.msisdn,
        asked.iccid,
        asked.status,
        asked.addons,
        asked.number_class,
        asked.reservation,
    )


class NumberExchange(msgspec.Struct, forbid_unknown_fields=True):
    """Which number a line is to have instead; the first free standard one when nothing is said."""

    msisdn: Msisdn | None = None
    number_class: ClassName = "standard"
    reservation: UUID | None = None


class SimSwap(msgspec.Struct, forbid_unknown_fields=True):
    """Which card a line is to have instead; the first free one when none is named.

    ``reason`` says what becomes of the old one: lost when it is lost or stolen, else disposed.
    """

    iccid: Iccid | None = None
    reason: Literal["lost", "stolen", "broken", "other"] = "other"


class SpendingCap(msgspec.Struct, forbid_unknown_fields=True):
    """The most a line may spend in each period, in the account's currency."""

    amount: Annotated[str, Meta(examples=["20.00"], description="Decimal string")]
    renew: Renew


_PLAIN: Final = ("status", "product", "own_balance", "toll_free_barred", "zero_rated_allowed")
"""Fields of a change that are fields of a line as they stand."""


class LineChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a line; what is left out stays, null takes the cap away.

    ``own_balance``: the line pays from its own buckets and wallets only, never from the account's
    balance. While the line is out of service, ``toll_free_barred``: numbers free of charge are
    denied (emergency calls never); ``zero_rated_allowed``: usage that costs nothing goes on.
    ``by``: who wants it: a block by staff or for fraud cannot be ended by the subscriber, nor one
    for fraud by staff; of several the strongest counts. ``reason`` is kept in the audit log.
    """

    status: Literal["active", "blocked", "suspended", "closed"] | UnsetType = UNSET
    product: ProductCode | UnsetType = UNSET
    spending_cap: SpendingCap | UnsetType | None = UNSET
    own_balance: bool | UnsetType = UNSET
    toll_free_barred: bool | UnsetType = UNSET
    zero_rated_allowed: bool | UnsetType = UNSET
    by: Literal["subscriber", "staff", "fraud"] = "staff"
    reason: Annotated[str, Meta(max_length=500, examples=["Phone reported lost"])] = ""

    def changes(self, currency: str) -> dict[str, Any]:
        """As fields of :class:`Line`; ``currency`` is the account's.

        Raises:
            AmountInvalid, AmountPrecision, AmountOutOfRange: naming the field.
        """
        changes: dict[str, Any] = {}
        for name in _PLAIN:
            value = getattr(self, name)
            if value is not UNSET:
                changes[name] = value
        if not isinstance(self.spending_cap, UnsetType):
            changes |= _cap_changes(self.spending_cap, currency)
        return changes


def _cap_changes(cap: SpendingCap | None, currency: str) -> dict[str, Any]:
    names = ("spending_cap_micros", "spending_cap_currency", "spending_cap_renew")
    if cap is None:
        return dict.fromkeys(names)
    micros = parse_positive_amount(cap.amount, "spending_cap.amount")
    return dict(zip(names, (micros, currency, cap.renew), strict=True))


class LineView(msgspec.Struct):
    """A line."""

    id: UUID
    account_id: UUID
    product: ProductCode
    msisdn: Msisdn
    imsi: Annotated[str, Meta(examples=["219010000000001"])]
    further_imsis: Annotated[
        list[str], Meta(examples=[[]], description="The others of its card, where it has several")
    ]
    iccid: Iccid
    status: Annotated[
        str, Meta(examples=["active"], description="preactive, active, blocked, suspended, closed")
    ]
    barred: Annotated[
        bool, Meta(description="Out of service for the customer's sake, whatever its status")
    ]
    moving: Annotated[
        bool, Meta(description="On its way to another account: out of service, not to be changed")
    ]
    spending_cap: SpendingCap | None
    own_balance: bool
    toll_free_barred: bool
    zero_rated_allowed: bool
    blocked_by: Annotated[str, Meta(examples=["staff"])] | None
    sim_swapped_at: Moment | None
    created_at: Moment
    updated_at: Moment


class SessionAbort(msgspec.Struct, forbid_unknown_fields=True):
    """Which session of a line is to end; all that are open where none is named."""

    session_id: (
        Annotated[str, Meta(min_length=1, max_length=512, examples=["pgw.example;1;7"])] | None
    ) = None


class SessionAbortView(msgspec.Struct):
    """Sessions that are to end. ``status``: pending until the engine has it, then ordered."""

    line_id: UUID
    status: Annotated[str, Meta(examples=["ordered"])]
    session_ids: Annotated[list[str], Meta(examples=[["pgw.example;1;7"]])]


class SignUpView(msgspec.Struct):
    """What a sign-up made. ``status``: pending until the engine has all of it."""

    status: Annotated[str, Meta(examples=["completed"])]
    customer: CustomerView
    account: AccountView
    line: LineView
    addons: list[AddonView]
    top_up: TopUpView | None


def line_view(line: Line) -> LineView:
    """What the API shows of a line."""
    cap = None
    if line.spending_cap_micros is not None and line.spending_cap_currency is not None:
        amount = format_amount(line.spending_cap_micros, line.spending_cap_currency)
        cap = SpendingCap(amount, cast("Renew", line.spending_cap_renew))
    return LineView(
        id=line.line_id,
        account_id=line.account_id,
        product=line.product,
        msisdn=line.msisdn,
        imsi=line.imsi,
        further_imsis=list(line.further_imsis),
        iccid=line.iccid,
        status=line.status,
        barred=line.barred,
        moving=line.moving,
        spending_cap=cap,
        own_balance=line.own_balance,
        toll_free_barred=line.toll_free_barred,
        zero_rated_allowed=line.zero_rated_allowed,
        blocked_by=line.blocked_by,
        sim_swapped_at=line.sim_swapped_at,
        created_at=line.created_at,
        updated_at=line.updated_at,
    )
