"""What the business knows of a catalogue: its versions and products. Prices are the core's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from openmvno.catalog.errors import ProductEnding, ProductKindMismatch, ProductUnknown
from openmvno.errors import one_of

MAIN: Final = "main"
ADDON: Final = "addon"


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
        """Its products, each with what it leaves out spelled out."""
        return [_product_entry(product) for product in self.value.get("products") or []]

    @property
    def buckets(self) -> list[dict[str, Any]]:
        """Its buckets: what a top-up of a wallet needs to know of them."""
        return [
            {
                "code": bucket["code"],
                "name": bucket.get("name") or bucket["code"],
                "unit": bucket["unit"],
                "shared": bucket.get("shared") or False,
                "top_ups": bucket.get("top_ups") or [],
            }
            for bucket in self.value.get("buckets") or []
        ]

    @property
    def partners(self) -> list[dict[str, Any]]:
        """Its partners."""
        return [
            {name: partner[name] for name in ("code", "role", "currency")}
            for partner in self.value.get("partners") or []
        ]


def _product_entry(product: dict[str, Any]) -> dict[str, Any]:
    tables = product.get("rate_tables") or []
    return {
        "code": product["code"],
        "name": product.get("name") or product["code"],
        "kind": product.get("kind") or MAIN,
        "precedence": product.get("precedence") or 0,
        "overrun": product.get("overrun") or "absorb",
        "rate_tables": [each if isinstance(each, str) else each["table"] for each in tables],
        "requires": product.get("requires") or [],
        "excludes": product.get("excludes") or [],
        "multiple": product.get("multiple") or False,
        "price": product.get("price") or "0",
        "favourites": product.get("favourites"),
    }


@dataclass(frozen=True, slots=True)
class CatalogVersion:
    """A catalogue document kept for good. ``id`` is what the engine and every CDR name.

    ``state``: draft, scheduled (published, its time has not come), published (in force), retired
    (followed by another, given up or withdrawn). It is in force from ``effective_at`` until
    ``effective_until``, None where no version follows yet.
    """

    id: int
    number: int
    state: str
    currency: str
    products: list[dict[str, Any]]
    buckets: list[dict[str, Any]]
    partners: list[dict[str, Any]]
    digest: bytes
    note: str
    created_at: datetime
    published_at: datetime | None
    effective_at: datetime | None
    effective_until: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class FavouriteTerms:
    """How many numbers a Friends & Family list may have, and which: the prefixes they begin with.

    No pattern: any number.
    """

    limit: int
    patterns: list[str]

    def allows(self, number: str) -> bool:
        """Whether ``number`` (digits) may be on the list."""
        return not self.patterns or number.startswith(tuple(self.patterns))


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the published catalogue. ``kind``: main or addon.

    ``requires``: the line's main product is one of them (empty: any). ``excludes``: what it does
    not go together with. ``multiple``: a line may have it more than once. Of the add-ons of a line
    that with the highest ``precedence`` decides first, the main product last. ``price_micros``:
    what an add-on costs once, when a line gets it; 0 of main products.
    """

    code: str
    name: str
    kind: str
    precedence: int
    overrun: str
    currency: str
    rate_tables: list[str]
    requires: list[str]
    excludes: list[str]
    multiple: bool
    favourites: FavouriteTerms | None
    price_micros: int = 0


@dataclass(frozen=True, slots=True)
class TopUpOption:
    """How money becomes content of a wallet: ``amount`` in the bucket's unit for ``days``."""

    code: str
    price_micros: int
    amount: int
    days: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the published catalogue. ``unit``: second, octet, event, money or unit.

    ``shared``: one pool for all lines of the payer.
    """

    code: str
    name: str
    unit: str
    shared: bool
    top_ups: list[TopUpOption]

    def option(self, code: str) -> TopUpOption | None:
        """The way to top it up that has this code."""
        return next((option for option in self.top_ups if option.code == code), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the version in force offers, by code.

    ``ending``: products that a version to come does not have, and the first such version. Nobody
    can get them any more, so that every line has a product when that version comes into force.
    ``partners``: those that all versions to come have, too.
    """

    number: int
    currency: str
    products: dict[str, Product]
    buckets: dict[str, Bucket]
    partners: frozenset[str]
    ending: Mapping[str, CatalogVersion]

    def _codes(self, kind: str) -> list[str]:
        """What could have been named: those of the kind that stay."""
        return [
            code
            for code, product in self.products.items()
            if product.kind == kind and code not in self.ending
        ]

    def product(self, code: str, kind: str, field: str = "product") -> Product:
        """A product of the kind that is wanted.

        Raises:
            ProductUnknown, ProductKindMismatch, ProductEnding: naming ``field``.
        """
        product = self.products.get(code)
        if product is None:
            raise ProductUnknown(
                f"The catalogue in force (version {self.number}) has no product {code[:64]!r}.",
                field=field,
                accepted=one_of(self._codes(kind)),
            )
        if product.kind != kind:
            wanted = "a main product" if kind == MAIN else "an add-on"
            raise ProductKindMismatch(
                f"{code} is not {wanted}.", field=field, accepted=one_of(self._codes(kind))
            )
        without = self.ending.get(code)
        if without is not None:
            raise ProductEnding(
                f"Version {without.number}, in force from {without.effective_at}, does not have"
                f" {code} any more.",
                field=field,
            )
        return product


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a line has: its main product and its add-ons, by code."""

    msisdn: str
    product: str
    addons: tuple[str, ...]
