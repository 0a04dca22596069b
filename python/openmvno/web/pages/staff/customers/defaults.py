"""Defaults of customers and of classes of them: the fields that both have, as a form has them."""

from __future__ import annotations

from typing import Any, Final

from openmvno.web.pages.forms import Form

AMOUNTS: Final = ("credit_limit", "low_balance", "limit_warning")
CODES: Final = (
    "time_zone",
    "language",
    "tax_profile",
    "invoice_template",
    "dunning_policy",
    "notification_set",
    "fraud_profile",
)
WHOLES: Final = ("payment_terms_days", "purge_after_months")

FIELDS: Final = {"amounts": AMOUNTS, "codes": CODES, "wholes": WHOLES}
"""What ``parts/defaults.html`` shows."""


def defaults_typed(form: Form) -> dict[str, Any]:
    """What was typed; what was left empty is left out, so that it comes from elsewhere."""
    names = [f"defaults.{name}" for name in (*AMOUNTS, *CODES, "billing_period")]
    given: dict[str, Any] = form.body(*names).get("defaults", {})
    for name in WHOLES:
        number = form.whole(f"defaults.{name}")
        if number is not None:
            given[name] = number
    if partners := form.value("defaults.partners").split():
        given["partners"] = partners
    return given
