"""Who pays, and the account they pay from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """What is recorded about a customer. ``external_id``: their name in another system."""

    name: str
    kind: str = "person"
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """A person or organization."""

    customer_id: UUID
    external_id: str | None
    kind: str
    name: str
    email: str | None
    phone: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A payer account: one balance in one currency. The engine holds the balance itself."""

    account_id: UUID
    customer_id: UUID
    currency: str
    credit_limit_micros: int
    overrun: str
    created_at: datetime
