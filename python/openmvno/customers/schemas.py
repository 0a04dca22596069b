"""Customers and accounts as the API takes and shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.money import format_amount, parse_unsigned_amount
from openmvno.rest.moments import Moment

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ana Horvat"])]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", examples=["ana@example.net"])
]
Phone = Annotated[str, Meta(max_length=30, pattern=r"^\+?[0-9 ()/-]+$", examples=["+385 1 2345"])]
ExternalId = Annotated[str, Meta(min_length=1, max_length=100, examples=["crm-4711"])]


class NewCustomer(msgspec.Struct, forbid_unknown_fields=True):
    """A customer to be recorded. ``external_id``: their name in another system, unique."""

    name: Name
    kind: Literal["person", "organization"] = "person"
    external_id: ExternalId | None = None
    email: Email | None = None
    phone: Phone | None = None

    def details(self) -> CustomerDetails:
        """As the domain takes it."""
        return CustomerDetails(self.name, self.kind, self.external_id, self.email, self.phone)


class CustomerIn(NewCustomer, forbid_unknown_fields=True):
    """A customer to be recorded, below another one where ``parent_id`` says so."""

    parent_id: UUID | None = None
    role: Literal["retail", "reseller", "distributor", "sub"] = "retail"


class CustomerChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of a customer; what is left out stays."""

    name: Name | UnsetType = UNSET
    kind: Literal["person", "organization"] | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET


class CustomerView(msgspec.Struct):
    """A customer."""

    id: UUID
    name: Annotated[str, Meta(examples=["Ana Horvat"])]
    kind: str
    external_id: str | None
    email: str | None
    phone: str | None
    role: Annotated[str, Meta(description="retail, reseller, distributor or sub")]
    parent_id: UUID | None
    class_name: str | None
    created_at: Moment
    updated_at: Moment


Amount = Annotated[
    str,
    Meta(examples=["50.00"], description="Decimal string in the account's currency, not negative"),
]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1, max_length=64, examples=["Europe/Zagreb"], description="IANA time zone name"
    ),
]
PartnerCode = Annotated[str, Meta(max_length=64, examples=["reseller-1"])]
Instant = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 with an offset", examples=["2030-01-31T23:00:00Z"]),
]


class TemporaryLimit(msgspec.Struct, forbid_unknown_fields=True):
    """A credit limit that takes the place of the permanent one until then."""

    amount: Amount
    until: Instant


class AccountChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to change of an account; what is left out stays, null takes it away.

    ``limit_warning``: an event once what is available falls below it. ``low_balance``: an event
    once the balance falls below it. ``partners``: the whole list, the nearest reseller first.
    """

    credit_limit: Amount | UnsetType = UNSET
    temporary_limit: TemporaryLimit | UnsetType | None = UNSET
    limit_warning: Amount | UnsetType | None = UNSET
    low_balance: Amount | UnsetType | None = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    partners: Annotated[list[PartnerCode], Meta(max_length=16)] | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """As fields of :class:`Account`.

        Raises:
            AmountInvalid, AmountPrecision, AmountOutOfRange: naming the field.
        """
        changes: dict[str, Any] = {}
        for name in ("credit_limit", "limit_warning", "low_balance"):
            amount = getattr(self, name)
            if amount is not UNSET:
                micros = None if amount is None else parse_unsigned_amount(amount, name)
                changes[f"{name}_micros"] = micros
        temporary = self.temporary_limit
        if temporary is None:
            changes |= {"temporary_limit_micros": None, "temporary_limit_until": None}
        elif not isinstance(temporary, UnsetType):
            micros = parse_unsigned_amount(temporary.amount, "temporary_limit.amount")
            until = temporary.until.astimezone(UTC)
            changes |= {"temporary_limit_micros": micros, "temporary_limit_until": until}
        if not isinstance(self.time_zone, UnsetType):
            changes["time_zone"] = self.time_zone
        if not isinstance(self.partners, UnsetType):
            changes["partners"] = self.partners
        return changes


class AccountView(msgspec.Struct):
    """A payer account; its live balance is at ``/v1/accounts/{id}/balance``."""

    id: UUID
    customer_id: UUID
    currency: Annotated[str, Meta(examples=["EUR"])]
    credit_limit: Annotated[str, Meta(examples=["0.00"])]
    temporary_limit: TemporaryLimit | None
    limit_warning: Amount | None
    low_balance: Amount | None
    time_zone: Annotated[TimeZone | None, Meta(description="Null: the catalogue's")]
    partners: list[PartnerCode]
    overrun: Annotated[str, Meta(description="absorb or debt: who bears usage beyond the balance")]
    created_at: Moment


def customer_view(customer: Customer) -> CustomerView:
    """What the API shows of a customer."""
    return CustomerView(
        customer.customer_id,
        customer.name,
        customer.kind,
        customer.external_id,
        customer.email,
        customer.phone,
        customer.role,
        customer.parent_id,
        customer.class_name,
        customer.created_at,
        customer.updated_at,
    )


def account_view(account: Account) -> AccountView:
    """What the API shows of an account."""

    def amount(micros: int) -> str:
        return format_amount(micros, account.currency)

    def amount_if_any(micros: int | None) -> str | None:
        return None if micros is None else amount(micros)

    temporary = None
    if account.temporary_limit_until is not None and account.temporary_limit_micros is not None:
        temporary = TemporaryLimit(
            amount(account.temporary_limit_micros), account.temporary_limit_until
        )
    return AccountView(
        id=account.account_id,
        customer_id=account.customer_id,
        currency=account.currency,
        credit_limit=amount(account.credit_limit_micros),
        temporary_limit=temporary,
        limit_warning=amount_if_any(account.limit_warning_micros),
        low_balance=amount_if_any(account.low_balance_micros),
        time_zone=account.time_zone,
        partners=account.partners,
        overrun=account.overrun,
        created_at=account.created_at,
    )
