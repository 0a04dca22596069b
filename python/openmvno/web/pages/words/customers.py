"""What customers are, and what is set for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from openmvno.web.pages.words.marking import N_

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

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "customer_role": CUSTOMER_ROLES,
    "customer_kind": CUSTOMER_KINDS,
    "mark": MARKS,
    "billing_period": BILLING_PERIODS,
    "found": FOUND,
    "default_name": DEFAULT_NAMES,
}
