"""Numbers as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from openmvno.numbers.model import Msisdn, NumberClass, NumberPolicy
from openmvno.rest.moments import Moment

Number = Annotated[str, Meta(examples=["385910000001"])]
ClassName = Annotated[str, Meta(max_length=32, examples=["gold"])]
Minutes = Annotated[int, Meta(ge=1, le=525_600, examples=[30])]


class NumberRange(msgspec.Struct, forbid_unknown_fields=True):
    """The numbers from ``first`` to ``last``, both included; one number when last is left out."""

    first: Number
    last: Number | None = None


class NumbersAdded(msgspec.Struct):
    """How many were new to the pool."""

    added: int


class NumberView(msgspec.Struct):
    """A number of the pool. ``until``: the end of a reservation or quarantine.

    ``donor``: the operator it came from by porting; ``recipient``: the one it went to.
    """

    msisdn: Number
    state: Annotated[
        str,
        Meta(
            description="available, reserved, assigned, quarantined, frozen, ported_in, ported_out"
        ),
    ]
    number_class: ClassName
    line_id: UUID | None
    until: Moment | None
    reservation_id: UUID | None
    donor: str | None
    recipient: str | None
    updated_at: Moment


class NumberChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a number; what is left out stays."""

    state: Literal["available", "frozen"] | None = None
    number_class: ClassName | None = None


class NewReservation(msgspec.Struct, forbid_unknown_fields=True):
    """A number by name, or so many of a class; for the pool's usual time where none is given."""

    msisdn: Number | None = None
    number_class: ClassName = "standard"
    count: Annotated[int, Meta(ge=1, le=100, examples=[1])] = 1
    minutes: Minutes | None = None


class ReservationView(msgspec.Struct):
    """What is reserved. A sign-up names ``id`` as its ``reservation``."""

    id: UUID
    numbers: list[NumberView]


class ReservationEnded(msgspec.Struct):
    """How many numbers are available again."""

    released: int


class NumberClassView(msgspec.Struct, forbid_unknown_fields=True):
    """A class of numbers by patterns of the last digits: a capital letter is a digit, the same
    letter the same one; ``+`` is one more than the digit before, ``-`` one less, ``x`` any."""

    name: ClassName
    patterns: Annotated[list[str], Meta(examples=[["AAAAA", "A++++"]])]


class NumberPolicyView(msgspec.Struct, forbid_unknown_fields=True):
    """The rules of the pool. Of ``classes`` the first that fits counts; else it is standard."""

    quarantine_days: Annotated[int, Meta(ge=0, le=3650, examples=[90])]
    reservation_minutes: Minutes
    classes: list[NumberClassView]

    def policy(self) -> NumberPolicy:
        """As the domain takes it."""
        classes = tuple(NumberClass(each.name, tuple(each.patterns)) for each in self.classes)
        return NumberPolicy(self.quarantine_days, self.reservation_minutes, classes, 0)


def number_view(number: Msisdn) -> NumberView:
    """What the API shows of a number."""
    return NumberView(
        number.number,
        number.state,
        number.number_class,
        number.line_id,
        number.until,
        number.reservation_id,
        number.donor,
        number.recipient,
        number.updated_at,
    )


def policy_view(policy: NumberPolicy) -> NumberPolicyView:
    """What the API shows of the pool's rules."""
    return NumberPolicyView(
        policy.quarantine_days,
        policy.reservation_minutes,
        [NumberClassView(each.name, list(each.patterns)) for each in policy.classes],
    )
