"""Payment providers behind one interface.

The cash desk and the bank have none: staff say what came. A provider of another kind is a class
here that does what :class:`CardProvider` says, and a line in :data:`KINDS`.
"""

from openmvno.payments.providers.interface import (
    CardProvider,
    Intent,
    MethodDetails,
    ProviderDeclined,
    ProviderEvent,
    ProviderRecord,
    ProviderUnavailable,
    SetupOutcome,
    SetupPage,
    SignatureInvalid,
)
from openmvno.payments.providers.stripe_cards import StripeCards

KINDS = {"stripe": StripeCards}
"""The class of each kind of provider that has an interface."""

HAND_KINDS = ("cash_desk", "bank_transfer")
"""Kinds of which staff say what came."""

__all__ = [
    "HAND_KINDS",
    "KINDS",
    "CardProvider",
    "Intent",
    "MethodDetails",
    "ProviderDeclined",
    "ProviderEvent",
    "ProviderRecord",
    "ProviderUnavailable",
    "SetupOutcome",
    "SetupPage",
    "SignatureInvalid",
]
