"""Who may have what pay for add-ons, and spend money on them."""

from __future__ import annotations

from collections.abc import Iterable

from openmvno.actor import Actor
from openmvno.addons.model import Addon
from openmvno.charging import Pay
from openmvno.rest.errors import MemberNotOpen
from openmvno.rest.reach import check_scope


def check_payer(actor: Actor, pay: Pay) -> None:
    """Let an actor say who pays: outside the staff only the balance does.

    Raises:
        MemberNotOpen.
    """
    if actor.is_outside and pay != "balance":
        raise MemberNotOpen("Outside the staff the balance pays.", field="pay", accepted="balance")


def check_buys(actor: Actor, addons: Iterable[Addon]) -> bool:
    """Let an actor buy add-ons that cost something, beside giving lines those that do not; whether
    money moves. Who may change lines spends what is on the balance; what another pays, or nobody,
    is for those to say who take money.

    Raises:
        ScopeMissing.
    """
    moves = False
    for addon in addons:
        if addon.price_micros and actor.is_outside:
            check_scope(actor, "reach:pay")
        elif addon.price_micros and addon.pay != "balance":
            check_scope(actor, "payments:write")
        moves = moves or addon.moves_money
    return moves
