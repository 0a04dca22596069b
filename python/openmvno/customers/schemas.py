"""Customers and accounts as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from openmvno.customers.model import Account, Customer, CustomerDetails
from openmvno.money import format_amount

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
    created_at: datetime
    updated_at: datetime


class AccountView(msgspec.Struct):
    """A payer account; its live balance is at ``/v1/accounts/{id}/balance``."""

    id: UUID
    customer_id: UUID
    currency: Annotated[str, Meta(examples=["EUR"])]
    credit_limit: Annotated[str, Meta(examples=["0.00"])]
    overrun: Annotated[str, Meta(description="absorb or debt: who bears usage beyond the balance")]
    created_at: datetime


def customer_view(customer: Customer) -> CustomerView:
    """What the API shows of a customer."""
    return CustomerView(
        customer.customer_id,
        customer.name,
        customer.kind,
        customer.external_id,
        customer.email,
        customer.phone,
        customer.created_at,
        customer.updated_at,
    )


def account_view(account: Account) -> AccountView:
    """What the API shows of an account."""
    return AccountView(
        account.account_id,
        account.customer_id,
        account.currency,
        format_amount(account.credit_limit_micros, account.currency),
        account.overrun,
        account.created_at,
    )
