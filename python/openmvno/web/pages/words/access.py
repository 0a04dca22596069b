"""Whose side a user is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

REALMS: Final[Mapping[str, str]] = {
    "admin": N_("Administration"),
    "care": N_("Customer care"),
    "reseller": N_("Reseller"),
    "distributor": N_("Distributor"),
    "customer": N_("Customer"),
    "subscriber": N_("Subscriber"),
    "service": N_("Program"),
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "realm": REALMS,
}
