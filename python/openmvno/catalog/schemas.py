"""Catalogue versions and products as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from openmvno.catalog.contents import Content
from openmvno.catalog.model import CatalogVersion, Product
from openmvno.money import format_amount
from openmvno.rest.moments import Moment


class CatalogVersionView(msgspec.Struct):
    """A version. ``id`` is what CDRs name as catalog_version."""

    number: Annotated[int, Meta(examples=[3])]
    id: int
    state: Annotated[
        str,
        Meta(
            examples=["published"],
            description="draft, scheduled, published (in force), retired",
        ),
    ]
    currency: Annotated[str, Meta(examples=["EUR"])]
    products: list[str]
    digest: Annotated[str, Meta(description="SHA-256 of the document")]
    note: str
    created_at: Moment
    published_at: Moment | None
    effective_at: Annotated[Moment | None, Meta(description="When it comes or came into force")]
    effective_until: Annotated[
        Moment | None, Meta(description="When the version after it comes or came into force")
    ]
    retired_at: Moment | None


class CatalogView(msgspec.Struct):
    """A version with its document."""

    version: CatalogVersionView
    document: dict[str, Any]


class ContentView(msgspec.Struct):
    """An allowance or wallet that a product brings. ``amount`` of its unit, ``renew``: never or how
    often it is granted anew; ``valid_days``: null where it never ends."""

    bucket: Annotated[str, Meta(examples=["gigabyte"])]
    name: Annotated[str, Meta(examples=["1 GB at home, every month"])]
    unit: Annotated[str, Meta(examples=["octet"], description="second, octet, event, money, unit")]
    amount: Annotated[str, Meta(examples=["1073741824"])]
    renew: Annotated[str, Meta(examples=["month"], description="never, hour, day, week or month")]
    valid_days: Annotated[int | None, Meta(examples=[30])]
    shared: Annotated[bool, Meta(description="By all lines of an account")]


class ProductView(msgspec.Struct):
    """A product on sale."""

    code: Annotated[str, Meta(examples=["prepaid-basic"])]
    name: Annotated[str, Meta(examples=["Prepaid Basic"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    kind: Annotated[str, Meta(examples=["main"], description="main or addon")]
    overrun: str
    rate_tables: list[str]
    requires: Annotated[list[str], Meta(description="Main products it goes with; empty: any")]
    excludes: Annotated[list[str], Meta(description="Products it does not go with")]
    multiple: Annotated[bool, Meta(description="Whether a line may have it more than once")]
    contents: Annotated[list[ContentView], Meta(description="Allowances and wallets it brings")]
    price: Annotated[
        str, Meta(examples=["4.99"], description="What an add-on costs once, when a line gets it")
    ]


class ServiceView(msgspec.Struct):
    """A service on sale. Its usage is counted in ``unit``."""

    code: Annotated[str, Meta(examples=["voice"])]
    unit: Annotated[str, Meta(examples=["second"], description="second, octet, event or unit")]


class BucketOptionView(msgspec.Struct):
    """A content that a wallet is sold with. ``amount``: in the wallet's unit."""

    code: Annotated[str, Meta(examples=["small"])]
    price: Annotated[str, Meta(examples=["1.50"])]
    amount: Annotated[str, Meta(examples=["50"])]
    days: Annotated[int, Meta(examples=[30])]


class CatalogBucketView(msgspec.Struct):
    """An allowance or wallet that products bring. ``shared``: by all lines of an account;
    ``top_ups``: what it can be topped up with."""

    code: Annotated[str, Meta(examples=["texts"])]
    name: Annotated[str, Meta(examples=["Text messages"])]
    unit: Annotated[str, Meta(examples=["event"])]
    currency: Annotated[str, Meta(examples=["EUR"])]
    shared: bool
    top_ups: list[BucketOptionView]


def version_view(version: CatalogVersion) -> CatalogVersionView:
    """What the API shows of a version."""
    return CatalogVersionView(
        version.number,
        version.id,
        version.state,
        version.currency,
        [product["code"] for product in version.products],
        version.digest.hex(),
        version.note,
        version.created_at,
        version.published_at,
        version.effective_at,
        version.effective_until,
        version.retired_at,
    )


def product_view(product: Product, contents: list[Content]) -> ProductView:
    """What the API shows of a product."""
    return ProductView(
        product.code,
        product.name,
        product.currency,
        product.kind,
        product.overrun,
        product.rate_tables,
        product.requires,
        product.excludes,
        product.multiple,
        [msgspec.convert(content, ContentView, from_attributes=True) for content in contents],
        format_amount(product.price_micros, product.currency),
    )


def bucket_views(version: CatalogVersion) -> list[CatalogBucketView]:
    """What the API shows of a version's buckets."""
    return [
        CatalogBucketView(
            entry["code"],
            entry["name"],
            entry["unit"],
            version.currency,
            entry["shared"],
            [
                BucketOptionView(
                    option["code"], option["price"], str(option["amount"]), int(option["days"])
                )
                for option in entry["top_ups"]
            ],
        )
        for entry in version.buckets
    ]


DOCUMENT_EXAMPLE: dict[str, Any] = {
    "currency": "EUR",
    "services": [
        {
            "code": "voice",
            "unit": "second",
            "service_contexts": ["32260@3gpp.org", "32276@3gpp.org"],
            "grant": {"default": 60, "maximum": 86400, "validity_time": 600},
        }
    ],
    "rate_tables": [
        {
            "code": "voice-standard",
            "service": "voice",
            "direction": "originating",
            "rates": [
                {
                    "prefix": "385",
                    "name": "Croatia",
                    "price": "0.10",
                    "per": 60,
                    "first_interval": 60,
                    "next_interval": 6,
                    "connection_fee": "0.05",
                }
            ],
        }
    ],
    "products": [
        {
            "code": "prepaid-basic",
            "name": "Prepaid Basic",
            "rate_tables": ["voice-standard"],
            "overrun": "absorb",
        }
    ],
}
