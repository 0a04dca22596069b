"""What was charged, and what was not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

CDR_KINDS: Final[Mapping[str, str]] = {
    "session": N_("Session"),
    "event": N_("Event"),
    "file": N_("Usage file"),
    "refund": N_("Refund"),
    "correction": N_("Correction"),
}

FAILURE_AREAS: Final[Mapping[str, str]] = {
    "charging": N_("Charging"),
    "usage_record": N_("Usage files"),
    "change": N_("Changes"),
    "delivery": N_("Provisioning"),
    "payment": N_("Payments"),
    "voucher": N_("Vouchers"),
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "cdr_kind": CDR_KINDS,
    "failure_area": FAILURE_AREAS,
}
