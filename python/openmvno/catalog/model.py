"""What the business knows of a catalogue: its versions and products. Prices are the core's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """A checked document: ``value`` as JSON values, ``text`` its one canonical JSON form, and
    ``digest``, the SHA-256 of that, the same for the same content."""

    value: dict[str, Any]
    text: bytes
    digest: bytes

    @property
    def currency(self) -> str:
        """ISO 4217 code of every price in it."""
        return str(self.value["currency"])

    @property
    def products(self) -> list[dict[str, Any]]:
        """Its products, each with name and overrun policy spelled out."""
        return [
            {
                "code": product["code"],
                "name": product.get("name") or product["code"],
                "overrun": product.get("overrun") or "absorb",
                "rate_tables": product.get("rate_tables") or [],
            }
            for product in self.value.get("products") or []
        ]


@dataclass(frozen=True, slots=True)
class CatalogVersion:
    """A catalogue document kept for good. ``id`` is what the engine and every CDR name."""

    id: int
    number: int
    state: str
    currency: str
    products: list[dict[str, Any]]
    digest: bytes
    note: str
    created_at: datetime
    published_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the published catalogue."""

    code: str
    name: str
    overrun: str
    currency: str
    rate_tables: list[str]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a line has: its main product and its add-ons, by code."""

    msisdn: str
    product: str
    addons: tuple[str, ...]
