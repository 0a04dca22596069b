"""How a charge came about, step by step, in the reader's words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from babel.support import NullTranslations

from openmvno.web.pages.formats import Formats
from openmvno.web.pages.words.catalogue import SERVICES
from openmvno.web.pages.words.marking import N_
from openmvno.web.pages.words.money import PAYERS

WHOLE: Final[Mapping[str, str]] = {
    "line": N_("%(number)s has %(products)s"),
    "number": N_("%(raw)s is %(number)s in international digits"),
    "emergency": N_("%(number)s is an emergency number: free"),
    "toll_free": N_("%(number)s is toll-free"),
    "zone": N_("Zone of the user: %(zone)s"),
    "forbidden": N_("The price or a closed user group forbids it"),
    "no_rate": N_("No rate of the line's products fits"),
    "not_sold": N_("None of the line's products has a price for the service"),
    "unknown_zone": N_("The network is in no zone, and the catalogue rejects those"),
    "blocked": N_("A bucket that is used up refuses it"),
    "out_of_service": N_("The line is not in service"),
    "overflow": N_("The price is beyond what can be represented"),
    "free_number": N_("%(number)s is free for who calls it"),
    "no_new_unit": N_("No new billed unit: the interval it lies in was paid for before"),
    "nothing_used": N_("Nothing was used and nothing charged"),
    "money_itself": N_("The units are money themselves"),
    "uncovered": N_("%(amount)s is more than anybody could pay"),
    "partner": N_("%(partner)s: %(amount)s"),
    "used_before": N_("%(used)s before it are on earlier records: what is new is compared"),
    "late_report": N_(
        "Reported after the session had been given up: what the report added is compared"
    ),
    "overrun": N_(
        "How far the balance reached is taken as recorded; what it and nobody paid is compared"
        " together"
    ),
    "refund": N_(
        "Of a debit of which the balance paid %(amount)s: a refund is compared with that, as it may"
        " give back less"
    ),
    "as_recorded": N_("The charge is %(amount)s, as recorded"),
    "not_equal": N_("Not equal: the record does not follow from the catalogue it names"),
}
"""Steps that are one sentence each, by code."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Says steps. ``unit``: what the service is counted in; ``currency``: of amounts that name
    none; ``bucket_units``: what buckets are counted in, by ``bucket:CODE``, as far as known."""

    translations: NullTranslations
    formats: Formats
    unit: str | None
    currency: str
    bucket_units: Mapping[str, str] = field(default_factory=dict)

    def text(self, step: Mapping[str, Any]) -> str | None:
        """A step in words; None: there are none for its code."""
        values = {**step["values"], **self._figures(step["values"])}
        composed = {"price": self._price, "payer": self._payer, "usage": self._usage}
        if step["code"] in composed:
            return composed[step["code"]](values)
        message = WHOLE.get(step["code"])
        return None if message is None else self._say(message, **values)

    def _say(self, message: str, **values: Any) -> str:
        text: str = self.translations.gettext(message)
        return text % values if values else text

    def _figures(self, values: Mapping[str, Any]) -> dict[str, str]:
        found = {}
        if "amount" in values:
            currency = values.get("currency", self.currency)
            found["amount"] = self.formats.money(values["amount"], currency)
        if "units" in values:
            found["used"] = self.formats.units(values["units"], values.get("unit", self.unit))
        return found

    def _usage(self, values: Mapping[str, Any]) -> str:
        word = SERVICES.get(values["service"])
        service = self.translations.gettext(word) if word else values["service"]
        if "number" in values:
            message = N_("%(used)s of %(service)s, to or from %(number)s")
            return self._say(message, used=values["used"], service=service, number=values["number"])
        return self._say(N_("%(used)s of %(service)s"), used=values["used"], service=service)

    def _price(self, values: Mapping[str, Any]) -> str:
        rate = values.get("rate") or self._say(N_("a rate without name"))
        named = {"rate": rate, "table": values["table"]}
        if "number" in values:
            message = N_("%(number)s is priced by “%(rate)s” of %(table)s")
            parts = [self._say(message, number=values["number"], **named)]
        else:
            parts = [self._say(N_("Priced by “%(rate)s” of %(table)s"), **named)]
        if "period" in values:
            parts.append(self._say(N_("period %(period)s"), period=values["period"]))
        if "continuing" in values:
            parts.append(self._say(N_("going on from the price before")))
        if "product" in values:
            message = N_("which the product %(product)s has")
            parts.append(self._say(message, product=values["product"]))
        return ", ".join(parts)

    def _payer(self, values: Mapping[str, Any]) -> str:
        who = self._say(PAYERS[values["payer"]], code=values.get("bucket", ""))
        cost = values["amount"] if "amount" in values else self._units(values)
        parts = [
            self._say(
                N_("%(start)s to %(end)s – %(payer)s, %(cost)s"),
                start=self.formats.units(values["from"], self.unit),
                end=self.formats.units(values["to"], self.unit),
                payer=who,
                cost=cost,
            )
        ]
        if "percent" in values:
            percent = self.formats.number(values["percent"])
            parts.append(self._say(N_("%(percent)s %% off"), percent=percent))
        if "discount" in values:
            parts.append(self._say(N_("by %(discount)s"), discount=values["discount"]))
        if "as_recorded" in values:
            parts.append(self._say(N_("taken as recorded")))
        return ", ".join(parts)

    def _units(self, values: Mapping[str, Any]) -> str:
        """What a bucket of units pays."""
        count: int = values["units"]
        unit = self.bucket_units.get(f"bucket:{values.get('bucket', '')}")
        if unit in ("octet", "second"):
            return self.formats.units(count, unit)
        text = self.translations.ngettext("%(count)s unit", "%(count)s units", abs(count))
        return text % {"count": self.formats.number(count)}
