"""Who pays, and the account they pay from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
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
    """A person or organization, and its place in the tree of customers.

    ``role``: retail, reseller, distributor or sub. ``marks``: its own statuses, see
    :mod:`openmvno.customers.statuses`. ``defaults``: its own, handed down to those below it.
    """

    customer_id: UUID
    external_id: str | None
    kind: str
    name: str
    email: str | None
    phone: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    role: str = "retail"
    parent_id: UUID | None = None
    class_name: str | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CustomerClass:
    """Defaults of the customers that are of it."""

    name: str
    defaults: dict[str, Any]
    note: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a customer's place in the tree; its subtree went with it."""

    move_id: UUID
    customer_id: UUID
    from_id: UUID | None
    to_id: UUID | None
    reason: str
    actor: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A payer account: one balance in one currency. The engine holds the balance itself.

    ``temporary_limit_micros`` takes the place of the credit limit until
    ``temporary_limit_until``; both are there or none. ``limit_warning_micros``: an event when what
    is available falls below it; ``low_balance_micros``: when the balance does. ``time_zone``: IANA
    name, None for the catalogue's. ``partners``: codes, the nearest reseller first.
    """

    account_id: UUID
    customer_id: UUID
    currency: str
    credit_limit_micros: int
    overrun: str
    created_at: datetime
    temporary_limit_micros: int | None = None
    temporary_limit_until: datetime | None = None
    limit_warning_micros: int | None = None
    low_balance_micros: int | None = None
    time_zone: str | None = None
    partners: list[str] = field(default_factory=list)
    version: int = 1
