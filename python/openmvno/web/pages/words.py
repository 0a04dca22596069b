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
    "paid": N_("Paid"),
    "partially_paid": N_("Paid in part"),
    "overpaid": N_("Overpaid"),
    "refunded": N_("Refunded"),
    "charged_back": N_("Charged back"),
    "requires_action": N_("Waits for you"),
    "debiting": N_("On its way"),
    "crediting": N_("On its way"),
    "returning": N_("On its way back"),
    "returned": N_("Came back"),
    "ok": N_("In order"),
    "warning": N_("Look at it"),
    "critical": N_("Act now"),
}

TONES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("active", "completed", "delivered", "published", "available", "in_stock", "ok", "paid"),
        "good",
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
            "requires_action",
            "partially_paid",
            "debiting",
            "crediting",
            "returning",
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
    "welcome": N_("Welcome. Here you see what you have and what you used."),
    "redeemed": N_("The voucher is redeemed."),
    "paid": N_("Paid. The money is on the balance."),
    "payment-waits": N_("Your bank wants to hear from you before it pays."),
    "on-its-way": N_("It is on its way and goes on by itself."),
    "card-removed": N_("The card is forgotten."),
    "automatic-set": N_("Saved. It holds from now on."),
    "add-on-bought": N_("It is there, and you can use it now."),
    "add-on-cancelled": N_("It has ended."),
    "pack-bought": N_("It is there, and you can use it now."),
    "money-sent": N_("The money has arrived."),
    "money-returned": N_("It could not be delivered. The money and the fee are back."),
    "sim-blocked": N_("The SIM card is blocked."),
    "sim-unblocked": N_("The SIM card works again."),
    "password-set": N_("The password is set. Log in with it."),
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

SERVICES: Final[Mapping[str, str]] = {
    "voice": N_("Call"),
    "roaming-voice": N_("Call abroad"),
    "video": N_("Video call"),
    "sms": N_("Message"),
    "mms": N_("Picture message"),
    "data": N_("Data"),
}
"""What a use of a service is, where the catalogue calls it as most do."""

PAGE_PROBLEMS: Final[Mapping[str, str]] = {
    "passwords_differ": N_("The passwords differ"),
    "payment_declined": N_("The card was declined"),
}
"""What pages themselves find wrong, by codes of theirs."""

QUOTE_RESULTS: Final[Mapping[str, str]] = {
    "rated": N_("Rated"),
    "forbidden": N_("Forbidden"),
    "no_rate": N_("No rate fits"),
}

RESULT_CODES: Final[Mapping[str, str]] = {
    "2001": N_("Success"),
    "3002": N_("Unable to deliver"),
    "3004": N_("Too busy"),
    "4010": N_("End user service denied"),
    "4011": N_("Credit control not applicable"),
    "4012": N_("Credit limit reached"),
    "5002": N_("Unknown session"),
    "5004": N_("Invalid AVP value"),
    "5005": N_("Missing AVP"),
    "5012": N_("Unable to comply"),
    "5030": N_("User unknown"),
    "5031": N_("Rating failed"),
}
"""RFC 6733 section 7.1, RFC 8506 section 9."""

CDR_KINDS: Final[Mapping[str, str]] = {
    "session": N_("Session"),
    "event": N_("Event"),
    "file": N_("Usage file"),
    "refund": N_("Refund"),
    "correction": N_("Correction"),
}

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

FAILURE_AREAS: Final[Mapping[str, str]] = {
    "charging": N_("Charging"),
    "usage_record": N_("Usage files"),
    "change": N_("Changes"),
    "delivery": N_("Provisioning"),
    "payment": N_("Payments"),
    "voucher": N_("Vouchers"),
}

CONDITIONS: Final[Mapping[str, str]] = {
    "answers": N_("Answers"),
    "standby": N_("Standby"),
    "gateways": N_("Gateways"),
    "engines": N_("Engines"),
    "shards": N_("Shards"),
    "storage": N_("Storage"),
    "queues": N_("Queues"),
    "memory": N_("Memory"),
    "utilisation": N_("Utilisation"),
    "clocks": N_("Clocks"),
    "dead letters": N_("Dead letters"),
    "work": N_("Work"),
    "materialiser": N_("Materialiser"),
    "books": N_("Books"),
    "deliveries": N_("Deliveries"),
    "database": N_("Database"),
    "backup": N_("Backup"),
    "archive": N_("Archive"),
    "release": N_("Release"),
}

CONNECTIONS: Final[Mapping[str, str]] = {
    "unproven": N_("not introduced yet"),
    "open": N_("open"),
    "suspect": N_("suspect"),
    "reopening": N_("reopening"),
    "ending": N_("ending"),
}
"""RFC 3539."""

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": STATES,
    "done": DONE,
    "realm": REALMS,
    "product_kind": PRODUCT_KINDS,
    "unit": UNITS,
    "renewal": RENEWALS,
    "quote_result": QUOTE_RESULTS,
    "service": SERVICES,
    "result_code": RESULT_CODES,
    "cdr_kind": CDR_KINDS,
    "top_up_via": TOP_UP_VIA,
    "payment_movement": PAYMENT_MOVEMENTS,
    "failure_area": FAILURE_AREAS,
    "condition": CONDITIONS,
    "connection": CONNECTIONS,
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
        title = PAGE_PROBLEMS.get(code) or titles().get(code)
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
