"""Words for what the API names by code: states, kinds, what was done, what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from babel.support import NullTranslations

from openmvno.errors import all_errors


def N_(message: str) -> str:  # noqa: N802 -- gettext's own name for it
    """Marks a message for translation where it is only listed."""
    return message


STATES: Final[Mapping[str, str]] = {
    "active": N_("Active"),
    "preactive": N_("Pre-active"),
    "blocked": N_("Blocked"),
    "suspended": N_("Suspended"),
    "closed": N_("Closed"),
    "barred": N_("Barred"),
    "pending": N_("Pending"),
    "completed": N_("Completed"),
    "failed": N_("Failed"),
    "refused": N_("Refused"),
    "cancelled": N_("Cancelled"),
    "running": N_("Running"),
    "queued": N_("Queued"),
    "delivered": N_("Delivered"),
    "dead": N_("Dead letter"),
    "discarded": N_("Discarded"),
    "draft": N_("Draft"),
    "published": N_("Published"),
    "scheduled": N_("Scheduled"),
    "retired": N_("Retired"),
    "available": N_("Available"),
    "assigned": N_("Assigned"),
    "reserved": N_("Reserved"),
    "quarantined": N_("In quarantine"),
    "in_stock": N_("In stock"),
    "disabled": N_("Disabled"),
    "redeemed": N_("Redeemed"),
    "expired": N_("Expired"),
    "ended": N_("Ended"),
    "revoked": N_("Revoked"),
    "added": N_("Added"),
    "removed": N_("Removed"),
    "changed": N_("Changed"),
    "ok": N_("In order"),
    "warning": N_("Look at it"),
    "critical": N_("Act now"),
}

TONES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("active", "completed", "delivered", "published", "available", "in_stock", "ok"), "good"
    ),
    **dict.fromkeys(
        (
            "preactive",
            "pending",
            "running",
            "queued",
            "scheduled",
            "reserved",
            "quarantined",
            "warning",
            "suspended",
            "barred",
        ),
        "warn",
    ),
    **dict.fromkeys(("blocked", "failed", "refused", "dead", "critical"), "bad"),
}
"""How a state is coloured; any other is neutral. The word always stands beside the colour."""

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "draft-kept": N_("The draft is kept. Look at what it changes before you publish it."),
    "published": N_("It is in force, or will be at its time."),
    "user-added": N_("The user is there."),
    "unlocked": N_("Failed logins are forgotten."),
    "revoked": N_("It is revoked. Its next request is refused."),
    "logged-out": N_("You are logged out."),
    "password-changed": N_("Your password is changed. Other sessions have ended."),
    "second-factor-set": N_("From now on a login needs a code of your authenticator app."),
}
"""What a page says after something was done; the keys are ``?done=``."""

REALMS: Final[Mapping[str, str]] = {
    "admin": N_("Administration"),
    "care": N_("Customer care"),
    "reseller": N_("Reseller"),
    "distributor": N_("Distributor"),
    "customer": N_("Customer"),
    "subscriber": N_("Subscriber"),
    "service": N_("Program"),
}

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

QUOTE_RESULTS: Final[Mapping[str, str]] = {
    "rated": N_("Rated"),
    "forbidden": N_("Forbidden"),
    "no_rate": N_("No rate fits"),
}

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": STATES,
    "done": DONE,
    "realm": REALMS,
    "product_kind": PRODUCT_KINDS,
    "unit": UNITS,
    "renewal": RENEWALS,
    "quote_result": QUOTE_RESULTS,
}


class Words:
    """Words of one language, for templates."""

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def of(self, table: str, code: str | None) -> str:
        """The word for a code; one we have no word for is shown as it is."""
        if not code:
            return ""
        message = _TABLES[table].get(code)
        return self._translations.gettext(message) if message else code.replace("_", " ")

    def tone(self, state: str | None) -> str:
        """How a state is coloured."""
        return TONES.get(state or "", "")

    def problem(self, code: str, otherwise: str = "") -> str:
        """What went wrong, by its stable code."""
        title = titles().get(code)
        return self._translations.gettext(title) if title else otherwise


@cache
def titles() -> dict[str, str]:
    """The title of every problem of the API by its code."""
    return {error.code: error.title for error in all_errors()}


def messages() -> list[str]:
    """Every message that stands in no template: titles of problems."""
    return sorted(set(titles().values()))


def table(name: str) -> Mapping[str, Any]:
    """The codes that have words."""
    return _TABLES[name]
