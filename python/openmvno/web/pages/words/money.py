"""How money moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

TOP_UP_VIA: Final[Mapping[str, str]] = {
    "payment": N_("Top-up by payment"),
    "voucher": N_("Top-up by voucher"),
    "direct": N_("Top-up by staff or program"),
}

PAYMENT_MOVEMENTS: Final[Mapping[str, str]] = {
    "receipt": N_("received"),
    "fee": N_("fee"),
    "payout": N_("paid back"),
    "chargeback": N_("chargeback"),
    "offset": N_("offset"),
    "chargeback_won": N_("chargeback won"),
}

PAYS: Final[Mapping[str, str]] = {
    "balance": N_("From the balance"),
    "cash": N_("In cash"),
    "none": N_("A present"),
}

PROVIDER_KINDS: Final[Mapping[str, str]] = {
    "cash_desk": N_("Cash desk"),
    "bank_transfer": N_("Bank transfer"),
    "stripe": N_("Cards"),
}

PAYERS: Final[Mapping[str, str]] = {
    "balance": N_("Balance"),
    "overrun": N_("Nobody could"),
    "bucket": N_("Bucket %(code)s"),
    "throttle": N_("Nobody, at the throttled speed of %(code)s"),
}
"""Who pays a part of a charge."""

MOVEMENTS: Final[Mapping[str, str]] = {
    "receipt": N_("Received"),
    "fee": N_("Fee of the provider"),
    "allocation": N_("Put on a balance"),
    "withdrawal": N_("Taken from the balance"),
    "payout": N_("Paid back"),
    "chargeback": N_("Chargeback"),
    "offset": N_("Set off"),
    "recovery": N_("Claim recovered"),
    "chargeback_won": N_("Chargeback won"),
    "restitution": N_("Put back on the balance"),
}
"""Of a payment's money, as staff is told them."""

PAYMENT_FAILURES: Final[Mapping[str, str]] = {
    "card_declined": N_("The bank declined the card."),
    "insufficient_funds": N_("There is not enough money on the card."),
    "expired_card": N_("The card has expired."),
    "authentication_required": N_("The bank wants to ask the owner of the card."),
    "payment_intent_authentication_failure": N_(
        "The bank asked the owner of the card, and was not satisfied."
    ),
    "not_answered": N_("The bank asked the owner of the card, and got no answer."),
}
"""Why a payment by card failed."""

VOUCHER_STATES: Final[Mapping[str, str]] = {"active": N_("Active"), "blocked": N_("Blocked")}
"""What vouchers can be brought to."""

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "movement": MOVEMENTS,
    "payment_failure": PAYMENT_FAILURES,
    "voucher_state": VOUCHER_STATES,
    "top_up_via": TOP_UP_VIA,
    "payment_movement": PAYMENT_MOVEMENTS,
    "pay": PAYS,
    "provider_kind": PROVIDER_KINDS,
}
