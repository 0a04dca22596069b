"""Words for what the API names by code: states, kinds, what was done, what went wrong.

Each module has its tables in ``TABLES``, by the name that templates use: ``words.of(name, code)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from babel.support import NullTranslations

from openmvno.errors import all_errors
from openmvno.web.pages.formats import Formats
from openmvno.web.pages.words import (
    access,
    catalogue,
    customers,
    done,
    lines,
    money,
    network,
    problems,
    states,
    steps,
    stock,
    timeline,
    usage,
)
from openmvno.web.pages.words.marking import N_

__all__ = ["N_", "Words", "messages", "titles"]

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    name: words
    for module in (
        states,
        done,
        access,
        catalogue,
        customers,
        lines,
        usage,
        money,
        network,
        stock,
        timeline,
    )
    for name, words in module.TABLES.items()
}


class Words:
    """Words of one language, for templates."""

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def of(self, table: str, code: str | None) -> str:
        """The word for a code; one we have no word for is shown as it is."""
        if not code:
            return ""
        message = _TABLES[table].get(code)
        return self._translations.gettext(message) if message else code.replace("_", " ")

    def pairs(self, table: str) -> list[tuple[str, str]]:
        """Every code of a table with its word, for a choice."""
        return [(code, self.of(table, code)) for code in _TABLES[table]]

    def as_pairs(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Names that are their own words, for a choice."""
        return [(name, name) for name in names]

    def named(self, things: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
        """Things of the catalogue by code, with their names, for a choice."""
        return [(str(thing["code"]), str(thing["name"])) for thing in things]

    def priced(
        self, formats: Formats, addons: Iterable[Mapping[str, Any]], *, told: bool = False
    ) -> list[tuple[str, str]]:
        """Add-ons by code, with name and what they cost, for a choice. ``told``: the price follows
        the code, so that what is sent says what was shown."""
        pairs = []
        for addon in addons:
            code, name = str(addon["code"]), str(addon["name"])
            if Decimal(addon["price"]):
                name = f"{name} – {formats.money(addon['price'], addon['currency'])}"
            pairs.append((f"{code}/{addon['price']}" if told else code, name))
        return pairs

    def default_name(self, name: str) -> str:
        """What a default of a customer is called."""
        message = customers.DEFAULT_NAMES.get(name)
        return self._translations.gettext(message) if message else name

    def default_value(self, name: str, value: Any) -> str:
        """What a default of a customer is set to."""
        if name == "billing_period":
            return self.of("billing_period", value)
        return ", ".join(value) if isinstance(value, list) else str(value)

    def payer(self, payer: str) -> str:
        """Who paid a part of a charge."""
        kind, _, code = payer.partition(":")
        message = money.PAYERS.get(kind)
        return self._translations.gettext(message) % {"code": code} if message else payer

    def content(self, formats: Formats, bucket: Mapping[str, Any], option: Any) -> str:
        """What a wallet can be topped up with, and for how much."""
        if bucket["unit"] == "money":
            amount = formats.money(option["amount"], bucket["currency"])
        else:
            amount = formats.units(int(option["amount"]), bucket["unit"])
        days = self._translations.ngettext("%(count)s day", "%(count)s days", option["days"])
        price = formats.money(option["price"], bucket["currency"])
        return f"{amount}, {days % {'count': formats.number(option['days'])}} – {price}"

    def steps(
        self,
        formats: Formats,
        unit: str | None,
        currency: str,
        bucket_units: Mapping[str, str],
    ) -> steps.Steps:
        """What says the steps of a charge."""
        return steps.Steps(self._translations, formats, unit, currency, bucket_units)

    def tone(self, state: str | None) -> str:
        """How a state is coloured."""
        return states.TONES.get(state or "", "")

    def is_done(self, code: str) -> bool:
        """Whether it is done what a page says after something."""
        return code not in done.NOT_DONE

    def problem(self, code: str, otherwise: str = "") -> str:
        """What went wrong, by its stable code."""
        title = problems.PAGE_PROBLEMS.get(code) or titles().get(code)
        return self._translations.gettext(title) if title else otherwise


@cache
def titles() -> dict[str, str]:
    """The title of every problem of the API by its code."""
    return {error.code: error.title for error in all_errors()}


def messages() -> list[str]:
    """Every message that stands in no template: titles of problems."""
    return sorted(set(titles().values()))
