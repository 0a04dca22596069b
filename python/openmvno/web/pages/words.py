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
    "in_use": N_("In use"),
    "lost": N_("Lost"),
    "disposed": N_("Disposed of"),
    "frozen": N_("Frozen"),
    "ported_in": N_("Ported in"),
    "ported_out": N_("Ported out"),
    "requested": N_("Requested"),
    "validated": N_("Agreed, no time yet"),
    "activated": N_("Done"),
    "rejected": N_("Rejected"),
    "returned": N_("Given back"),
    "waiting": N_("Waiting"),
    "done": N_("Done"),
    "enabled": N_("On"),
    "missing": N_("Missing there"),
    "different": N_("Different"),
    "surplus": N_("Too much there"),
    "foreign": N_("Not ours"),
    "ok": N_("In order"),
    "warning": N_("Look at it"),
    "critical": N_("Act now"),
}

TONES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "active",
            "completed",
            "delivered",
            "published",
            "available",
            "in_stock",
            "in_use",
            "activated",
            "done",
            "enabled",
            "ok",
        ),
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
            "requested",
            "validated",
            "waiting",
            "frozen",
            "different",
            "surplus",
        ),
        "warn",
    ),
    **dict.fromkeys(
        ("blocked", "failed", "refused", "rejected", "dead", "lost", "missing", "critical"), "bad"
    ),
}
"""How a state is coloured; any other is neutral. The word always stands beside the colour."""

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "draft-kept": N_("The draft is kept. Look at what it changes before you publish it."),
    "published": N_("It is in force, or will be at its time."),
    "user-added": N_("The user is there."),
    "profile-ordered": N_("The profile is ordered, confirmed and released."),
    "numbers-added": N_("The numbers are in the pool."),
    "released": N_("It is available again."),
    "port-requested": N_("The clearing house is told."),
    "port-cancelled": N_("The port is given up. The clearing house is told."),
    "replayed": N_("It is in the queue again, with all attempts anew."),
    "discarded": N_("It is given up. What waited behind it goes on."),
    "target-set": N_("The target is set. It is told of events from now on."),
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

SIM_FORMS: Final[Mapping[str, str]] = {"physical": N_("Plastic card"), "esim": N_("eSIM")}

STOCK_ACTS: Final[Mapping[str, str]] = {
    "sim.changed": N_("Changed"),
    "sim_codes.read": N_("PIN and PUK were read"),
    "sim.profile_ordered": N_("The profile was ordered"),
    "number.changed": N_("Changed"),
}
"""What the audit log says of a card or a number."""

BAD_LINES: Final[Mapping[str, str]] = {
    "iccid_invalid": N_("The ICCID is none"),
    "imsi_invalid": N_("The IMSI is none"),
    "sim_conflict": N_("Another card has the ICCID or IMSI"),
    "sim_not_removable": N_("There is no such card to take out"),
    "too_many_columns": N_("More columns than the header has"),
    "action_invalid": N_("The action is neither plus nor minus"),
    "form_invalid": N_("The form is none"),
    "keys_incomplete": N_("A key is missing"),
    "key_invalid": N_("A key is none"),
    "code_invalid": N_("A PIN or PUK is none"),
    "activation_code_invalid": N_("The activation code is none"),
    "smdp_invalid": N_("The address of the SM-DP+ is none"),
    "text_too_long": N_("A text is too long"),
}
"""Why a line of a SIM file was not loaded."""

NUMBER_CLASSES: Final[Mapping[str, str]] = {
    "standard": N_("Standard"),
    "gold": N_("Gold"),
    "silver": N_("Silver"),
}
"""Those a pool has where nothing is set."""

DIRECTIONS: Final[Mapping[str, str]] = {"in": N_("To us"), "out": N_("Away from us")}

REASONS: Final[Mapping[str, str]] = {
    "no_answer_in_time": N_("Nobody answered in time"),
    "number_not_assigned": N_("No line of ours has the number"),
    "line_blocked": N_("The line is blocked for fraud"),
    "sim_swap_too_soon": N_("Its SIM card was swapped a short time ago"),
}
"""Why a port did not come about; others are what people wrote."""

TARGET_KINDS: Final[Mapping[str, str]] = {
    "webhook": N_("Webhook"),
    "http": N_("HTTP template"),
    "osmo_hlr": N_("OsmoHLR"),
    "pyhss": N_("PyHSS"),
    "clearing_house": N_("Clearing house"),
    "es2plus": N_("SM-DP+ (ES2+)"),
}

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": STATES,
    "done": DONE,
    "realm": REALMS,
    "product_kind": PRODUCT_KINDS,
    "unit": UNITS,
    "renewal": RENEWALS,
    "quote_result": QUOTE_RESULTS,
    "result_code": RESULT_CODES,
    "cdr_kind": CDR_KINDS,
    "top_up_via": TOP_UP_VIA,
    "payment_movement": PAYMENT_MOVEMENTS,
    "failure_area": FAILURE_AREAS,
    "condition": CONDITIONS,
    "connection": CONNECTIONS,
    "sim_form": SIM_FORMS,
    "stock_act": STOCK_ACTS,
    "bad_line": BAD_LINES,
    "number_class": NUMBER_CLASSES,
    "direction": DIRECTIONS,
    "reason": REASONS,
    "target_kind": TARGET_KINDS,
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
