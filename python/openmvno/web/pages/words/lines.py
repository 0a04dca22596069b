"""What is done to a line, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

BLOCKERS: Final[Mapping[str, str]] = {
    "staff": N_("Staff"),
    "subscriber": N_("The subscriber"),
    "fraud": N_("Fraud prevention"),
}

SWAP_REASONS: Final[Mapping[str, str]] = {
    "lost": N_("Lost"),
    "stolen": N_("Stolen"),
    "broken": N_("Broken"),
    "other": N_("Something else"),
}

FIRST_STATUSES: Final[Mapping[str, str]] = {
    "active": N_("Active, at once"),
    "preactive": N_("Pre-active, until its first use"),
}

OVERRUNS: Final[Mapping[str, str]] = {
    "absorb": N_("The operator bears it"),
    "debt": N_("The balance goes below zero"),
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "blocker": BLOCKERS,
    "swap_reason": SWAP_REASONS,
    "first_status": FIRST_STATUSES,
    "overrun": OVERRUNS,
}
