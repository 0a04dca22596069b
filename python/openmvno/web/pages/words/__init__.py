"""Words for what the API names by code: states, kinds, what was done, what went wrong.

Each module has its tables in ``TABLES``, by the name that templates use: ``words.of(name, code)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from babel.support import NullTranslations

from openmvno.errors import all_errors
from openmvno.web.pages.words import (
    access,
    catalogue,
    done,
    money,
    network,
    problems,
    states,
    stock,
    usage,
)
from openmvno.web.pages.words.marking import N_

__all__ = ["N_", "Words", "messages", "titles"]

_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    name: words
    for module in (states, done, access, catalogue, usage, money, network, stock)
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

    def tone(self, state: str | None) -> str:
        """How a state is coloured."""
        return states.TONES.get(state or "", "")

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
