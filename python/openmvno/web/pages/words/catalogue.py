"""What the catalogue and its quotes name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

PRODUCT_KINDS: Final[Mapping[str, str]] = {"main": N_("Main product"), "addon": N_("Add-on")}

UNITS: Final[Mapping[str, str]] = {
    "second": N_("seconds"),
    "octet": N_("octets"),
    "event": N_("events"),
    "money": N_("money"),
}

RENEWALS: Final[Mapping[str, str]] = {
    "day": N_("every day"),
    "week": N_("every week"),
    "month": N_("every month"),
}

SERVICES: Final[Mapping[str, str]] = {
    "voice": N_("Call"),
    "roaming-voice": N_("Call abroad"),
    "video": N_("Video call"),
    "sms": N_("Message"),
    "mms": N_("Picture message"),
    "data": N_("Data"),
}
"""What a use of a service is, where the catalogue calls it as most do."""

QUOTE_RESULTS: Final[Mapping[str, str]] = {
    "rated": N_("Rated"),
    "forbidden": N_("Forbidden"),
    "no_rate": N_("No rate fits"),
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "product_kind": PRODUCT_KINDS,
    "unit": UNITS,
    "renewal": RENEWALS,
    "service": SERVICES,
    "quote_result": QUOTE_RESULTS,
}
