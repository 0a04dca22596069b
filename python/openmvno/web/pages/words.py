"""Words for what the API names by code: states, kinds, what was done, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from babel.support import NullTranslations

from openmvno.errors import all_errors
from openmvno.web.pages.formats import Formats


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
    "reseller_blocked": N_("Blocked above"),
    "reseller_suspended": N_("Suspended above"),
    "limited": N_("Limited"),
    "suspension_delayed": N_("Suspension put off"),
    "limiting_delayed": N_("Limiting put off"),
    "provisionally_terminated": N_("Provisionally terminated"),
    "credit_exceeded": N_("Credit exceeded"),
    "no_available_funds": N_("No funds available"),
    "spending_limit_reached": N_("Spending limit reached"),
    "frozen": N_("Frozen"),
    "billing_paused": N_("Billing paused"),
    "requires_action": N_("The payer has to act"),
    "partially_paid": N_("Partly paid"),
    "paid": N_("Paid"),
    "overpaid": N_("Overpaid"),
    "refunded": N_("Given back"),
    "charged_back": N_("Charged back"),
    "withdrawing": N_("Being taken from the balance"),
    "paying": N_("Being paid out"),
    "debiting": N_("On its way"),
    "crediting": N_("On its way"),
    "returning": N_("On its way back"),
    "returned": N_("Returned"),
    "generated": N_("Made"),
    "open": N_("Open"),
    "ending": N_("Ending"),
    "given_up": N_("Silent"),
    "in_use": N_("In use"),
    "lost": N_("Lost"),
    "disposed": N_("Disposed of"),
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
            "reseller_suspended",
            "limited",
            "suspension_delayed",
            "limiting_delayed",
            "credit_exceeded",
            "no_available_funds",
            "spending_limit_reached",
            "frozen",
            "billing_paused",
            "requires_action",
            "partially_paid",
            "overpaid",
            "withdrawing",
            "paying",
            "debiting",
            "crediting",
            "returning",
            "returned",
            "given_up",
        ),
        "warn",
    ),
    **dict.fromkeys(
        (
            "blocked",
            "reseller_blocked",
            "provisionally_terminated",
            "charged_back",
            "failed",
            "refused",
            "dead",
            "critical",
        ),
        "bad",
    ),
}
"""How a state is coloured; any other is neutral. The word always stands beside the colour."""

DONE: Final[Mapping[str, str]] = {
    "saved": N_("Saved."),
    "logged-out": N_("You are logged out."),
    "password-changed": N_("Your password is changed. Other sessions have ended."),
    "second-factor-set": N_("From now on a login needs a code of your authenticator app."),
    "line-activate": N_("The line is active."),
    "line-block": N_("The line is blocked."),
    "line-unblock": N_("The line is in service again."),
    "line-suspend": N_("The line is suspended."),
    "line-resume": N_("The line is in service again."),
    "line-close": N_("The line is closed."),
    "sim-swapped": N_("The new SIM card is in use."),
    "number-changed": N_("The line has its new number."),
    "password-set": N_("The password is set."),
    "password-removed": N_("The password is gone."),
    "product-changed": N_("The product is changed."),
    "addon-bought": N_("The add-on is bought."),
    "addon-cancelled": N_("The add-on has ended."),
    "favourites-set": N_("The favourites are saved."),
    "limits-set": N_("The limits are saved."),
    "topped-up": N_("The money is on the balance."),
    "on-its-way": N_("It is on its way: the charging engine will have it in a moment."),
    "redeemed": N_("The voucher is redeemed."),
    "wallet-topped-up": N_("The wallet is topped up."),
    "customer-recorded": N_("The customer is recorded."),
    "customer-moved": N_("The customer has moved with all below it."),
    "status-set": N_("The status is set."),
    "defaults-set": N_("Class and defaults are saved."),
    "line-opened": N_("The line is open."),
    "payment-taken": N_("The payment is entered."),
    "transferred": N_("The money is sent."),
    "transfer-returned": N_("The recipient could not get it: the money is back."),
    "automatic-set": N_("The automatic top-up is saved."),
    "method-removed": N_("The card is forgotten."),
    "sessions-ending": N_("The gateway is asked to end it."),
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

RENEWALS: Final[Mapping[str, str]] = {
    "day": N_("each day"),
    "week": N_("each week"),
    "month": N_("each month"),
}

PAYS: Final[Mapping[str, str]] = {
    "balance": N_("From the balance"),
    "cash": N_("In cash"),
    "none": N_("A present"),
}

SIM_FORMS: Final[Mapping[str, str]] = {"physical": N_("Physical card"), "esim": "eSIM"}

CDR_KINDS: Final[Mapping[str, str]] = {
    "refund": N_("Given back"),
    "file": N_("From a file"),
    "correction": N_("Correction"),
}

CUSTOMER_ROLES: Final[Mapping[str, str]] = {
    "retail": N_("Retail customer"),
    "reseller": N_("Reseller"),
    "distributor": N_("Distributor"),
    "sub": N_("Below another customer"),
}

CUSTOMER_KINDS: Final[Mapping[str, str]] = {
    "person": N_("Person"),
    "organization": N_("Organisation"),
}

MARKS: Final[Mapping[str, str]] = {
    "blocked": N_("Blocked"),
    "suspended": N_("Suspended"),
    "limited": N_("Limited"),
    "suspension_delayed": N_("Suspension put off"),
    "limiting_delayed": N_("Limiting put off"),
    "provisionally_terminated": N_("Provisionally terminated"),
    "frozen": N_("Frozen"),
    "billing_paused": N_("Billing paused"),
    "closed": N_("Closed"),
}

BILLING_PERIODS: Final[Mapping[str, str]] = {
    "daily": N_("Daily"),
    "weekly": N_("Weekly"),
    "semimonthly": N_("Twice a month"),
    "monthly": N_("Monthly"),
    "anniversary": N_("From the day of the sign-up"),
    "30_days": N_("Every 30 days"),
}

FIRST_STATUSES: Final[Mapping[str, str]] = {
    "active": N_("Active, at once"),
    "preactive": N_("Pre-active, until its first use"),
}

OVERRUNS: Final[Mapping[str, str]] = {
    "absorb": N_("The operator bears it"),
    "debt": N_("The balance goes below zero"),
}

PROVIDER_KINDS: Final[Mapping[str, str]] = {
    "cash_desk": N_("Cash desk"),
    "bank_transfer": N_("Bank transfer"),
    "stripe": N_("Cards"),
}

FOUND: Final[Mapping[str, str]] = {
    "line": N_("Line"),
    "customer": N_("Customer"),
    "account": N_("Account"),
    "number": N_("Number"),
    "sim": N_("SIM card"),
    "voucher": N_("Voucher"),
}

DEFAULT_NAMES: Final[Mapping[str, str]] = {
    "credit_limit": N_("Credit limit"),
    "low_balance": N_("Warn when the balance falls below"),
    "limit_warning": N_("Warn when less than this is available"),
    "time_zone": N_("Time zone"),
    "language": N_("Language"),
    "tax_profile": N_("Tax profile"),
    "invoice_template": N_("Invoice template"),
    "dunning_policy": N_("Dunning policy"),
    "notification_set": N_("Set of notifications"),
    "fraud_profile": N_("Fraud profile"),
    "payment_terms_days": N_("Days to pay"),
    "purge_after_months": N_("Months after which data are deleted"),
    "billing_period": N_("Billing period"),
    "partners": N_("Partners"),
}
"""What the defaults of a customer are called."""

PAYERS: Final[Mapping[str, str]] = {
    "balance": N_("Balance"),
    "overrun": N_("Nobody could"),
    "bucket": N_("Bucket %(code)s"),
    "throttle": N_("Nobody, at the throttled speed of %(code)s"),
}

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": STATES,
    "done": DONE,
    "realm": REALMS,
    "blocker": BLOCKERS,
    "swap_reason": SWAP_REASONS,
    "renew": RENEWALS,
    "pay": PAYS,
    "sim_form": SIM_FORMS,
    "cdr_kind": CDR_KINDS,
    "customer_role": CUSTOMER_ROLES,
    "customer_kind": CUSTOMER_KINDS,
    "mark": MARKS,
    "billing_period": BILLING_PERIODS,
    "first_status": FIRST_STATUSES,
    "overrun": OVERRUNS,
    "provider_kind": PROVIDER_KINDS,
    "found": FOUND,
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

    def pairs(self, table: str) -> list[tuple[str, str]]:
        """Every code of a table with its word, for a choice."""
        return [(code, self.of(table, code)) for code in _TABLES[table]]

    def as_pairs(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Names that are their own words, for a choice."""
        return [(name, name) for name in names]

    def named(self, things: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
        """Things of the catalogue by code, with their names, for a choice."""
        return [(str(thing["code"]), str(thing["name"])) for thing in things]

    def default_name(self, name: str) -> str:
        """What a default of a customer is called."""
        message = DEFAULT_NAMES.get(name)
        return self._translations.gettext(message) if message else name

    def payer(self, payer: str) -> str:
        """Who paid a part of a charge."""
        kind, _, code = payer.partition(":")
        message = PAYERS.get(kind)
        return self._translations.gettext(message) % {"code": code} if message else payer

    def content(self, formats: Formats, bucket: Mapping[str, Any], option: Any) -> str:
        """What a wallet can be topped up with, and for how much."""
        if bucket["unit"] == "money":
            amount = formats.money(option["amount"], bucket["currency"])
        else:
            amount = formats.units(int(option["amount"]), bucket["unit"])
        days = self._translations.ngettext("%(count)s day", "%(count)s days", option["days"])
        price = formats.money(option["price"], bucket["currency"])
        return f"{amount}, {days % {'count': formats.number(option['days'])}} – {price}"

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
