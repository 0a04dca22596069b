"""Languages of the pages: catalogues of translations, and which one a reader gets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

DOMAIN: Final = "openmvno"
LOCALE_FOLDER: Final = Path(__file__).parent / "locale"
SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final = {"en": "English", "de": "Deutsch", "es": "Español", "uk": "Українська"}
"""Code (BCP 47) and its own name for itself."""


def catalogue_path(language: str) -> Path:
    """Where a language's translations are kept."""
    return LOCALE_FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def translations_of(language: str) -> NullTranslations:
    """The catalogue of a language, compiled from its source when it is first needed."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    with catalogue_path(language).open("rb") as source:
        catalogue = read_po(source, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


@cache
def locale_of(language: str) -> Locale:
    """How the language writes numbers, amounts and dates."""
    # What no country is named for is written as most readers of the language expect it: days first.
    return Locale.parse({"en": "en_GB"}.get(language, language))


def negotiate(
    wishes: Iterable[str | None], accept_language: str, otherwise: str = SOURCE_LANGUAGE
) -> str:
    """The first wish there is, else the browser's first language there is (RFC 9110 section
    12.5.4), else ``otherwise``."""
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    for language in _accepted(accept_language):
        if language in LANGUAGES:
            return language
    return otherwise


def _accepted(header: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:500].split(",")):
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        weighed.append((-quality, position, tag.partition("-")[0].lower()))
    return [language for _, _, language in sorted(weighed)]
