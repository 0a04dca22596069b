"""What was used and what it cost, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from openmvno.client.calls import Query
from openmvno.web.pages.page import Page
from openmvno.web.pages.self_care.offers import bucket_names, product_names, service_units
from openmvno.web.pages.self_care.visit import Own, own_line
from openmvno.web.pages.words import Words

RECENT: Final = 5
"""Charges on the first page."""

A_PAGE: Final = 25
LONG_NUMBER: Final = 7
"""Digits from which a destination is a number with its country code."""

ICONS: Final = {"second": "phone", "octet": "data", "event": "message"}


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the usage: how much at which rate, who paid, and what that cost."""

    used: str
    rate: str
    paid: str
    amount: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A CDR as its reader understands it."""

    id: str
    icon: str
    title: str
    used: str
    """Empty for the one message that its title tells of already."""
    at: str
    amount: str
    is_free: bool
    balance_after: str
    product: str
    steps: list[Step]
    uncovered: str


async def charges_of(page: Page, own: Own, query: Query) -> dict[str, Any]:
    """Charges of a line from the newest on, with the next cursor."""
    listing, units, buckets, products = await page.together(
        page.api.get("/v1/cdrs", query={"line": own.line["id"], **query}),
        service_units(page),
        bucket_names(page),
        product_names(page),
    )
    reader = _Reader(page, units, buckets, products)
    return {
        "items": [reader.charge(cdr) for cdr in listing["items"]],
        "next_cursor": listing["next_cursor"],
    }


class _Reader:
    """Puts CDRs into words."""

    def __init__(
        self, page: Page, units: dict[str, str], buckets: dict[str, str], products: dict[str, str]
    ) -> None:
        self._page = page
        self._units = units
        self._buckets = buckets
        self._products = products

    def charge(self, cdr: dict[str, Any]) -> Charge:
        """A CDR in words."""
        money = self._page.formats.money
        unit = self._units.get(cdr["service"])
        is_one = unit == "event" and cdr["usage"] == 1
        overrun = cdr["overrun"] if Decimal(cdr["overrun"]) else None
        return Charge(
            id=cdr["id"],
            icon="coins" if cdr["kind"] == "refund" else ICONS.get(unit or "", "list"),
            title=self._title(cdr),
            used="" if is_one else self._page.formats.units(cdr["usage"], unit),
            at=cdr["started_at"],
            amount=money(cdr["amount"], cdr["currency"]),
            is_free=not Decimal(cdr["amount"]),
            balance_after=money(cdr["balance_after"], cdr["currency"]),
            product=self._products.get(cdr["product"], cdr["product"]),
            steps=[self._step(part, unit, cdr) for part in _parts(cdr)],
            uncovered="" if overrun is None else money(overrun, cdr["currency"]),
        )

    def _title(self, cdr: dict[str, Any]) -> str:
        gettext = self._page.gettext
        if cdr["kind"] == "refund":
            return gettext("Money back")
        service = Words(self._page.translations).of("service", cdr["service"])
        if cdr["direction"] == "terminating":
            return gettext("%(service)s, incoming", service=service)
        number = cdr["destination"]
        if number.isdigit():
            plus = "+" if len(number) >= LONG_NUMBER else ""
            return gettext("%(service)s to %(number)s", service=service, number=plus + number)
        return service

    def _step(self, part: dict[str, Any], unit: str | None, cdr: dict[str, Any]) -> Step:
        return Step(
            used=self._page.formats.units(part["units"], unit),
            rate=part["rate"] or self._page.gettext("its rate"),
            paid=self._payer(part),
            amount=self._page.formats.money(part["amount"], cdr["currency"]),
        )

    def _payer(self, part: dict[str, Any]) -> str:
        gettext = self._page.gettext
        kind, _, code = part["payer"].partition(":")
        if kind == "bucket":
            return gettext("from %(bucket)s", bucket=self._buckets.get(code, code))
        if kind == "throttle":
            return gettext("free, at reduced speed")
        if kind == "overrun":
            return gettext("not covered")
        return gettext("from your balance")


def _parts(cdr: dict[str, Any]) -> list[dict[str, Any]]:
    """The stretches that were paid; one for the whole where nothing but the balance paid."""
    if cdr["parts"] or cdr["kind"] == "refund":
        parts: list[dict[str, Any]] = cdr["parts"]
        return parts
    whole = {"units": cdr["usage"], "rate": cdr["rate"], "amount": cdr["amount"]}
    return [{**whole, "payer": "balance"}] if Decimal(cdr["amount"]) else []


@get("/self-care/{tenant:str}/usage")
async def list_usage(page: NamedDependency[Page]) -> Response[Any]:
    """Charges, newest first."""
    own = await own_line(page)
    cursor = page.request.query_params.get("cursor")
    charges = await charges_of(page, own, {"limit": A_PAGE, "cursor": cursor})
    return page.render("self_care/usage.html", own=own, charges=charges, is_first=not cursor)


@get("/self-care/{tenant:str}/parts/usage")
async def show_recent(page: NamedDependency[Page]) -> Response[Any]:
    """The latest charges as they are now."""
    own = await own_line(page)
    charges = await charges_of(page, own, {"limit": RECENT})
    return page.render("self_care/parts/charges.html", own=own, charges=charges["items"])


USAGE_PAGES: Final = [list_usage, show_recent]
