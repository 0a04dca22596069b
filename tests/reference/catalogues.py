"""Small catalogues for examples."""

from __future__ import annotations

from typing import Any

from tests.reference.numbering import Document

UNITS = {"voice": "second", "sms": "event", "data": "octet"}
GRANT = {"default": 60, "maximum": 86400, "validity_time": 600}


def rate(price: str, **fields: Any) -> dict[str, Any]:
    """A rate for any number unless another selector is given."""
    selectors = {"prefix", "destination", "symbol", "rating_group", "default"}
    chosen = {} if selectors & set(fields) else {"default": True}
    return {**chosen, "price": price, **fields}


def per_minute(price: str, first: int = 1, following: int = 1, **fields: Any) -> dict[str, Any]:
    """A price per minute, billed by seconds or by `first` / `following` seconds."""
    return rate(price, per=60, first_interval=first, next_interval=following, **fields)


def table(code: str, service: str, *rates: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A rate table."""
    return {"code": code, "service": service, "rates": list(rates), **fields}


def document(*tables: dict[str, Any], **fields: Any) -> Document:
    """A catalogue with the product `basic` on these tables; `product` adds to the product."""
    product = {
        "code": "basic",
        "name": "Basic",
        "rate_tables": [{"table": entry["code"]} for entry in tables],
        **fields.pop("product", {}),
    }
    services = [{"code": code, "unit": unit, "grant": dict(GRANT)} for code, unit in UNITS.items()]
    return {
        "currency": "USD",
        "services": services,
        "rate_tables": list(tables),
        "products": [product, *fields.pop("addons", [])],
        **fields,
    }


def request(usage: int, service: str = "voice", **fields: Any) -> dict[str, Any]:
    """A usage of the product `basic`."""
    return {"product": "basic", "service": service, "usage": usage, **fields}
