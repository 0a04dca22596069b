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

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "top_up_via": TOP_UP_VIA,
    "payment_movement": PAYMENT_MOVEMENTS,
}
