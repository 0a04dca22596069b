"""The tree of customers as the API takes and shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.customers.hierarchy import Ancestor, Default
from openmvno.customers.model import CustomerClass, Move
from openmvno.customers.schemas import Amount, PartnerCode, TimeZone
from openmvno.customers.statuses import Cause
from openmvno.money import parse_unsigned_amount
from openmvno.rest.moments import Moment

Mark = Literal[
    "closed",
    "blocked",
    "suspended",
    "limited",
    "suspension_delayed",
    "limiting_delayed",
    "provisionally_terminated",
    "frozen",
    "billing_paused",
]
Reason = Annotated[str, Meta(max_length=500, examples=["Letter of 1 March"])]
ClassName = Annotated[
    str, Meta(min_length=1, max_length=64, pattern="^[a-z][a-z0-9-]*$", examples=["business"])
]
Code = Annotated[str, Meta(min_length=1, max_length=64)]


class Defaults(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What customers get where nothing else is said. The first five are given to an account when it
    is opened; the rest says which template, policy or profile is meant."""

    time_zone: TimeZone | UnsetType = UNSET
    credit_limit: Amount | UnsetType = UNSET
    low_balance: Amount | UnsetType = UNSET
    limit_warning: Amount | UnsetType = UNSET
    partners: Annotated[list[PartnerCode], Meta(max_length=16)] | UnsetType = UNSET
    language: Annotated[str, Meta(max_length=35, examples=["hr"])] | UnsetType = UNSET
    billing_period: (
        Literal["daily", "weekly", "semimonthly", "monthly", "anniversary", "30_days"] | UnsetType
    ) = UNSET
    payment_terms_days: Annotated[int, Meta(ge=0, le=365)] | UnsetType = UNSET
    tax_profile: Code | UnsetType = UNSET
    invoice_template: Code | UnsetType = UNSET
    dunning_policy: Code | UnsetType = UNSET
    notification_set: Code | UnsetType = UNSET
    fraud_profile: Code | UnsetType = UNSET
    purge_after_months: Annotated[int, Meta(ge=1, le=240)] | UnsetType = UNSET

    def given(self) -> dict[str, Any]:
        """Those that are given.

        Raises:
            AmountInvalid, AmountPrecision, AmountOutOfRange: naming the field.
        """
        given = {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if value is not UNSET
        }
        for name in ("credit_limit", "low_balance", "limit_warning"):
            if name in given:
                parse_unsigned_amount(given[name], f"defaults.{name}")
        return given


class CustomerDefaultsIn(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of a customer's class and own defaults."""

    class_name: ClassName | None = None
    defaults: Defaults = msgspec.field(default_factory=Defaults)


class DefaultView(msgspec.Struct):
    """A default in force: its value, and the customer, or the class of it, that says so."""

    value: Any
    customer_id: UUID
    class_name: Annotated[str | None, Meta(description="Null: the customer says it itself")]


class CustomerDefaultsView(msgspec.Struct):
    """A customer's class, its own defaults, and all that are in force for it."""

    class_name: str | None
    defaults: dict[str, Any]
    in_force: dict[str, DefaultView]


class ClassIn(msgspec.Struct, forbid_unknown_fields=True):
    """What customers of a class have."""

    defaults: Defaults
    note: Annotated[str, Meta(max_length=500)] = ""


class ClassView(msgspec.Struct):
    """A class of customers."""

    name: Annotated[str, Meta(examples=["business"])]
    defaults: dict[str, Any]
    note: str


class StatusIn(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of a customer's own statuses; none: it is ok by itself."""

    marks: Annotated[list[Mark], Meta(max_length=9, examples=[["blocked"]])]
    reason: Reason = ""


class CauseView(msgspec.Struct):
    """A status, and the customer whose mark or money it comes from."""

    status: Annotated[str, Meta(examples=["reseller_blocked"])]
    customer_id: UUID


class StatusView(msgspec.Struct):
    """The strongest status of a customer, all it has, and its own marks. ``with_money``: the engine
    was asked what follows from the money on its accounts; false while it is away."""

    status: Annotated[str, Meta(examples=["reseller_blocked"])]
    causes: list[CauseView]
    marks: list[str]
    with_money: bool


class MoveIn(msgspec.Struct, forbid_unknown_fields=True):
    """Below whom a customer goes with all below it; null: to the top."""

    parent_id: UUID | None
    reason: Reason = ""


class MoveView(msgspec.Struct):
    """A move that was made."""

    id: UUID
    customer_id: UUID
    from_id: UUID | None
    to_id: UUID | None
    reason: str
    actor: str
    moved_at: Moment


class AncestorView(msgspec.Struct):
    """A customer above another one."""

    id: UUID
    name: str
    marks: list[str]


def status_view(
    causes: list[Cause], marks: list[str], strongest: str, *, with_money: bool
) -> StatusView:
    """What the API shows of statuses."""
    shown = [CauseView(cause.status, cause.customer_id) for cause in causes]
    return StatusView(strongest, shown, marks, with_money)


def move_view(move: Move) -> MoveView:
    """What the API shows of a move."""
    return MoveView(
        move.move_id,
        move.customer_id,
        move.from_id,
        move.to_id,
        move.reason,
        move.actor,
        move.moved_at,
    )


def ancestor_view(ancestor: Ancestor) -> AncestorView:
    """What the API shows of who is above."""
    return AncestorView(ancestor.customer_id, ancestor.name, ancestor.marks)


def class_view(found: CustomerClass) -> ClassView:
    """What the API shows of a class."""
    return ClassView(found.name, found.defaults, found.note)


def default_view(default: Default) -> DefaultView:
    """What the API shows of a default."""
    return DefaultView(default.value, default.customer_id, default.class_name)
